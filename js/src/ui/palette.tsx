// The palette: finds an action by some letters of its name and starts it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { keysOf, showStroke } from "../core/keymap";
import { search } from "../core/search";
import { ACTIONS } from "./actions";
import type { Action } from "./actions/action";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { Dialog } from "./dialog";

const OFFERED = ACTIONS.filter((action) => action.id !== "command-palette");

const isPossible = (action: Action, controller: Controller): boolean => action.enabled?.(controller) ?? true;

export function PaletteDialog() {
  const { controller, prefix } = useEditor();
  const query = useSignal("");
  const place = useSignal(0);
  const offered = OFFERED.filter((action) => controller.offers(action));
  const found = search(query.value, offered, (action) => action.label);
  const chosen = found[Math.min(place.value, found.length - 1)];
  const close = () => {
    controller.session.dialog.value = null;
  };
  const start = (action: Action | undefined) => {
    if (!action || !isPossible(action, controller)) return;
    close();
    // The dialog is gone, and the focus back, before the action may move it.
    requestAnimationFrame(() => controller.run(action));
  };
  const press = (event: KeyboardEvent) => {
    const at = found.indexOf(chosen as Action);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (event.key === "Enter") start(chosen);
    else if (to === undefined) return;
    else place.value = (to + found.length) % (found.length || 1);
    event.preventDefault();
  };
  return (
    <Dialog title="Find an action" class="avseg-palette" close={close}>
      <input
        data-first
        class="avseg-input"
        role="combobox"
        aria-label="Action"
        aria-expanded="true"
        aria-autocomplete="list"
        aria-controls={`${prefix}-actions`}
        {...(chosen ? { "aria-activedescendant": `${prefix}-action-${chosen.id}` } : {})}
        autocomplete="off"
        spellcheck={false}
        placeholder="Type some letters of what you want to do"
        value={query.value}
        onKeyDown={press}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          place.value = 0;
        }}
      />
      <div class="avseg-palette-list" role="listbox" id={`${prefix}-actions`} aria-label="Actions">
        {found.map((action) => (
          <Option key={action.id} action={action} chosen={action === chosen} start={() => start(action)} />
        ))}
      </div>
      {found.length ? null : (
        <p class="avseg-empty" role="status">
          No action is called so. Try fewer letters.
        </p>
      )}
    </Dialog>
  );
}

function Option({ action, chosen, start }: { action: Action; chosen: boolean; start: () => void }) {
  const { controller, prefix } = useEditor();
  const ref = useRef<HTMLDivElement>(null);
  const possible = isPossible(action, controller);
  useEffect(() => {
    if (chosen) ref.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field that controls the list.
    <div
      ref={ref}
      id={`${prefix}-action-${action.id}`}
      class="avseg-palette-option"
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      aria-disabled={!possible}
      onPointerDown={(event) => event.preventDefault()}
      onClick={start}
    >
      <span>{action.label}</span>
      {possible ? null : <small>not possible now</small>}
      <span class="avseg-help-keys">
        {keysOf(controller.strokes.value, action.id).map((key) => (
          <kbd key={key}>{showStroke(key)}</kbd>
        ))}
      </span>
    </div>
  );
}
