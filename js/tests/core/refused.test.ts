// Texts that could not be taken as problems, and answers given to several segments only where they are asked.
import { describe, expect, test } from "vitest";
import { setFields } from "../../src/core/commands/segments";
import { apply, type Document, fromAnnotation } from "../../src/core/document";
import { findProblems } from "../../src/core/fields";
import { nearProblem } from "../../src/core/navigate";
import { answerAt, RefusedTexts, withRefused } from "../../src/core/refused";
import type { Field, Task } from "../../src/core/types";
import { EMPTY, FREE, LABEL } from "./make";

const text = (name: string, more: Partial<Field> = {}) =>
  ({ kind: "text", name, multiline: false, default: null, ...FREE, ...LABEL, label: name, ...more }) as Field;
const mood: Field = {
  ...{ kind: "select", name: "mood", options: ["Happy", "Angry"], default: null, depends_on: "", options_for: {} },
  ...LABEL,
  label: "mood",
};
const TASK: Task = {
  title: "",
  tracks: { speaker: ["A"], noise: ["Door"] },
  segment_fields: [
    text("how", { visible_if: { why: ["known"] } }),
    text("why", { visible_if: { mood: ["Angry"] } }),
    { ...mood, categories: ["speaker"] } as Field,
    text("score", { required: true }),
  ],
  content_fields: [text("summary", { required: true }), text("extra", { visible_if: { summary: ["long"] } })],
  instructions: "",
  overlap: {},
};
const START: Document = fromAnnotation({
  ...EMPTY,
  tracks: [
    { category: "speaker", tag: "A", id: "a", position: 0 },
    { category: "noise", tag: "Door", id: "d", position: 1 },
  ],
  segments: [
    { id: "s", track: "a", start: 0, end: 1, fields: { score: "1" } },
    { id: "t", track: "a", start: 2, end: 3, fields: { score: "1", mood: "Angry" } },
    { id: "n", track: "d", start: 4, end: 5, fields: { score: "1" } },
  ],
});

const place = (segment: string, field: string, label = field) => ({ segment, field, label });
const keep = (refused: RefusedTexts, at: ReturnType<typeof place>, typed: string, reason: string) =>
  refused.keep(at, { text: typed, reason, was: answerAt(START, at) });
const messages = (refused: RefusedTexts, document = START) =>
  withRefused(findProblems(document, TASK), refused, document, TASK).map(({ message }) => message);

describe("refused texts", () => {
  test("are listed first until they are mended, each place once", () => {
    const refused = new RefusedTexts();
    expect(messages(refused)).toEqual(["summary is required"]);
    keep(refused, place("t", "end", "End"), "8,x", "Must be a time");
    keep(refused, place("", "summary"), "", "Must be a number");
    expect(messages(refused)).toEqual(["End “8,x”: Must be a time", "summary: Must be a number"]);
    keep(refused, place("t", "end", "End"), "8,y", "Must be a time");
    expect(messages(refused)[0]).toBe("End “8,y”: Must be a time");
    const problems = withRefused(findProblems(START, TASK), refused, START, TASK);
    expect(nearProblem(problems, problems[0] ?? null, 1)?.field).toBe("summary");
    refused.drop(place("t", "end"));
    refused.drop(place("", "summary"));
    expect(messages(refused)).toEqual(["summary is required"]);
  });

  test("go with their segment, with the question, and with another answer", () => {
    const refused = new RefusedTexts();
    keep(refused, place("t", "start"), "x", "no");
    keep(refused, place("t", "why"), "x", "no");
    keep(refused, place("s", "why"), "x", "no");
    keep(refused, place("", "extra"), "x", "no");
    expect(messages(refused)).toEqual(["start “x”: no", "why “x”: no", "summary is required"]);
    const moved = apply(START, setFields(START, TASK, ["t"], new Map([["why", "so"]])));
    expect(messages(refused, moved)).toEqual(["start “x”: no", "summary is required"]);
    const deleted = apply(START, { segments: { remove: ["t"] } });
    expect(messages(refused, deleted)).toEqual(["summary is required"]);
  });
});

describe("answers to several segments", () => {
  const given = (answers: [string, string | undefined][]) => {
    const after = apply(START, setFields(START, TASK, ["s", "t", "n"], new Map(answers)));
    return Object.fromEntries(
      [...after.segments].map(
        ([
          id,
          {
            fields: { score: _, ...fields },
          },
        ]) => [id, fields],
      ),
    );
  };

  test("are stored only where they are asked", () => {
    expect(given([["mood", "Happy"]])).toEqual({ s: { mood: "Happy" }, t: { mood: "Happy" }, n: {} });
    expect(given([["why", "noisy"]])).toEqual({ s: {}, t: { mood: "Angry", why: "noisy" }, n: {} });
  });

  test("may lead to the next question, in any order of the fields", () => {
    const all = { mood: "Angry", why: "known", how: "told" };
    expect(given(Object.entries(all))).toEqual({ s: all, t: all, n: {} });
    expect(given(Object.entries({ ...all, mood: "Happy" }))).toEqual({
      s: { mood: "Happy" },
      t: { mood: "Happy" },
      n: {},
    });
    expect(given([["mood", undefined]])).toEqual({ s: {}, t: {}, n: {} });
  });
});
