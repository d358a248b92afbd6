// The colours of tracks: readable text, visible edges, and hues that stay apart for every kind of colour vision.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CANVAS } from "../src/ui/theme";
import { HUES, paletteOf } from "../src/ui/track-colors";

const GROUNDS = [
  [CANVAS.light.lane, CANVAS.light["lane-selected"]],
  [CANVAS.dark.lane, CANVAS.dark["lane-selected"]],
] as const;

type Rgb = readonly [number, number, number];

const CSS = readFileSync(join(import.meta.dirname, "../src/ui/base.css"), "utf8");

/** A variable of the style sheet, in the light theme or the dark one. */
function variable(name: string, dark: boolean): Rgb {
  const found = [...CSS.matchAll(new RegExp(`--avseg-${name}: #([0-9a-f]{6});`, "g"))][dark ? 1 : 0]?.[1] ?? "";
  return [0, 2, 4].map((at) => Number.parseInt(found.slice(at, at + 2), 16)) as unknown as Rgb;
}

/** What `rgb(r g b / share)` gives over a ground. */
function over(color: string, ground: Rgb): Rgb {
  const [r = 0, g = 0, b = 0, share = 1] = [...color.matchAll(/[\d.]+/g)].map(Number);
  return [r, g, b].map((part, at) => part * share + (ground[at] as number) * (1 - share)) as unknown as Rgb;
}

const linear = (part: number): number => (part <= 10.31475 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** The contrast ratio of WCAG 2. */
function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** How people see linear RGB: the matrices of Machado, Oliveira and Fernandes (2009) at full severity. */
const VISION: Record<string, readonly Rgb[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function lab(color: Rgb, vision: readonly Rgb[]): Rgb {
  const [r, g, b] = color.map(linear) as unknown as Rgb;
  const [R = 0, G = 0, B = 0] = vision.map(([x, y, z]) => Math.min(Math.max(x * r + y * g + z * b, 0), 1));
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27) * (t / 116) + 16 / 116);
  const x = f((0.4124 * R + 0.3576 * G + 0.1805 * B) / 0.9505);
  const y = f(0.2126 * R + 0.7152 * G + 0.0722 * B);
  const z = f((0.0193 * R + 0.1192 * G + 0.9505 * B) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each([false, true])("in the dark theme: %s", (dark) => {
  const lanes = [variable("lane", dark), variable("lane-selected", dark)];
  const [text, danger] = [variable("text", dark), variable("danger", dark)];
  const palette = paletteOf(dark, GROUNDS[dark ? 1 : 0]);

  test.each(HUES.map((hue, at) => [hue.name, at] as const))("%s has readable text and a visible edge", (_name, at) => {
    const { fill, faint, edge } = palette[at] as (typeof palette)[number];
    for (const lane of lanes) {
      // What breaks a rule is marked on it.
      expect(contrast(danger, over(fill, lane))).toBeGreaterThanOrEqual(3);
      expect(contrast(text, over(fill, lane))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(text, over(faint, lane))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(over(edge, lane), lane)).toBeGreaterThanOrEqual(3);
    }
  });

  test.each(Object.keys(VISION))("any two colours differ with vision: %s", (kind) => {
    const seen = palette.map(({ edge }) => lab(over(edge, [0, 0, 0]), VISION[kind] as readonly Rgb[]));
    seen.forEach((one, at) => {
      for (const [before, other] of seen.slice(0, at).entries())
        expect(distance(one, other), `${HUES[before]?.name} and ${HUES[at]?.name}`).toBeGreaterThan(10);
    });
  });
});

test("contrast is that of WCAG: black on white is 21", () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 6);
});
