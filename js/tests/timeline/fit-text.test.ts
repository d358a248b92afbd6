// Labels of segments: what fits, and that it shows where they are cut.
import { expect, test } from "vitest";
import { fitText } from "../../src/timeline/fit-text";

/** Every character is 10 px wide. */
const context = { measureText: () => ({ width: 10 }) } as unknown as CanvasRenderingContext2D;

test.each([
  ["Hello", 50, "Hello"],
  ["Hello", 49, "Hel…"],
  ["Hello", 20, "H…"],
  ["Hello", 19, ""],
  ["", 0, ""],
  ["H", 10, "H"],
  ["👍👍👍", 25, "👍…"],
])("%s in %d px is %s", (text, width, shown) => {
  expect(fitText(context, "fit-text test", text, width)).toBe(shown);
});
