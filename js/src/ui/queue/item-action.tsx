// A button for an action of the list, and the field that an action leads to.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { keysOf, showStroke } from "../../core/keymap";
import { useQueue } from "./context";
import { type ItemIcon, itemIcon } from "./icons";

interface ItemActionProps {
  readonly id: string;
  readonly icon: ItemIcon;
  readonly name: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly children?: string;
}

/** A button for an action of the list, with its keys as a tooltip. */
export function ItemAction({ id, icon, name, pressed, disabled, children }: ItemActionProps) {
  const { queue, keymap } = useQueue();
  const keys = keysOf(keymap.strokes.value, id).map(showStroke).join(", ");
  return (
    <button
      type="button"
      class={`avseg-button avseg-icon-before avseg-item-icon ${children ? "" : "avseg-button-quiet"}`}
      style={itemIcon(icon)}
      aria-label={name}
      title={keys ? `${name} (${keys})` : name}
      disabled={disabled ?? false}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={() => queue.items.run(id)}
    >
      {children}
    </button>
  );
}

/** A field that takes the focus when an action leads to it: at once, as what is typed next is meant for it. */
export function useWanted(name: "search" | "note") {
  const { list } = useQueue().queue;
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(
    () =>
      effect(() => {
        if (list.wanted.value !== name) return;
        field.current?.focus();
        field.current?.select();
        list.wanted.value = null;
      }),
    [list, name],
  );
  return field;
}
