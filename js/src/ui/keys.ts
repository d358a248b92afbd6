// The keyboard of one editor: only while it has the focus, never while text is typed.
import type { Controller } from "./controller";

/** Each shortcut with what it does, for tooltips and the keys' list. */
export const KEYS = {
  play: "Space",
  record: "R",
  previousFrame: "←",
  nextFrame: "→",
  start: "Home",
  end: "End",
  zoomIn: "+",
  zoomOut: "−",
  fit: "0",
  delete: "Delete",
  undo: "Ctrl+Z",
  redo: "Ctrl+Shift+Z",
  slower: "[",
  faster: "]",
} as const;

type Action = (controller: Controller) => void;

const PLAIN: Record<string, Action> = {
  " ": (c) => c.clock.toggle(),
  r: (c) => c.toggleRecording(),
  arrowleft: (c) => c.step(-1),
  arrowright: (c) => c.step(1),
  home: (c) => c.seek(0),
  end: (c) => c.seek(c.session.duration.peek()),
  "+": (c) => c.zoom(2),
  "=": (c) => c.zoom(2),
  "-": (c) => c.zoom(0.5),
  "0": (c) => c.session.look(0, c.session.duration.peek()),
  delete: (c) => c.deleteSelected(),
  backspace: (c) => c.deleteSelected(),
  "[": (c) => c.changeSpeed(-1),
  "]": (c) => c.changeSpeed(1),
};

const TYPING = new Set(["input", "textarea", "select"]);

function takesKeys(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio")) {
    return event.key === " " || event.key.startsWith("Arrow");
  }
  if (TYPING.has(target.localName) || target.isContentEditable) return true;
  if (target.closest("button, summary, [role=slider]"))
    return [" ", "Enter"].includes(event.key) || event.key.startsWith("Arrow");
  return false;
}

export function handleKey(event: KeyboardEvent, controller: Controller): void {
  event.stopPropagation();
  if (event.defaultPrevented || takesKeys(event)) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  let action: Action | undefined;
  if (command && key === "z") action = event.shiftKey ? (c) => c.redo() : (c) => c.undo();
  else if (command && key === "y") action = (c) => c.redo();
  else if (!command && !event.altKey) action = PLAIN[key];
  if (!action) return;
  event.preventDefault();
  action(controller);
}
