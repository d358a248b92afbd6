// The list of segments against sorting and filtering it anew, over random edits.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply, compareSegments, type Document, fromAnnotation } from "../src/core/document";
import { BY_START, type Filter, NO_FILTER, type Order, RowList, type RowsInput } from "../src/core/rows";
import { parseTime } from "../src/core/time";
import type { Diff, Field, Segment, Task } from "../src/core/types";
import { EMPTY, FREE, LABEL } from "./core/make";

const common = { ...LABEL, default: null } as const;
const limits = { depends_on: "", options_for: {} } as const;
const FIELDS: Field[] = [
  { kind: "text", name: "text", ...common, ...FREE, label: "Text", multiline: false },
  { kind: "select", name: "emotion", ...common, ...limits, label: "Emotion", options: ["Happy", "Angry", "Sad"] },
  { kind: "number", name: "pitch", ...common, label: "Pitch", min: null, max: null, step: null },
];
const TASK: Task = { title: "", tracks: {}, segment_fields: FIELDS, content_fields: [], instructions: "", overlap: {} };
const TRACKS = ["a", "b", "c"].map((id, index) => ({
  id,
  category: "speaker",
  tag: ["Zoe", "amy", "Bob"][index] ?? "",
  position: index,
}));
const NONE: ReadonlySet<string> = new Set();

const anySegment = (id: fc.Arbitrary<string>): fc.Arbitrary<Segment> =>
  fc.record({
    id,
    track: fc.constantFrom("a", "b", "c"),
    start: fc.integer({ min: 0, max: 20 }),
    end: fc.integer({ min: 21, max: 30 }),
    fields: fc.record(
      {
        text: fc.constantFrom("hello", "Hello there", "x2", "x10", ""),
        emotion: fc.constantFrom("Happy", "Sad"),
        pitch: fc.integer({ min: -3, max: 3 }),
      },
      { requiredKeys: [] },
    ),
  });
const anyId = fc.integer({ min: 0, max: 40 }).map(String);
const anyOrder: fc.Arbitrary<Order> = fc.record({
  by: fc.constantFrom("start", "end", "track", "text", "emotion", "pitch"),
  down: fc.boolean(),
});
const anyFilter: fc.Arbitrary<Filter> = fc.record({
  text: fc.constantFrom("", "", "hello", "AMY", "sad"),
  track: fc.constantFrom("", "", "b"),
  answer: fc.constantFrom<Filter["answer"]>(
    null,
    null,
    { field: "emotion", want: "option", option: "Happy" },
    { field: "text", want: "none", option: "" },
    { field: "pitch", want: "any", option: "" },
  ),
  problems: fc.constant(false),
  suggestions: fc.constant(false),
});

const empty = fromAnnotation({ ...EMPTY, tracks: TRACKS });
const input = (document: Document, more: Partial<RowsInput> = {}): RowsInput => ({
  document,
  task: TASK,
  order: BY_START,
  filter: NO_FILTER,
  problems: NONE,
  pinned: null,
  ...more,
});
const ids = (list: RowList, given: RowsInput): string[] => {
  const rows = list.update(given);
  return Array.from({ length: rows.length }, (_, index) => rows.at(index)?.id ?? "");
};
const put = (...segments: Segment[]): Diff => ({
  segments: { put: Object.fromEntries(segments.map((segment) => [segment.id, segment])) },
});
const make = (id: string, start: number, fields: Segment["fields"] = {}): Segment => ({
  id,
  track: "a",
  start,
  end: start + 1,
  fields,
});

type Step =
  | { kind: "put"; segments: Segment[] }
  | { kind: "remove"; id: string }
  | { kind: "order"; order: Order }
  | { kind: "filter"; filter: Filter }
  | { kind: "pin"; id: string | null };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.array(anySegment(anyId), { maxLength: 3 }).map((segments) => ({ kind: "put" as const, segments })),
  anyId.map((id) => ({ kind: "remove" as const, id })),
  anyOrder.map((order) => ({ kind: "order" as const, order })),
  anyFilter.map((filter) => ({ kind: "filter" as const, filter })),
  fc.option(anyId).map((id) => ({ kind: "pin" as const, id })),
);

