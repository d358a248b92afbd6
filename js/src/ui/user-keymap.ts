// The keys of one editor as its user wants them: what was given, what was changed here, and where that is kept.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { giveStroke, type Keymap, strokesOf } from "../core/keymap";
import { type PresetName, presetKeys } from "../core/keymap-presets";
import type { KeymapChoice } from "../core/types";
import type { KeymapPort } from "../hosts/port";
import { DEFAULT_KEYMAP } from "./actions";

const PLAIN: KeymapChoice = { preset: "default", keys: {} };

const isKnown = (id: string): boolean => Object.hasOwn(DEFAULT_KEYMAP, id);

export class UserKeymap {
  /** The action of each keystroke: the editor's own, then the preset's, then the user's. */
  readonly strokes: ReadonlySignal<ReadonlyMap<string, string>>;
  /** Ids that the keymap names and the editor does not have. */
  readonly unknown: ReadonlySignal<readonly string[]>;

  readonly #given: KeymapChoice;
  readonly #now: Signal<KeymapChoice>;
  readonly #port: KeymapPort | undefined;
  readonly #stop: () => void;

  /** Without a port what is changed lasts as long as the editor. */
  constructor(port?: KeymapPort) {
    this.#port = port;
    this.#given = port?.given ?? PLAIN;
    this.#now = signal(port?.kept() ?? this.#given);
    this.#stop =
      port?.onKept(() => {
        this.#now.value = port.kept();
      }) ?? (() => {});
    this.strokes = computed(() => {
      const { preset, keys } = this.#now.value;
      const known = Object.fromEntries(Object.entries(keys).filter(([id]) => isKnown(id)));
      return strokesOf(DEFAULT_KEYMAP, presetKeys(preset, isKnown), known);
    });
    this.unknown = computed(() => Object.keys(this.#now.value.keys).filter((id) => !isKnown(id)));
  }

  get preset(): PresetName {
    return this.#now.value.preset;
  }

  isChanged(id: string): boolean {
    return JSON.stringify(this.#now.value.keys[id]) !== JSON.stringify(this.#given.keys[id]);
  }

  get isAnyChanged(): boolean {
    const { preset, keys } = this.#now.value;
    const ids = [...Object.keys(keys), ...Object.keys(this.#given.keys)];
    return preset !== this.#given.preset || ids.some((id) => this.isChanged(id));
  }

  choosePreset(preset: PresetName): void {
    this.#keep({ ...this.#now.peek(), preset });
  }

  /** Start an action by a keystroke and by no other; who had it loses it. */
  give(id: string, stroke: string): void {
    const { preset, keys } = this.#now.peek();
    this.#keep({ preset, keys: mutable(giveStroke(keys, id, stroke)) });
  }

  /** Leave an action without any key. */
  clear(id: string): void {
    const { preset, keys } = this.#now.peek();
    this.#keep({ preset, keys: { ...keys, [id]: [] } });
  }

  reset(id: string): void {
    const { preset, keys } = this.#now.peek();
    const { [id]: _, ...others } = keys;
    const given = this.#given.keys[id];
    this.#keep({ preset, keys: given ? { ...others, [id]: given } : others });
  }

  resetAll(): void {
    this.#keep(this.#given);
  }

  dispose(): void {
    this.#stop();
  }

  #keep(choice: KeymapChoice): void {
    this.#now.value = choice;
    this.#port?.keep(choice);
  }
}

function mutable(keys: Keymap): KeymapChoice["keys"] {
  return Object.fromEntries(Object.entries(keys).map(([id, strokes]) => [id, [...strokes]]));
}
