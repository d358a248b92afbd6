// The looks that TypeScript and the style sheet must share.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CANVAS } from "../src/ui/theme";

const css = readFileSync(join(import.meta.dirname, "../src/ui/base.css"), "utf8");
const blocks = { light: css.indexOf(".avseg {"), dark: css.indexOf('.avseg[data-theme="dark"] {') };

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  it.each(Object.entries(CANVAS[theme]))("canvases and the style sheet have the same %s", (name, value) => {
    const block = css.slice(blocks[theme], css.indexOf("}", blocks[theme]));
    expect(new RegExp(`--avseg-${name}: (#[0-9a-f]+);`).exec(block)?.[1]).toBe(value);
  });
});
