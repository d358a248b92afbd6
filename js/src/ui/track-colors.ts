// The colours that tell tracks apart, for people with any colour vision, on light and dark grounds. Pure.
import type { SegmentColors } from "../timeline/draw";

/**
 * A hue after Okabe and Ito (2008), and edges of it as light or dark as they must be to stand out from the lanes and
 * from each other.
 */
interface Hue {
  readonly name: string;
  readonly fill: string;
  readonly onLight: string;
  readonly onDark: string;
}

export const HUES: readonly Hue[] = [
  { name: "Blue", fill: "0 114 178", onLight: "0 114 178", onDark: "41 137 190" },
  { name: "Vermilion", fill: "213 94 0", onLight: "170 75 0", onDark: "213 94 0" },
  { name: "Green", fill: "0 158 115", onLight: "0 145 106", onDark: "0 158 115" },
  { name: "Pink", fill: "204 121 167", onLight: "180 106 147", onDark: "188 111 154" },
  { name: "Orange", fill: "230 159 0", onLight: "175 121 0", onDark: "230 159 0" },
  { name: "Sky blue", fill: "86 180 233", onLight: "38 79 103", onDark: "106 189 236" },
  { name: "Violet", fill: "153 79 163", onLight: "135 70 143", onDark: "194 149 200" },
  { name: "Grey", fill: "120 120 120", onLight: "101 101 101", onDark: "163 163 163" },
];

/** Share of the hue in a fill, and in that of a suggestion; the rest is the lane's colour. */
export const FILL_SHARE = { light: 0.35, dark: 0.42 } as const;
export const FAINT_SHARE = { light: 0.1, dark: 0.14 } as const;

/** The colours of segments on each ground, hex colours of a lane and of a selected one. */
export function paletteOf(dark: boolean, grounds: readonly [string, string]): SegmentColors[] {
  const theme = dark ? "dark" : "light";
  return HUES.map((hue) => ({
    fill: `rgb(${hue.fill} / ${FILL_SHARE[theme]})`,
    faint: `rgb(${hue.fill} / ${FAINT_SHARE[theme]})`,
    edge: `rgb(${dark ? hue.onDark : hue.onLight})`,
    solid: over(hue.fill, FILL_SHARE[theme], grounds[0]),
    solidSelected: over(hue.fill, FILL_SHARE[theme], grounds[1]),
  }));
}

/** What a share of a hue gives over a ground. */
function over(hue: string, share: number, ground: string): string {
  const parts = hue.split(" ").map((part, index) => {
    const below = Number.parseInt(ground.slice(1 + 2 * index, 3 + 2 * index), 16);
    return Math.round(Number(part) * share + below * (1 - share));
  });
  return `rgb(${parts.join(" ")})`;
}
