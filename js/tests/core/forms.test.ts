// When a field is asked and what its answer must be: the same verdicts as in Python, from the same cases.
import { describe, expect, it, test } from "vitest";
import { apply, type FieldValue, fromAnnotation } from "../../src/core/document";
import { canFail, faultOf, findFault, findProblems, isAsked, optionsGiven } from "../../src/core/fields";
import type { Annotation, Field, Problem, Task } from "../../src/core/types";
import { FREE, LABEL, readFixture } from "./make";

type Answers = Record<string, FieldValue>;

interface Fixture {
  asked: { field: Field; answers: Answers; category: string; asked: boolean }[];
  options: { field: Field; answers: Answers; options: string[] }[];
  faults: { field: Field; value: FieldValue; answers: Answers; fault: string }[];
  task: Task;
  problems: { name: string; annotation: Annotation; problems: Problem[] }[];
}

const { asked, options, faults, task, problems } = readFixture<Fixture>("forms.json");

describe("fixtures shared with Python", () => {
  it.each(asked)("asked: $field.visible_if $field.categories $answers $category", (item) => {
    expect(isAsked(item.field, item.answers, item.category)).toBe(item.asked);
  });

  it.each(options)("options: $field.name $answers", (item) => {
    expect(optionsGiven(item.field, item.answers)).toEqual(item.options);
  });

  it.each(faults)("faults: $field.kind $value $answers", (item) => {
    expect(findFault(item.field, item.value, item.answers)).toBe(item.fault);
    if (item.fault) expect(canFail(item.field)).toBe(true);
  });

  it.each(problems)("problems: $name", ({ annotation, problems: expected }) => {
    expect(findProblems(fromAnnotation(annotation), task)).toEqual(expected);
  });
});

test("problems come and go with the answers they hang on", () => {
  const start = fromAnnotation(problems[0]?.annotation as Annotation);
  const fields = (document: typeof start) => findProblems(document, task).map(({ field }) => field);
  const asking = apply(start, { content: { put: { case: true } } });
  expect(fields(asking)).toEqual(["number"]);
  expect(fields(apply(asking, { content: { put: { number: "A1" } } }))).toEqual([]);
  expect(fields(apply(asking, { content: { put: { case: false } } }))).toEqual([]);
});

test("an answer that is missing or wrong is said once, and only where it is asked", () => {
  const why: Field = {
    kind: "text",
    name: "why",
    multiline: false,
    default: null,
    ...FREE,
    ...LABEL,
    label: "Why",
    required: true,
    min_length: 3,
    visible_if: { mood: ["Angry"] },
  };
  expect(faultOf(why, {})).toBe("");
  expect(faultOf(why, { mood: "Angry" })).toBe("Why is required");
  expect(faultOf(why, { mood: "Angry", why: "ab" })).toBe("Why needs at least 3 characters");
  expect(faultOf(why, { mood: "Happy", why: "ab" })).toBe("");
  expect(faultOf({ ...why, pattern: "(?P<year>\\d+)" }, { mood: "Angry", why: "abc" })).toBe("");
});