function take(state: RowsInput, step: Step): RowsInput {
  switch (step.kind) {
    case "put":
      return { ...state, document: apply(state.document, put(...step.segments)) };
    case "remove":
      return state.document.segments.has(step.id)
        ? { ...state, document: apply(state.document, { segments: { remove: [step.id] } }) }
        : state;
    case "order":
      return { ...state, order: step.order };
    case "filter":
      return { ...state, filter: step.filter };
    case "pin":
      return { ...state, pinned: step.id };
  }
}

describe("the list of segments", () => {
  test("is what sorting and filtering anew would give, whatever was edited", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const list = new RowList();
        let state = input(empty);
        for (const step of steps) {
          state = take(state, step);
          const rows = list.update(state);
          for (let index = 0; index < rows.length; index += 1) {
            const segment = rows.at(index);
            expect(segment).toBe(state.document.segments.get(segment?.id ?? ""));
            expect(rows.indexOf(segment?.id ?? "")).toBe(index);
          }
        }
        // Once nothing is under edit, nothing is out of its place.
        const free = { ...state, pinned: null };
        expect(ids(list, free)).toEqual(ids(new RowList(), free));
      }),
      { numRuns: 300 },
    );
  });

  test("by start without a filter is the document's own list", () => {
    const document = apply(empty, put(make("a", 3), make("b", 1)));
    expect(ids(new RowList(), input(document))).toEqual(document.sorted.map(({ id }) => id));
    expect(document.sorted).toEqual([...document.sorted].sort(compareSegments));
  });

  test("sorts text as people do, options as listed, and what is missing last in both directions", () => {
    const document = apply(
      empty,
      put(make("a", 1, { text: "x10", emotion: "Sad" }), make("b", 2, { text: "x2", emotion: "Happy" }), make("c", 0)),
    );
    const by = (name: string, down: boolean) => ids(new RowList(), input(document, { order: { by: name, down } }));
    expect(by("text", false)).toEqual(["b", "a", "c"]);
    expect(by("text", true)).toEqual(["a", "b", "c"]);
    expect(by("emotion", false)).toEqual(["b", "a", "c"]);
    expect(by("start", true)).toEqual(["b", "a", "c"]);
  });

  test("keeps what is under edit in its place until another is", () => {
    const list = new RowList();
    const filter: Filter = { ...NO_FILTER, answer: { field: "text", want: "none", option: "" } };
    let document = apply(empty, put(make("a", 1), make("b", 2), make("c", 3, { text: "done" })));
    expect(ids(list, input(document, { filter, pinned: "a" }))).toEqual(["a", "b"]);
    document = apply(document, put(make("a", 9, { text: "typed" })));
    expect(ids(list, input(document, { filter, pinned: "a" }))).toEqual(["a", "b"]);
    expect(list.update(input(document, { filter, pinned: "a" })).at(0)?.fields.text).toBe("typed");
    expect(ids(list, input(document, { filter, pinned: "b" }))).toEqual(["b"]);
  });

  test("shows only problems when asked", () => {
    const document = apply(empty, put(make("a", 1), make("b", 2)));
    const filter = { ...NO_FILTER, problems: true };
    expect(ids(new RowList(), input(document, { filter, problems: new Set(["b"]) }))).toEqual(["b"]);
  });
});

test.each([
  ["12.5", 12.5],
  ["1:02.5", 62.5],
  ["1:02:03.456", 3723.456],
  ["1:02:03,456", 3723.456],
  [" .5 s", 0.5],
  ["48000#", 1],
  ["24000 samples", 0.5],
  ["1:2:3:4", null],
  ["", null],
  ["12a", null],
  ["-1", null],
])("the time %j is %j", (text, seconds) => {
  expect(parseTime(text, 48_000)).toBe(seconds);
});

test("samples need a rate", () => {
  expect(parseTime("48000#")).toBeNull();
});
