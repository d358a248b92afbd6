// The keyboard of one editor: only while it has the focus, never while text is typed.
import { strokeName } from "../core/keymap";
import { actionOf } from "./actions";
import type { Controller } from "./controller";

const TYPING = new Set(["input", "textarea", "select"]);

/** Whether the focused element has a use of its own for a key. */
function takesKeys(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  const arrow = event.key.startsWith("Arrow");
  if (target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio")) {
    return event.key === " " || arrow;
  }
  if (TYPING.has(target.localName) || target.isContentEditable) return true;
  return target.closest("button, summary, [role=slider]") !== null && ([" ", "Enter"].includes(event.key) || arrow);
}

export function handleKey(event: KeyboardEvent, controller: Controller): void {
  event.stopPropagation();
  if (event.defaultPrevented || event.isComposing || takesKeys(event)) return;
  const stroke = strokeName(event);
  const id = controller.strokes.peek().get(stroke);
  if (!id) return;
  const action = actionOf(id);
  if (action.native && action.keys.includes(stroke)) return;
  event.preventDefault();
  controller.run(action);
}
