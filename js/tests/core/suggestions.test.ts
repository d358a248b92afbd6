// Suggestions: every edit of one says so in the same diff, accepting and undo do as they say, and both languages agree.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Line as Copied, readSegments, resolveLines, writeSegments } from "../../src/core/clipboard";
import { placeSegment, removeSegments, setField } from "../../src/core/commands";
import {
  insertSegments,
  mergeSegments,
  placeSegments,
  setFields,
  splitSegments,
} from "../../src/core/commands/segments";
import { type Document, fromAnnotation } from "../../src/core/document";
import { findProblems } from "../../src/core/fields";
import { BY_START, NO_FILTER, RowList } from "../../src/core/rows";
import { DocumentStore } from "../../src/core/store";
import { acceptSegments, parted, sourceOf } from "../../src/core/suggestions";
import { assignTag } from "../../src/core/tags";
import { renameTrack } from "../../src/core/track-commands";
import type { Annotation, Diff, Origin, Problem, Segment, Task } from "../../src/core/types";
import { NotebookPort } from "../../src/hosts/notebook";
import { readAnnotation } from "../../src/hosts/page-data";
import { Kernel, Line, settle } from "./kernel";
import { EMPTY, readFixture, segment, TASK, TRACKS } from "./make";

const CUSTOMER = "speaker:Customer";
const origin = (status: Origin["status"], confidence: number | null = null): Origin => ({
  source: "silero-vad",
  status,
  confidence,
});
const SEGMENTS: readonly Segment[] = [
  { ...segment("a", CUSTOMER, 0, 1e-4, "one"), origin: origin("suggested", 0.9) },
  { ...segment("b", CUSTOMER, 1e-4, 2e-4, "two"), origin: origin("suggested") },
  segment("c", CUSTOMER, 2e-4, 3e-4, "own"),
  { ...segment("d", CUSTOMER, 3e-4, 4e-4, "four"), origin: origin("accepted", 0.5) },
];

let store: DocumentStore;
let port: NotebookPort;
let kernel: Kernel;

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel();
  kernel.document = fromAnnotation({ ...EMPTY, tracks: [...TRACKS], segments: [...SEGMENTS] });
  port = new NotebookPort(new Line(kernel));
  store = new DocumentStore(port);
  settle(kernel);
});

afterEach(() => {
  store.dispose();
  port.dispose();
  vi.useRealTimers();
});

const shown = (): Document => store.document.value as Document;
const statuses = (document = shown()) =>
  Object.fromEntries(document.sorted.map(({ id, origin }) => [id, origin?.status ?? "own"]));
const BEFORE = { a: "suggested", b: "suggested", c: "own", d: "accepted" };

const EDITS: readonly [string, (document: Document) => Diff, Record<string, string>][] = [
  ["moved", (now) => placeSegment(now, "a", { start: 1e-5 }), { a: "corrected" }],
  [
    "moved with others",
    (now) => placeSegments(now, [{ id: "b", track: CUSTOMER, start: 1e-5, end: 2e-4 }]),
    { b: "corrected" },
  ],
  ["given an answer", (now) => setField(now, "a", "text", "won"), { a: "corrected" }],
  [
    "given answers with others",
    (now) => setFields(now, TASK, ["a", "c", "d"], new Map([["level", 3]])),
    { a: "corrected", d: "corrected" },
  ],
  ["put on another track", (now) => assignTag(now, ["d"], "Agent"), { d: "corrected" }],
  ["accepted", (now) => acceptSegments([...now.sorted]), { a: "accepted", b: "accepted" }],
  ["on a track that is renamed", (now) => renameTrack(now, "language:English", { category: "a:b", tag: "100%" }), {}],
];

