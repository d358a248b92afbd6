// A button for an action of the list, and the field that an action leads to.
import { useEffect, useRef } from "preact/hooks";
import { keysOf, showStroke } from "../../core/keymap";
import { callItems } from "../actions/items";
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
      class={`avseg-button avseg-icon-before ${children ? "" : "avseg-button-quiet"}`}
      style={itemIcon(icon)}
      aria-label={name}
      title={keys ? `${name} (${keys})` : name}
      disabled={disabled ?? false}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={() => callItems(id, queue.items)}
    >
      {children}
    </button>
  );
}

/** The field that an action asked for takes the focus. */
export function useAsked(asks: number) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const seen = useRef(asks);
  useEffect(() => {
    if (asks !== seen.current) field.current?.focus();
    if (asks !== seen.current) field.current?.select();
    seen.current = asks;
  }, [asks]);
  return field;
}
