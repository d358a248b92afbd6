// Edits of several segments, overlap rules and the clipboard's text: any sequence undoes, and what comes out is valid.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Line, readSegments, resolveLines, writeSegments } from "../../src/core/clipboard";
import {
  type Edited,
  endBefore,
  insertSegments,
  mergeSegments,
  placeSegments,
  rangeOf,
  segmentsAround,
  setFields,
  splitSegments,
} from "../../src/core/commands/segments";
import { apply, type Document, fromAnnotation, invert, toAnnotation } from "../../src/core/document";
import { findOverlaps, fitToRules } from "../../src/core/overlap";
import type { Annotation, Diff, Segment, Task, Track } from "../../src/core/types";
import { EMPTY, FREE, LABEL } from "./make";

const TRACKS: Track[] = [
  { category: "speaker", tag: "Customer", id: "speaker:Customer", position: 0 },
  { category: "speaker", tag: "Agent", id: "speaker:Agent", position: 1 },
];
const TASK: Task = {
  title: "",
  tracks: { speaker: ["Customer", "Agent", 'the "third"\tone'] },
  segment_fields: [
    { kind: "text", name: "text", multiline: false, default: null, ...FREE, ...LABEL, label: "Text" },
    {
      kind: "select",
      name: "mood",
      options: ["Happy", "Sad"],
      default: null,
      depends_on: "",
      options_for: {},
      ...LABEL,
      label: "Mood",
    },
  ],
  content_fields: [],
  instructions: "",
  overlap: {},
};
const DURATION = 10;

function documentOf(segments: readonly Segment[], tracks = TRACKS): Document {
  return fromAnnotation({ ...EMPTY, tracks, segments: [...segments] });
}

const segment = (
  id: string,
  start: number,
  end: number,
  fields: Segment["fields"] = {},
  track = TRACKS[0]?.id ?? "",
) => ({
  id,
  track,
  start,
  end,
  fields,
});

const answers = fc.record(
  { text: fc.string(), mood: fc.constantFrom("Happy", "Sad") },
  { requiredKeys: [] },
) as fc.Arbitrary<Segment["fields"]>;
const span = fc
  .tuple(fc.double({ min: 0, max: 9, noNaN: true }), fc.double({ min: 1e-3, max: 1, noNaN: true }))
  .map(([start, length]) => ({ start: start + 0, end: start + length }));
const segments = fc
  .array(fc.tuple(span, fc.constantFrom(...TRACKS.map(({ id }) => id)), answers), { maxLength: 12 })
  .map((list) => list.map(([times, track, fields], index) => ({ ...times, track, fields, id: `s${index}` })));

type Command = (document: Document) => Diff;
const pick = (document: Document, seed: number) =>
  document.sorted.filter((_, index) => (seed >> (index % 16)) & 1).map(({ id }) => id);
const bits = fc.nat(0xffff);
const time = fc.double({ min: 0, max: DURATION, noNaN: true });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.tuple(bits, time).map(
    ([seed, at]): Command =>
      (document) =>
        splitSegments(document, pick(document, seed), at).diff,
  ),
  bits.map(
    (seed): Command =>
      (document) =>
        mergeSegments(document, TASK, pick(document, seed))?.diff ?? {},
  ),
  fc.tuple(bits, fc.constantFrom("Happy", "Sad", undefined)).map(
    ([seed, mood]): Command =>
      (document) =>
        setFields(document, TASK, pick(document, seed), new Map([["mood", mood]])),
  ),
  fc.tuple(bits, span, fc.nat(1)).map(
    ([seed, times, row]): Command =>
      (document) =>
        placeSegments(
          document,
          pick(document, seed).map((id) => ({ id, ...times, track: TRACKS[row]?.id ?? "" })),
        ),
  ),
  segments.map(
    (list): Command =>
      () =>
        insertSegments(list).diff,
  ),
);

function valid(annotation: Annotation): boolean {
  return annotation.segments.every(({ start, end, track }) => start < end && TRACKS.some(({ id }) => id === track));
}

