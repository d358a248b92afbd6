// The colours that tell tracks apart, for people with any colour vision, on light and dark grounds. Pure.

/** A hue after Okabe and Ito (2008), and how light or dark an edge of it must be to stand out from the lanes. */
interface Hue {
  readonly name: string;
  readonly fill: string;
  readonly onLight: string;
  readonly onDark: string;
}

export const HUES: readonly Hue[] = [
  { name: "Blue", fill: "0 114 178", onLight: "0 114 178", onDark: "46 139 192" },
  { name: "Vermilion", fill: "213 94 0", onLight: "213 94 0", onDark: "214 97 5" },
  { name: "Green", fill: "0 158 115", onLight: "0 145 106", onDark: "0 158 115" },
  { name: "Pink", fill: "204 121 167", onLight: "180 106 147", onDark: "204 121 167" },
  { name: "Orange", fill: "230 159 0", onLight: "170 118 0", onDark: "230 159 0" },
  { name: "Sky blue", fill: "86 180 233", onLight: "65 137 177", onDark: "86 180 233" },
  { name: "Violet", fill: "153 79 163", onLight: "153 79 163", onDark: "171 111 180" },
  { name: "Grey", fill: "120 120 120", onLight: "120 120 120", onDark: "131 131 131" },
];

/** Share of the hue in a fill; the rest is the lane's colour. */
export const FILL_SHARE = { light: 0.35, dark: 0.42 } as const;

export function paletteOf(dark: boolean): { readonly fill: string; readonly edge: string }[] {
  const share = FILL_SHARE[dark ? "dark" : "light"];
  return HUES.map((hue) => ({ fill: `rgb(${hue.fill} / ${share})`, edge: `rgb(${dark ? hue.onDark : hue.onLight})` }));
}
