// The keyboard of one editor: only while it has the focus, never while text is typed; and what it leaves to its host.
import { strokeName, strokeNames } from "../core/keymap";
import { actionOf } from "./actions";
import type { Controller } from "./controller";

const TYPING = new Set(["input", "textarea", "select"]);
/** A key that no text is typed with. */
const FUNCTION_KEY = /^F\d+$/;
const PRESSED = ["checkbox", "radio", "button", "submit", "range"];

function targetOf(event: KeyboardEvent): HTMLElement | null {
  const [target] = event.composedPath();
  return target instanceof HTMLElement ? target : null;
}

/** Whether keystrokes in an element are text, or choose among options. */
function isTypedInto(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement && PRESSED.includes(target.type)) return false;
  return TYPING.has(target.localName) || target.isContentEditable;
}

/** Whether the focused element has a use of its own for a key. */
function takesKeys(event: KeyboardEvent): boolean {
  const target = targetOf(event);
  if (!target) return false;
  const arrow = event.key.startsWith("Arrow");
  if (target instanceof HTMLInputElement && PRESSED.includes(target.type)) return event.key === " " || arrow;
  if (isTypedInto(target)) return true;
  if (target.matches(".avseg-item-long")) return arrow; // they scroll it
  if (target.closest("[role=slider]")) return arrow || [" ", "Enter"].includes(event.key);
  return target.closest("button, summary") !== null && [" ", "Enter"].includes(event.key);
}

/** Whether a key leads from a field to the next one: not from a form that asks before an edit goes on. */
function goesOn(event: KeyboardEvent, id: string): boolean {
  return actionOf(id).whileTyping === true && FUNCTION_KEY.test(event.key) && !targetOf(event)?.closest(".avseg-ask");
}

/** What has the keyboard to itself while it is open; Escape closes it, and nothing else of ours may take that key. */
const POPUPS = "dialog, [popover]";

/** Keys that change text with Ctrl too, and would change the notebook's cells instead. */
const EDITING = /^(?:[acvxyz]|Backspace|Delete|Enter|Tab|Escape|Home|End|Page.*|Arrow.*)$/i;
/** Keys that notebooks use with Ctrl to change cells: none of them may be lost to a slip on a segment. */
const CELLS_OWN = /^(?:[amxv]|Backspace|Delete|Enter|Arrow.*)$/i;

/**
 * Whether a keystroke that the editor has no use for is the host's, as Ctrl+S is: a chord or a function key. A bare
 * letter never is, as notebooks delete and insert cells by them.
 */
export function isForHost(event: KeyboardEvent): boolean {
  const target = targetOf(event);
  if (!target || target.closest(POPUPS)) return false;
  if (FUNCTION_KEY.test(event.key)) return true;
  const command = event.ctrlKey || event.metaKey;
  // Ctrl+Alt is how many keyboards type signs such as @.
  if (isTypedInto(target)) return command && !event.altKey && !EDITING.test(event.key);
  return (command || event.altKey) && !CELLS_OWN.test(event.key);
}

/** Lets a host hear one keystroke: notebooks pass over what comes from below that mark. */
function passOn(event: KeyboardEvent): void {
  const root = event.currentTarget instanceof Element ? event.currentTarget.closest<HTMLElement>(".avseg") : null;
  if (!root) return;
  delete root.dataset.lmSuppressShortcuts;
  // Hosts listen above, after this; the mark is back before the next keystroke.
  setTimeout(() => {
    root.dataset.lmSuppressShortcuts = "true";
  });
}

/** The action of a keystroke, whatever script the keyboard types. */
export function actionOfEvent(event: KeyboardEvent, controller: Controller): string | undefined {
  const strokes = controller.strokes.peek();
  return strokeNames(event)
    .map((name) => strokes.get(name))
    .find((id) => id !== undefined && controller.offers(actionOf(id)));
}

export function handleKey(event: KeyboardEvent, controller: Controller): void {
  const inDialog = Boolean(targetOf(event)?.closest(POPUPS));
  const free = !event.defaultPrevented && !event.isComposing && !inDialog;
  const wanted = free ? actionOfEvent(event, controller) : undefined;
  const id = wanted !== undefined && (!takesKeys(event) || goesOn(event, wanted)) ? wanted : undefined;
  if (id === undefined && !event.defaultPrevented && isForHost(event)) return passOn(event);
  event.stopPropagation();
  if (id === undefined) return;
  const action = actionOf(id);
  if (action.native && action.keys.includes(strokeName(event))) return;
  event.preventDefault();
  if (event.repeat && action.mayRepeat?.(controller) === false) return;
  controller.run(action);
}

/** The keyboard of a list while no editor is open: only the actions of the list can be started. */
export function handleItemKey(
  event: KeyboardEvent,
  strokes: ReadonlyMap<string, string>,
  run: (id: string) => unknown,
): void {
  const name = event.isComposing || takesKeys(event) ? undefined : strokeNames(event).find((each) => strokes.has(each));
  if (name === undefined && !event.defaultPrevented && isForHost(event)) return passOn(event);
  event.stopPropagation();
  if (name === undefined || event.defaultPrevented) return;
  event.preventDefault();
  run(strokes.get(name) ?? "");
}

/** A keystroke pressed to be taken into a keymap; null while only modifiers are down, or for Tab. */
export function capturedStroke(event: KeyboardEvent): string | null {
  const ignored = ["Control", "Shift", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Unidentified", "Tab"];
  return ignored.includes(event.key) ? null : strokeName(event);
}