describe("commands", () => {
  test("any sequence, undone and redone, gives the same documents, all of them valid", () => {
    fc.assert(
      fc.property(segments, fc.array(command, { maxLength: 8 }), (list, commands) => {
        const states = [documentOf(list)];
        const undo: Diff[] = [];
        const redo: Diff[] = [];
        for (const act of commands) {
          const document = states.at(-1) as Document;
          const diff = act(document);
          undo.push(invert(document, diff));
          redo.push(diff);
          states.push(apply(document, diff));
        }
        const shown = states.map(toAnnotation);
        expect(shown.every(valid)).toBe(true);
        let now = states.at(-1) as Document;
        for (let step = commands.length - 1; step >= 0; step -= 1) {
          now = apply(now, undo[step] as Diff);
          expect(toAnnotation(now)).toEqual(shown[step]);
        }
        for (const [step, diff] of redo.entries()) {
          now = apply(now, diff);
          expect(toAnnotation(now)).toEqual(shown[step + 1]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a split gives the fields to both parts, which meet exactly; merged again it is the same", () => {
    const document = documentOf([segment("a", 1, 3, { text: "one", mood: "Sad" })]);
    const split = splitSegments(document, ["a"], 2);
    const after = apply(document, split.diff);
    const [first, second] = after.sorted as [Segment, Segment];
    expect([first.start, first.end, second.start, second.end]).toEqual([1, 2, 2, 3]);
    expect(second.fields).toEqual(first.fields);
    expect(split.ids).toEqual([second.id]);
    expect(splitSegments(document, ["a"], 1).diff).toEqual({});
    const merged = mergeSegments(after, TASK, [first.id, second.id]) as Edited;
    expect(apply(after, merged.diff).sorted).toEqual([segment("a", 1, 3, { text: "one one", mood: "Sad" })]);
  });

  test("merging joins texts in their order, keeps other fields of the first, and asks for one track", () => {
    const list = [
      segment("b", 4, 5, { text: "c", mood: "Happy" }),
      segment("a", 1, 9, { text: "a", mood: "Sad" }),
      segment("c", 2, 3, { text: " " }),
      segment("d", 2, 3, {}, TRACKS[1]?.id),
    ];
    const document = documentOf(list);
    const merged = mergeSegments(document, TASK, ["b", "a", "c"]) as Edited;
    expect(apply(document, merged.diff).segments.get("a")).toEqual(segment("a", 1, 9, { text: "a c", mood: "Sad" }));
    expect(mergeSegments(document, TASK, ["a", "d"])).toBeNull();
    expect(mergeSegments(document, TASK, ["a"])).toBeNull();
  });

  test("what lies around a time, before it, and between two segments", () => {
    const document = documentOf([segment("a", 1, 3), segment("b", 2, 4), segment("c", 5, 6)]);
    expect(segmentsAround(document, 2.5).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(segmentsAround(document, 3).map(({ id }) => id)).toEqual(["b"]);
    expect(endBefore(document, "speaker:Customer", 4.5)).toBe(4);
    expect(endBefore(document, "speaker:Customer", 1)).toBe(0);
    expect(rangeOf(document, "c", "b")).toEqual(["b", "c"]);
    expect(rangeOf(document, null, "b")).toEqual(["b"]);
  });
});

describe("overlap", () => {
  const fixture = JSON.parse(readFileSync(new URL("../../../tests/fixtures/overlap.json", import.meta.url), "utf8"));
  test.each(fixture.cases as { name: string; overlap: Task["overlap"]; segments: Segment[]; problems: unknown }[])(
    "$name",
    ({ overlap, segments: list, problems }) => {
      expect(findOverlaps(documentOf(list, fixture.tracks), { ...TASK, overlap })).toEqual(problems);
    },
  );

  const TRIM: Task = { ...TASK, overlap: { speaker: "trim" } };

  test("a segment is cut at its neighbours, on the side of its anchor", () => {
    const document = documentOf([segment("a", 1, 2), segment("b", 4, 5)]);
    const wanted = { id: null, track: "speaker:Customer", start: 1.5, end: 9 };
    expect(fitToRules(document, TASK, [wanted])).toEqual([wanted]);
    expect(fitToRules(document, TRIM, [wanted])).toEqual([{ ...wanted, start: 5, end: 9 }]);
    expect(fitToRules(document, TRIM, [wanted], () => 3)).toEqual([{ ...wanted, start: 2, end: 4 }]);
    expect(fitToRules(document, TRIM, [{ ...wanted, start: 4, end: 4.5 }])).toEqual([null]);
    expect(fitToRules(document, TRIM, [{ ...wanted, id: "a" }], () => 1.5)).toEqual([
      { ...wanted, id: "a", start: 1.5, end: 4 },
    ]);
  });

  test("what was cut breaks no rule", () => {
    fc.assert(
      fc.property(segments, segments, (there, wanted) => {
        const track = (item: Segment) => ({ ...item, track: "speaker:Customer" });
        const placed = fitToRules(documentOf([]), TRIM, there.map(track)).filter((item) => item !== null);
        const document = documentOf(placed);
        const added = wanted.map((item) => ({ ...track(item), id: `n${item.id}` }));
        const fitted = fitToRules(document, TRIM, added).filter((item) => item !== null);
        const after = documentOf([...placed, ...fitted]);
        expect(findOverlaps(after, TRIM)).toEqual([]);
        expect(fitted.every(({ start, end }) => start < end)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the clipboard's text", () => {
  const same = (time: number) => time;

  test("comes back as it was, bit-exact", () => {
    fc.assert(
      fc.property(segments, (list) => {
        fc.pre(list.length > 0);
        const document = documentOf(list);
        const lines = readSegments(writeSegments(document, document.sorted)) as Line[];
        const found = resolveLines(document, TASK, lines, same, 20);
        expect(found.left).toEqual([]);
        expect(found.segments).toEqual(document.sorted.map(({ id: _, ...rest }) => rest));
      }),
      { numRuns: 60 },
    );
  });

  test("adds offered tracks, names with tabs and quotes too, and says what it leaves out", () => {
    const third: Track = { category: "speaker", tag: 'the "third"\tone', id: "x", position: 0 };
    const other: Track = { category: "noise", tag: "car", id: "y", position: 0 };
    const list = [
      segment("a", 1, 2, { text: "one\ttwo\n" }, "x"),
      segment("b", 1, 2, {}, "y"),
      segment("c", 8, 11, {}),
      segment("d", 1, 2, { mood: "Cross", __proto__x: "y" }),
    ];
    const text = writeSegments(documentOf(list, [...TRACKS, third, other]), list);
    expect(text.split("\n")).toHaveLength(list.length + 2);
    const found = resolveLines(documentOf([]), TASK, readSegments(text) as Line[], same, DURATION);
    expect(Object.values(found.tracks).map(({ tag }) => tag)).toEqual([third.tag]);
    expect(found.segments.map(({ fields }) => fields)).toEqual([{ text: "one\ttwo\n" }, {}]);
    expect(found.left).toEqual([
      "there is no track noise: car",
      "the media is too short",
      "mood does not fit",
      "__proto__x does not fit",
    ]);
  });

  test("may have times as they are typed, and no track", () => {
    const text = "Start\tEnd\n1,5\t0:02.250\n1:02:03.5\t3724\n";
    const none = { category: "", tag: "", fields: {} };
    expect(readSegments(text)).toEqual([
      { start: 1.5, end: 2.25, ...none },
      { start: 3723.5, end: 3724, ...none },
    ]);
    const left = (line: string) =>
      resolveLines(documentOf([]), TASK, readSegments(line) as Line[], same, DURATION).left;
    expect(left("1\t2")).toEqual(["no track is named, and none is selected"]);
    expect(left("1\t2\ta label")).toEqual(["there is no track a label"]);
  });

  test("is read as a spreadsheet writes it, and nothing else is taken for it", () => {
    const text = 'start\tend\tcategory\ttag\tfields\r\n0.5\t1\tspeaker\tAgent\t"{""text"":""hi""}"\r\n';
    expect(readSegments(text)).toEqual([
      { start: 0.5, end: 1, category: "speaker", tag: "Agent", fields: { text: "hi" } },
    ]);
    for (const foreign of ["", "hello", "2\t1\tspeaker\tAgent\t{}", "1\t2\tspeaker\tAgent\t[1]", "1\t2\ta\tb\t{]"])
      expect(readSegments(foreign)).toBe(1);
    expect(readSegments(`${text}\n1\t2\n2\t1\n`)).toBe(5);
  });
});
