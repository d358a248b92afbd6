// Icons of the Lucide set, drawn by the style sheet in the text's colour: a node each, or none where a button shows one.
// All of `icons.json` are one picture, which `icon-sprites.mjs` makes: browsers take some ms to load each.
import ICONS from "./icons.json";

export type IconName = keyof typeof ICONS.outlined;
type FilledName = keyof typeof ICONS.filled;

/** Icons side by side in the picture, and one below the other; the same number as in base.css and icon-sprites.mjs. */
const ACROSS = 8;

/** Where an icon is in its picture: what an element with an icon's class has as its style. */
export type Look = Readonly<Record<"--avseg-icon", string>>;

/** The looks of icons, in the order of their picture. */
export function looksOf<Name extends string>(names: Readonly<Record<Name, string>>, first = 0): Record<Name, Look> {
  const percent = (cell: number) => `${(cell / (ACROSS - 1)) * 100}%`;
  const looks = Object.keys(names).map((name, index) => {
    const cell = first + index;
    return [name, { "--avseg-icon": `${percent(cell % ACROSS)} ${percent(Math.floor(cell / ACROSS))}` }];
  });
  return Object.fromEntries(looks);
}

const OUTLINED = looksOf(ICONS.outlined);
const FILLED = looksOf(ICONS.filled, Object.keys(ICONS.outlined).length);

/** The style of an element that shows an icon by its class: `avseg-icon-before` or `avseg-icon-after` its text. */
export function iconLook(name: IconName, filled = false): Look {
  return filled ? (FILLED[name as FilledName] ?? OUTLINED[name]) : OUTLINED[name];
}

/** An icon where no element of its class can show it. */
export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return <span class="avseg-icon" style={iconLook(name, filled)} aria-hidden="true" />;
}