describe("a suggestion that is", () => {
  it.each(EDITS)("%s says so in the same diff, and undo takes it back", (_name, edit, after) => {
    store.dispatch("edit", edit(shown()));
    settle(kernel);
    expect(statuses()).toEqual({ ...BEFORE, ...after });
    expect(statuses(kernel.document)).toEqual(statuses());
    store.undo();
    settle(kernel);
    expect(kernel.document.sorted).toEqual(SEGMENTS);
    store.redo();
    expect(statuses()).toEqual({ ...BEFORE, ...after });
  });

  it("split leaves two corrected pieces with its source", () => {
    const { diff, ids } = splitSegments(shown(), ["a"], 5e-5);
    store.dispatch("split", diff);
    expect(statuses()).toEqual({ ...BEFORE, a: "corrected", [ids[0] as string]: "corrected" });
    expect(shown().segments.get(ids[0] as string)?.origin).toEqual(origin("corrected", 0.9));
  });

  it("merged leaves one origin, be the first part the annotator's own", () => {
    store.dispatch("merge", mergeSegments(shown(), TASK, ["c", "d"])?.diff ?? {});
    expect(shown().segments.get("c")?.origin).toEqual(origin("corrected", 0.5));
    store.undo();
    expect(statuses()).toEqual(BEFORE);
  });

  it("typed in letter by letter is one step back to a suggestion", () => {
    for (const text of ["w", "wo", "won"]) store.dispatch("edit", setField(shown(), "a", "text", text), "typing");
    expect(statuses().a).toBe("corrected");
    store.undo();
    expect(shown().sorted).toEqual(SEGMENTS);
  });

  it("rejected is gone, and back by undo", () => {
    store.dispatch("reject", removeSegments(shown(), ["a", "b"]));
    expect(statuses()).toEqual({ c: "own", d: "accepted" });
    store.undo();
    expect(statuses()).toEqual(BEFORE);
  });

  it("copied is the annotator's own where it is pasted", () => {
    const lines = readSegments(writeSegments(shown(), [SEGMENTS[0] as Segment])) as Copied[];
    const { segments } = resolveLines(shown(), TASK, lines, (time) => time, 0);
    const { diff, ids } = insertSegments(segments);
    store.dispatch("paste", diff);
    expect(shown().segments.get(ids[0] as string)).not.toHaveProperty("origin");
    expect(statuses()).toEqual({ ...BEFORE, [ids[0] as string]: "own" });
  });
});

it("the annotator's own segments and Python's changes are left as they are", () => {
  store.dispatch("move", placeSegment(shown(), "c", { end: 3.5e-4 }));
  kernel.assign({ segments: { put: { a: { ...(SEGMENTS[0] as Segment), end: 2e-4 } } } });
  settle(kernel);
  expect(statuses()).toEqual(BEFORE);
});

it("suggestions are told apart from the others, and found by filter and by word", () => {
  expect(parted(SEGMENTS).open.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(parted(SEGMENTS).others.map(({ id }) => id)).toEqual(["c", "d"]);
  const own = [SEGMENTS[2] as Segment];
  expect(parted(own).others).toBe(own);
  const found = (filter: object) => {
    const input = { document: shown(), task: TASK, order: BY_START, problems: new Set<string>(), pinned: null };
    const rows = new RowList().update({ ...input, filter: { ...NO_FILTER, ...filter } });
    return Array.from({ length: rows.length }, (_, at) => rows.at(at)?.id);
  };
  expect(found({ suggestions: true })).toEqual(["a", "b"]);
  expect(found({ text: "Suggested" })).toEqual(["a", "b"]);
  expect(found({ text: "silero" })).toEqual(["a", "b", "d"]);
  expect([origin("suggested"), origin("accepted", 0.876)].map(sourceOf)).toEqual(["silero-vad", "88% silero-vad"]);
});

const SHARED = readFixture<{
  tracks: Annotation["tracks"];
  cases: { name: string; overlap?: Task["overlap"]; segments: Segment[]; problems: Problem[] }[];
  invalid: unknown[];
}>("suggestions.json");
const shared = (segments: unknown): Annotation => ({
  ...EMPTY,
  tracks: SHARED.tracks,
  segments: segments as Segment[],
});

describe("as in Python", () => {
  it.each(SHARED.cases)("problems: $name", ({ overlap = {}, segments, problems }) => {
    const task = { ...TASK, segment_fields: [], content_fields: [], overlap };
    expect(findProblems(fromAnnotation(shared(segments)), task)).toEqual(problems);
    // The worker page reads the same, and keeps where each segment comes from.
    const read = readAnnotation(JSON.stringify({ ...shared(segments), content: {} }), task);
    expect(read.segments.map(({ origin }) => origin ?? null)).toEqual(
      fromAnnotation(shared(segments)).sorted.map(({ origin }) => origin ?? null),
    );
  });

  it.each(SHARED.invalid.map((item) => [JSON.stringify(item), item]))("%s is no origin", (_name, item) => {
    const segments = [{ ...segment("a", CUSTOMER, 0, 1), fields: {}, origin: item }];
    expect(() => readAnnotation(JSON.stringify(shared(segments)), TASK)).toThrow(/segment 1: its origin needs/);
  });
});
