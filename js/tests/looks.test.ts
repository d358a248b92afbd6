// The looks that TypeScript and the style sheet must share, and icons as single paths.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { outline } from "../src/ui/icon";
import { CANVAS } from "../src/ui/theme";

const css = readFileSync(join(import.meta.dirname, "../src/ui/base.css"), "utf8");
const blocks = { light: css.indexOf(".avseg {"), dark: css.indexOf('.avseg[data-theme="dark"] {') };

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(Object.entries(CANVAS[theme]))("canvases and the style sheet have the same %s", (name, value) => {
    const block = css.slice(blocks[theme], css.indexOf("}", blocks[theme]));
    expect(new RegExp(`--avseg-${name}: (#[0-9a-f]+);`).exec(block)?.[1]).toBe(value);
  });
});

describe("an icon's outline", () => {
  it.each([
    ["path", { d: "m21 3-7 7" }, "M21 3l-7 7"],
    ["path", { d: "m3 21 7-7" }, "M3 21l 7-7"],
    ["path", { d: "m.5.5.5 1h4" }, "M.5 .5l.5 1h4"],
    ["path", { d: "M3 3v5h5" }, "M3 3v5h5"],
    ["path", { d: "m9 9h2" }, "M9 9h2"],
    ["line", { x1: 1, y1: 2, x2: 3, y2: 4 }, "M1 2L3 4"],
    ["polygon", { points: "1 2 3 4 5 6" }, "M1 2 3 4 5 6z"],
    ["polyline", { points: "1 2 3 4" }, "M1 2 3 4"],
    ["circle", { cx: 12, cy: 12, r: 10 }, "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0"],
    [
      "rect",
      { x: 3, y: 4, width: 18, height: 10, rx: 0 },
      "M3 4h18a0 0 0 0 1 0 0v10a0 0 0 0 1 0 0h-18a0 0 0 0 1 0 0v-10a0 0 0 0 1 0 0z",
    ],
  ] as const)("of a %s %o starts where it says", (tag, attributes, d) => {
    expect(outline([tag, attributes] as unknown as Parameters<typeof outline>[0])).toBe(d);
  });
});
