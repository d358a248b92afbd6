// Help: every action with its keys, to be searched and changed.
import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isBrowsersOwn, keysOf, showStroke } from "../core/keymap";
import { PRESETS, type PresetName } from "../core/keymap-presets";
import { hasWords } from "../core/search";
import { ACTIONS, actionOf } from "./actions";
import type { Action, ActionGroup } from "./actions/action";
import { useEditor } from "./context";
import { Dialog } from "./dialog";
import { capturedStroke } from "./keys";

/** What to say of ids that a keymap names and no action has. */
export function unknownActions(ids: readonly string[]): string {
  const names = ids.map((id) => `“${id}”`).join(", ");
  return `The keymap names what this editor can't do: ${names}. The keyboard shortcuts list what it can.`;
}

/** Which action's keys are being changed, and the keystroke that another action has. */
interface Change {
  readonly id: string;
  readonly stroke: string | null;
  readonly warning: string;
}

export function HelpDialog() {
  const { controller } = useEditor();
  const query = useSignal("");
  const change = useSignal<Change | null>(null);
  const strokes = controller.strokes.value;
  const text = (action: Action) =>
    [action.label, action.group, ...keysOf(strokes, action.id).map(showStroke)].join(" ");
  const offered = ACTIONS.filter((action) => controller.offers(action));
  const found = new Set(offered.filter((action) => hasWords(query.value, text(action))));
  const groups = [...new Set(offered.map((action) => action.group))];
  const close = () => {
    controller.session.dialog.value = null;
  };
  return (
    <Dialog title="Keyboard shortcuts" class="avseg-help" close={close}>
      <div class="avseg-help-tools">
        <input
          data-first
          class="avseg-input"
          type="search"
          aria-label="Search shortcuts"
          placeholder="Search by name or key"
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
        />
        <Presets />
        <button
          type="button"
          class="avseg-button"
          disabled={!controller.keymap.isAnyChanged}
          onClick={() => controller.keymap.resetAll()}
        >
          Reset all
        </button>
      </div>
      <p class="avseg-hidden" role="status">
        {found.size} of {offered.length} actions
      </p>
      <div class="avseg-help-list">
        {groups.map((group) => (
          <Group
            key={group}
            group={group}
            actions={offered.filter((action) => action.group === group && found.has(action))}
            change={change}
          />
        ))}
        {found.size ? null : <p class="avseg-empty">No action is called so. Try fewer letters.</p>}
      </div>
      <p class="avseg-help-note">
        The keys work while the editor has the focus, and never while you type in a field: Esc leaves it and keeps what
        you typed.
      </p>
    </Dialog>
  );
}

function Presets() {
  const { keymap } = useEditor().controller;
  return (
    <label class="avseg-help-preset">
      <span>Keys as in</span>
      <select
        class="avseg-select"
        aria-label="Keys as in"
        value={keymap.preset}
        onChange={(event) => keymap.choosePreset(event.currentTarget.value as PresetName)}
      >
        {Object.entries(PRESETS).map(([name, preset]) => (
          <option key={name} value={name}>
            {preset.label}
          </option>
        ))}
      </select>
    </label>
  );
}

interface GroupProps {
  readonly group: ActionGroup;
  readonly actions: readonly Action[];
  readonly change: Signal<Change | null>;
}

function Group({ group, actions, change }: GroupProps) {
  if (actions.length === 0) return null;
  return (
    <section>
      <h4>{group}</h4>
      <ul aria-label={group}>
        {actions.map((action) => (
          <Row key={action.id} action={action} change={change} />
        ))}
      </ul>
    </section>
  );
}

function Row({ action, change }: { action: Action; change: Signal<Change | null> }) {
  const { keymap, strokes } = useEditor().controller;
  const keys = keysOf(strokes.value, action.id);
  const mine = change.value?.id === action.id ? change.value : null;
  const button = useRef<HTMLButtonElement>(null);
  const done = () => {
    button.current?.focus();
    change.value = null;
  };
  return (
    <li class="avseg-help-row">
      <span>{action.label}</span>
      <span class="avseg-help-keys">
        {keys.map((key) => (
          <kbd key={key}>{showStroke(key)}</kbd>
        ))}
        {keys.length ? null : <small>no key</small>}
      </span>
      <span class="avseg-help-buttons">
        <button
          ref={button}
          type="button"
          class="avseg-button"
          aria-label={`Change keys of ${action.label}`}
          onClick={() => {
            change.value = { id: action.id, stroke: null, warning: "" };
          }}
        >
          Change
        </button>
        <button
          type="button"
          class="avseg-button"
          aria-label={`Clear keys of ${action.label}`}
          disabled={keys.length === 0}
          onClick={() => {
            keymap.clear(action.id);
            done();
          }}
        >
          Clear
        </button>
        <button
          type="button"
          class="avseg-button"
          aria-label={`Reset keys of ${action.label}`}
          disabled={!keymap.isChanged(action.id)}
          onClick={() => {
            keymap.reset(action.id);
            done();
          }}
        >
          Reset
        </button>
      </span>
      {mine?.stroke ? <Conflict action={action} stroke={mine.stroke} done={done} /> : null}
      {mine && !mine.stroke ? <Capture action={action} change={change} done={done} /> : null}
    </li>
  );
}

interface CaptureProps {
  readonly action: Action;
  readonly change: Signal<Change | null>;
  readonly done: () => void;
}

/** Waits for the new keystroke; Escape, Tab and a click elsewhere leave all as it was. */
function Capture({ action, change, done }: CaptureProps) {
  const { keymap, strokes } = useEditor().controller;
  const ref = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => ref.current?.focus(), []);
  const press = (event: KeyboardEvent) => {
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    const stroke = capturedStroke(event);
    if (stroke === null) return;
    if (stroke === "Esc") return done();
    if (isBrowsersOwn(stroke)) {
      change.value = { id: action.id, stroke: null, warning: `Browsers keep ${showStroke(stroke)} to themselves.` };
      return;
    }
    const owner = strokes.peek().get(stroke);
    if (owner !== undefined && owner !== action.id) {
      change.value = { id: action.id, stroke, warning: "" };
      return;
    }
    keymap.give(action.id, stroke);
    done();
  };
  return (
    <div class="avseg-help-change">
      <button
        ref={ref}
        type="button"
        class="avseg-button avseg-help-capture"
        aria-label={`Press the new keys of ${action.label}`}
        onKeyDown={press}
        onBlur={() => {
          if (change.peek()?.id === action.id && !change.peek()?.stroke) change.value = null;
        }}
      >
        Press the new keys…
      </button>
      <span role="status">{change.value?.warning || "Esc leaves them as they are."}</span>
    </div>
  );
}

function Conflict({ action, stroke, done }: { action: Action; stroke: string; done: () => void }) {
  const { keymap, strokes } = useEditor().controller;
  const ref = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => ref.current?.focus(), []);
  const owner = strokes.value.get(stroke);
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    done();
  };
  return (
    <div class="avseg-help-change" role="alert" onKeyDown={leave}>
      <span>
        {showStroke(stroke)} is used by “{owner ? actionOf(owner).label : ""}”, which will lose it.
      </span>
      <button
        ref={ref}
        type="button"
        class="avseg-button avseg-button-main"
        onClick={() => {
          keymap.give(action.id, stroke);
          done();
        }}
      >
        Use it here
      </button>
      <button type="button" class="avseg-button" onClick={done}>
        Cancel
      </button>
    </div>
  );
}
