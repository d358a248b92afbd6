// The columns of the table: the example fits beside its timeline, and rows of little room flow in lines as a browser's.
import { expect, test } from "vitest";
import type { Field } from "../src/core/types";
import { tableShape } from "../src/ui/table-shape";

const field = (kind: string, more: object = {}): Field => ({ kind, name: kind, label: kind, ...more }) as Field;
const CALL = [field("text"), field("select")];

test("a call of half a minute needs no more than its pane has, a scroll bar left out", () => {
  expect(tableShape(CALL, 31.688, 513)).toMatchObject({ lines: null });
  expect(tableShape(CALL, 31.688, 513).whole).toBeLessThanOrEqual(513);
});

test("times of hours have the room they need", () => {
  expect(tableShape(CALL, 36000, 513).time).toBe(tableShape(CALL, 3600, 513).time + 8);
});

test.each([
  [336, CALL, 1],
  [336, [field("select"), field("number"), field("rating", { max: 5 })], 1],
  [240, [field("select"), field("number"), field("rating", { max: 5 })], 2],
  [300, [field("number"), field("text"), field("checkbox")], 2],
  [300, [field("radio", { options: ["a rather long option", "another long option", "more"] })], 1],
])("in %d px a row has that many lines of fields", (box, fields, lines) => {
  expect(tableShape(fields, 60, box).lines).toBe(lines);
});

test("with few columns there is no need to flow", () => {
  expect(tableShape([], 60, 360).lines).toBe(null);
});
