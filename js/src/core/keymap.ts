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

/** How some keys are written in a keymap; the same table as in keymap.py. */
const NAMES: Readonly<Record<string, string>> = {
  " ": "Space",
  arrowleft: "Left",
  arrowright: "Right",
  arrowup: "Up",
  arrowdown: "Down",
  escape: "Esc",
  del: "Delete",
  return: "Enter",
  "+": "Plus",
};

const NAMED = [
  ["Space", "Left", "Right", "Up", "Down", "Esc", "Plus"],
  ["Delete", "Backspace", "Insert", "Enter", "Home", "End", "PageUp", "PageDown"],
].flat();

/** Keys of some keyboards and pedals, as browsers name them. */
const SPECIAL =
  /^(?:(?:Audio|Browser|Launch|Media)[A-Za-z0-9]+|ContextMenu|Pause|PrintScreen|ScrollLock|NumLock|Clear)$/;

const ALIASES: Readonly<Record<string, string>> = {
  cmd: "Ctrl",
  meta: "Ctrl",
  control: "Ctrl",
  ctrl: "Ctrl",
  option: "Alt",
  alt: "Alt",
  shift: "Shift",
};

/** The letter or digit that is printed on a key of the common layout. */
function placeOf(stroke: Stroke): string | undefined {
  return /^(?:Key|Digit)(.)$/.exec(stroke.code ?? "")?.[1];
}

/** How a key is written in a keymap: letters in capitals, `Space`, `Left`, `Plus`. */
function keyName(stroke: Stroke): string {
  // With Alt some layouts give another character; the key's place tells which letter or digit it is.
  const key = (stroke.altKey ? placeOf(stroke) : undefined) ?? stroke.key;
  return NAMES[key.toLowerCase()] ?? capital(key);
}

/** A letter as a capital, where that is one letter too. */
function capital(key: string): string {
  const upper = key.toUpperCase();
  return [...upper].length === 1 ? upper : key;
}

function join(stroke: Pick<Stroke, "ctrlKey" | "metaKey" | "altKey">, shift: boolean, key: string): string {
  const ctrl = stroke.ctrlKey || stroke.metaKey;
  return [ctrl ? "Ctrl" : "", stroke.altKey ? "Alt" : "", shift ? "Shift" : "", key].filter(Boolean).join("+");
}

/** Whether Shift makes another keystroke of a key, rather than being part of how its sign is typed. */
function takesShift(key: string): boolean {
  return /^\p{L}$/u.test(key) || (key.length > 1 && key !== "Plus");
}

/** A keystroke as text, such as `Ctrl+Shift+Z`; the command key counts as Ctrl. */
export function strokeName(stroke: Stroke): string {
  const key = keyName(stroke);
  const placed = stroke.altKey && /^\d$/.test(key);
  return join(stroke, stroke.shiftKey && (placed || takesShift(key)), key);
}

/**
 * The names a keystroke goes by, the one to look up first in front. Where a layout types no Latin letter, or no digit
 * without Shift, the place of the key counts too: shortcuts work in every script.
 */
export function strokeNames(stroke: Stroke): string[] {
  const name = strokeName(stroke);
  const place = placeOf(stroke);
  const foreign = place !== undefined && (/\d/.test(place) ? !/^\d$/.test(stroke.key) : !/^[ -~]$/.test(stroke.key));
  return foreign ? [...new Set([name, join(stroke, stroke.shiftKey, place)])] : [name];
}

const MODIFIERS = ["Ctrl", "Alt", "Shift"];

/**
 * A keystroke as a user may write it (`shift + ctrl + z`), in the form of `strokeName`; null when it is none. Tab is
 * none: it moves the focus, and without it nobody gets out of the editor. `read_stroke` in keymap.py does the same.
 */
export function normalizeStroke(text: string): string | null {
  const parts = text.split("+").map((part) => part.trim());
  const key = parts.pop() ?? "";
  const modifiers = parts.map((part) => ALIASES[part.toLowerCase()]);
  if (key === "" || modifiers.some((part) => part === undefined) || ALIASES[key.toLowerCase()]) return null;
  const known = NAMES[key.toLowerCase()] ?? NAMED.find((name) => name.toLowerCase() === key.toLowerCase());
  const other = /^f([1-9]|1\d|2[0-4])$/i.test(key) ? key.toUpperCase() : undefined;
  const single = [...key].length === 1 || SPECIAL.test(key) ? capital(key) : undefined;
  const plain = known ?? other ?? single;
  if (plain === undefined) return null;
  const kept = MODIFIERS.filter((name) => modifiers.includes(name));
  const shifted = takesShift(plain) || /^\d$/.test(plain);
  return [...kept.filter((name) => name !== "Shift" || shifted), plain].join("+");
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

/** A user's keymap with a keystroke given to an action and to no other of that keymap. */
export function giveStroke(keys: Keymap, id: string, stroke: string): Keymap {
  const others = Object.entries(keys).map(([other, strokes]) => [other, strokes.filter((taken) => taken !== stroke)]);
  return { ...Object.fromEntries(others), [id]: [stroke] };
}

/** Keystrokes that browsers keep for themselves, so that no page hears them. */
const BROWSERS_OWN = ["Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+Shift+N", "Ctrl+Shift+T", "Ctrl+Shift+W", "F11"];

export function isBrowsersOwn(stroke: string): boolean {
  return BROWSERS_OWN.includes(stroke);
}

const SIGNS: Readonly<Record<string, string>> = { Left: "←", Right: "→", Up: "↑", Down: "↓", Plus: "+", "-": "−" };

/** A keystroke as people read it, with arrows as signs. */
export function showStroke(stroke: string): string {
  return stroke
    .split("+")
    .map((part) => SIGNS[part] ?? part)
    .join("+");
}
