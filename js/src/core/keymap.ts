// Keystrokes as text, and which action each one starts: the editor's own, a preset's, a user's. No DOM, no actions.

/** Keystrokes of each action, by the action's id; an empty list takes its keys away. */
export type Keymap = Readonly<Record<string, readonly string[]>>;

/** What is read of a keyboard event. */
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly code?: string;
}

const NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  arrowleft: "Left",
  arrowright: "Right",
  arrowup: "Up",
  arrowdown: "Down",
  escape: "Esc",
  "+": "Plus",
};

/** How a key is written in a keymap: letters in capitals, `Space`, `Left`, `Plus`. */
function keyName(stroke: Stroke): string {
  // With Alt some layouts give another character; the key's place tells which letter or digit it is.
  const placed = stroke.altKey ? /^(?:Key|Digit)(.)$/.exec(stroke.code ?? "")?.[1] : undefined;
  const key = placed ?? stroke.key;
  return NAMES[key.toLowerCase()] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** A keystroke as text, such as `Ctrl+Shift+Z`; the command key counts as Ctrl. */
export function strokeName(stroke: Stroke): string {
  const key = keyName(stroke);
  const letter = /^[A-Z0-9]$/.test(key) || key.length > 1;
  return [
    stroke.ctrlKey || stroke.metaKey ? "Ctrl" : "",
    stroke.altKey ? "Alt" : "",
    stroke.shiftKey && letter && key !== "Plus" ? "Shift" : "",
    key,
  ]
    .filter(Boolean)
    .join("+");
}

const MODIFIERS = ["Ctrl", "Alt", "Shift"];

/** A keystroke as a user may write it (`shift + ctrl + z`), in the form of `strokeName`; null when it is none. */
export function normalizeStroke(text: string): string | null {
  const parts = text.split("+").map((part) => part.trim());
  if (parts.some((part) => part === "")) return null;
  const aliases: Readonly<Record<string, string>> = {
    cmd: "Ctrl",
    meta: "Ctrl",
    control: "Ctrl",
    ctrl: "Ctrl",
    option: "Alt",
    alt: "Alt",
    shift: "Shift",
  };
  const key = parts.at(-1) ?? "";
  const modifiers = parts.slice(0, -1).map((part) => aliases[part.toLowerCase()]);
  if (modifiers.some((part) => part === undefined) || aliases[key.toLowerCase()]) return null;
  const named = [
    "Space",
    "Left",
    "Right",
    "Up",
    "Down",
    "Esc",
    "Plus",
    "Delete",
    "Backspace",
    "Enter",
    "Tab",
    "Home",
    "End",
    "PageUp",
    "PageDown",
  ];
  const known = named.find((name) => name.toLowerCase() === key.toLowerCase());
  const function_ = /^f\d{1,2}$/i.test(key) ? key.toUpperCase() : undefined;
  const plain = known ?? function_ ?? (key.length === 1 ? key.toUpperCase() : undefined);
  return plain === undefined ? null : [...MODIFIERS.filter((name) => modifiers.includes(name)), plain].join("+");
}

/** The action of each keystroke; of two actions with one keystroke the later map's wins. */
export function strokesOf(...maps: readonly Keymap[]): ReadonlyMap<string, string> {
  const merged: Record<string, readonly string[]> = Object.assign({}, ...maps);
  const rank = (id: string) => maps.findLastIndex((map) => Object.hasOwn(map, id));
  const strokes = new Map<string, string>();
  for (const id of Object.keys(merged).sort((a, b) => rank(a) - rank(b))) {
    for (const stroke of merged[id] ?? []) strokes.set(stroke, id);
  }
  return strokes;
}

/** The keystrokes that start an action, in the order of its list. */
export function keysOf(strokes: ReadonlyMap<string, string>, id: string): string[] {
  return [...strokes].filter(([, action]) => action === id).map(([stroke]) => stroke);
}

const SIGNS: Readonly<Record<string, string>> = { Left: "←", Right: "→", Up: "↑", Down: "↓", Plus: "+", "-": "−" };

/** A keystroke as people read it, with arrows as signs. */
export function showStroke(stroke: string): string {
  return stroke
    .split("+")
    .map((part) => SIGNS[part] ?? part)
    .join("+");
}
