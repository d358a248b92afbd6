// The rules of fields: the same verdicts as in Python, from the same cases.
import { describe, expect, it, test } from "vitest";
import { type FieldValue, fromAnnotation } from "../../src/core/document";
import { defaults, findProblems, inOrder, isAnswer, misfit } from "../../src/core/fields";
import type { Annotation, Field, Problem, Task } from "../../src/core/types";
import { FREE, LABEL, readFixture, TASK } from "./make";

type Case = { field: Field; value: FieldValue } & (
  | { fits: true; stored: FieldValue; answer: boolean }
  | { fits: false }
);

interface Fixture {
  cases: Case[];
  task: Task;
  problems: { annotation: Annotation; problems: Problem[] }[];
}

describe("fixtures shared with Python", () => {
  const { cases, task, problems } = readFixture<Fixture>("fields.json");

  it.each(cases.map((item) => [item.field.kind, String(item.value).slice(0, 20), item] as const))("%s %j", (...row) => {
    const item = row[2];
    if (!item.fits) {
      expect(misfit(item.field, item.value)).toMatch(/^must /);
      return;
    }
    expect(misfit(item.field, item.value)).toBeNull();
    expect(isAnswer(item.field, item.stored)).toBe(item.answer);
    const stored =
      "options" in item.field && Array.isArray(item.value) ? inOrder(item.field.options, item.value) : item.value;
    expect(stored).toEqual(item.stored);
  });

  it.each(problems)("problems %#", ({ annotation, problems: expected }) => {
    expect(findProblems(fromAnnotation(annotation), task)).toEqual(expected);
  });
});

test("no value is no answer, whatever the field", () => {
  for (const { field } of readFixture<Fixture>("fields.json").cases) expect(isAnswer(field, undefined)).toBe(false);
});

test("a number that does not fit is told its bounds", () => {
  const number = { kind: "number", name: "n", step: null, default: null, ...LABEL } as const;
  expect(misfit({ ...number, min: 1, max: 2 }, 3)).toBe("must lie from 1 to 2");
  expect(misfit({ ...number, min: null, max: 2 }, 3)).toBe("must be at most 2");
  expect(misfit({ ...number, min: 1, max: null }, 0)).toBe("must be at least 1");
  expect(misfit({ ...number, min: null, max: null }, Number.NaN)).toBe("must be a number");
});

test("defaults are those that are given, under any name", () => {
  expect(Object.entries(defaults(TASK.content_fields))).toEqual([["constructor", 3]]);
  const hostile = defaults([{ kind: "text", name: "__proto__", multiline: false, default: "x", ...FREE, ...LABEL }]);
  expect(Object.entries(hostile)).toEqual([["__proto__", "x"]]);
  expect(Object.getPrototypeOf(hostile)).toBe(Object.prototype);
});

test("options chosen are put in the field's order", () => {
  expect(inOrder(["a", "b", "c"], ["c", "a"])).toEqual(["a", "c"]);
  expect(inOrder(["a"], [])).toEqual([]);
});
