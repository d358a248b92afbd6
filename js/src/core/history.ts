// What can be undone and redone. Knows diffs, no view and no host.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { newId } from "./commands";
import { apply, type Document, invert } from "./document";
import type { KeptHistory } from "./journal";
import type { Diff } from "./types";

export interface Step {
  /** Stays with a step that others are joined to. */
  readonly id: string;
  readonly label: string;
  readonly undo: Diff;
  readonly redo: Diff;
  readonly merge?: string | undefined;
}

const MOST_STEPS = 2000;

export class History {
  readonly canUndo: ReadonlySignal<string | null>;
  readonly canRedo: ReadonlySignal<string | null>;
  readonly #done: Signal<readonly Step[]> = signal([]);
  readonly #undone: Signal<readonly Step[]> = signal([]);

  constructor() {
    this.canUndo = computed(() => this.#done.value.at(-1)?.label ?? null);
    this.canRedo = computed(() => this.#undone.value.at(-1)?.label ?? null);
  }

  /** Take in a change of the document `before`, joined to the last one of the same `merge`. */
  remember(label: string, before: Document, redo: Diff, merge?: string): void {
    const done = this.#done.peek();
    const last = done.at(-1);
    const joined = merge !== undefined && last?.merge === merge && this.#undone.peek().length === 0;
    if (joined && last) {
      const origin = apply(before, last.undo);
      const both = joinDiffs(last.redo, redo);
      this.#done.value = [...done.slice(0, -1), { ...last, label, undo: invert(origin, both), redo: both }];
    } else {
      const step = { id: newId(), label, undo: invert(before, redo), redo, merge };
      this.#done.value = [...done.slice(-MOST_STEPS + 1), step];
    }
    this.#undone.value = [];
  }

  /** The diff that takes the last step back; null when there is none. */
  undo(): Diff | null {
    return this.#turn(this.#done, this.#undone)?.undo ?? null;
  }

  redo(): Diff | null {
    return this.#turn(this.#undone, this.#done)?.redo ?? null;
  }

  /** What `undo` and `redo` would change. */
  get next(): { readonly undo: Diff | null; readonly redo: Diff | null } {
    return { undo: this.#done.peek().at(-1)?.undo ?? null, redo: this.#undone.peek().at(-1)?.redo ?? null };
  }

  /** Forget the step of a change that was refused. */
  forget(redo: Diff): void {
    this.#done.value = this.#done.peek().filter((step) => step.redo !== redo);
  }

  get kept(): Pick<KeptHistory, "done" | "undone"> {
    return { done: this.#done.peek(), undone: this.#undone.peek() };
  }

  /** Put what an earlier page kept before what was done since. */
  restore({ done, undone }: Pick<KeptHistory, "done" | "undone">): void {
    if (this.#done.peek().length === 0 && this.#undone.peek().length === 0) this.#undone.value = undone;
    this.#done.value = [...done, ...this.#done.peek()].slice(-MOST_STEPS);
  }

  clear(): void {
    this.#done.value = [];
    this.#undone.value = [];
  }

  #turn(from: Signal<readonly Step[]>, to: Signal<readonly Step[]>): Step | undefined {
    const step = from.peek().at(-1);
    if (!step) return undefined;
    from.value = from.peek().slice(0, -1);
    to.value = [...to.peek(), step];
    return step;
  }
}

/** One diff with the effect of two, the second made after the first. */
export function joinDiffs(first: Diff, second: Diff): Diff {
  const completion = second.completion ?? first.completion;
  const joined: Diff = completion ? { completion } : {};
  for (const part of ["tracks", "segments", "content"] as const) {
    const [a, b] = [first[part], second[part]];
    if (!a && !b) continue;
    const kept: Record<string, unknown> = { ...a?.put };
    for (const key of b?.remove ?? []) delete kept[key];
    const put = { ...kept, ...b?.put };
    const remove = [...new Set([...(a?.remove ?? []), ...(b?.remove ?? [])])];
    Object.assign(joined, {
      [part]: { ...(Object.keys(put).length ? { put } : {}), ...(remove.length ? { remove } : {}) },
    });
  }
  return joined;
}
