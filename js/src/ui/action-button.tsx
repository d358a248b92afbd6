// A button for an action: named, with its keystrokes as a tooltip, off while the action cannot be started.
import type { ComponentChildren } from "preact";
import { keysOf, showStroke } from "../core/keymap";
import { actionOf } from "./actions";
import { Button, type ButtonProps } from "./button";
import { useEditor } from "./context";

interface ActionButtonProps extends Pick<ButtonProps, "icon" | "look" | "filled" | "pressed"> {
  readonly id: string;
  /** Another name than the action's own, as for a button that says what it would undo. */
  readonly name?: string;
  readonly children?: ComponentChildren;
}

export function ActionButton({ id, name, ...rest }: ActionButtonProps) {
  const { controller } = useEditor();
  const action = actionOf(id);
  if (!controller.offers(action)) return null;
  const keys = keysOf(controller.strokes.value, id).map(showStroke).join(", ");
  return (
    <Button
      {...rest}
      name={name ?? action.label}
      {...(keys ? { keys } : {})}
      disabled={action.enabled ? !action.enabled(controller) : false}
      onClick={() => controller.run(action)}
    />
  );
}
