// Tracks: order, names, undo of both, what a lock refuses, and rows as a view shows them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { addSegments, addTrack, placeSegment, removeSegments, removeTrack, setField } from "../src/core/commands";
import { apply, type Document, fromAnnotation, inTrackOrder, invert, toAnnotation } from "../src/core/document";
import { freeNames, moveTrack, renameTrack } from "../src/core/track-commands";
import { lockedBy, TrackViews } from "../src/core/track-view";
import type { Diff, Task } from "../src/core/types";
import { layoutRows } from "../src/timeline/layout";
import { EMPTY } from "./core/make";

const TAGS = ["A", "B", "C", "D", "E"];
const TASK: Task = {
  title: "",
  tracks: { speaker: TAGS, other: TAGS },
  segment_fields: [],
  content_fields: [],
  instructions: "",
  overlap: {},
};

/** A document with these tracks, all at position 0 unless told otherwise, and a segment on each. */
function documentOf(tags: readonly string[], positions: readonly number[] = []): Document {
  const tracks = tags.map((tag, at) => ({
    category: "speaker",
    tag,
    id: `speaker:${tag}`,
    position: positions[at] ?? 0,
  }));
  const segments = tracks.map(({ id }, at) => ({ track: id, start: at, end: at + 1, fields: {}, id: `s${at}` }));
  return fromAnnotation({ ...EMPTY, tracks: inTrackOrder(tracks), segments });
}

const tagsOf = (document: Document): string[] => [...document.tracks.values()].map((track) => track.tag);

test("tracks without positions keep the order of their list", () => {
  expect(tagsOf(documentOf(["C", "A", "B"]))).toEqual(["C", "A", "B"]);
  expect(tagsOf(documentOf(["C", "A", "B"], [2, 1, 1]))).toEqual(["A", "B", "C"]);
  expect(tagsOf(documentOf(["A", "C", "B"], [5, 1, 1]))).toEqual(["C", "B", "A"]);
});

test("a move changes one track only, over and over", () => {
  let document = documentOf(TAGS);
  for (let turn = 0; turn < 2000; turn += 1) {
    const [first, ...rest] = tagsOf(document);
    const diff = moveTrack(document, `speaker:${first}`, 1);
    document = apply(document, diff);
    expect(tagsOf(document)).toEqual([rest[0], first, ...rest.slice(1)]);
  }
  expect(Object.keys(moveTrack(document, [...document.tracks.keys()][0] as string, 3).tracks?.put ?? {})).toHaveLength(
    1,
  );
});

test("a move to its own place is nothing", () => {
  const document = documentOf(TAGS);
  TAGS.forEach((tag, place) => {
    expect(moveTrack(document, `speaker:${tag}`, place)).toEqual({});
  });
});

test("a renamed track keeps its id, its place and its segments; a taken name is refused", () => {
  const document = documentOf(["A", "B"]);
  const next = apply(document, renameTrack(document, "speaker:A", { category: "other", tag: "C" }));
  expect([...next.tracks.values()][0]).toMatchObject({ category: "other", tag: "C", id: "speaker:A", position: 0 });
  expect(next.byTrack.get("speaker:A")).toHaveLength(1);
  expect(renameTrack(document, "speaker:A", { category: "speaker", tag: "B" })).toEqual({});
  expect(freeNames(next, TASK.tracks).some(({ category, tag }) => category === "other" && tag === "C")).toBe(false);
});

const step = fc.record({
  kind: fc.constantFrom("add", "remove", "move", "rename", "draw"),
  a: fc.nat(20),
  b: fc.nat(20),
});

function diffOf(document: Document, { kind, a, b }: { kind: string; a: number; b: number }): Diff {
  const ids = [...document.tracks.keys()];
  const id = ids[a % Math.max(1, ids.length)] ?? "";
  const name = { category: b % 2 ? "speaker" : "other", tag: TAGS[b % TAGS.length] as string };
  if (kind === "add") return addTrack(document, name.category, name.tag);
  if (kind === "remove") return ids.length ? removeTrack(document, id) : {};
  if (kind === "move") return moveTrack(document, id, b % (ids.length + 1));
  if (kind === "rename") return renameTrack(document, id, name);
  return ids.length ? addSegments(TASK, [id], b, b + 1).diff : {};
}

test("any edits of tracks, undone, give the identical document", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(TAGS), fc.array(step, { maxLength: 30 }), (tags, steps) => {
      const documents = [documentOf(tags)];
      const undos: Diff[] = [];
      for (const one of steps) {
        const before = documents.at(-1) as Document;
        const diff = diffOf(before, one);
        undos.push(invert(before, diff));
        documents.push(apply(before, diff));
      }
      let document = documents.at(-1) as Document;
      for (let at = undos.length - 1; at >= 0; at -= 1) {
        document = apply(document, undos[at] as Diff);
        expect(toAnnotation(document)).toEqual(toAnnotation(documents[at] as Document));
        const names = [...document.tracks.values()].map((track) => `${track.category}:${track.tag}`);
        expect(new Set(names).size).toBe(names.length);
      }
    }),
    { numRuns: 200 },
  );
});

test("a lock refuses what touches a track's segments or name, and nothing else", () => {
  const document = documentOf(["A", "B"]);
  const views = new TrackViews();
  views.set("speaker:A", { locked: true });
  const refused = [
    placeSegment(document, "s0", { start: 0.5 }),
    placeSegment(document, "s1", { track: "speaker:A" }),
    placeSegment(document, "s0", { track: "speaker:B" }),
    setField(document, "s0", "text", "x"),
    removeSegments(document, ["s0", "s1"]),
    removeTrack(document, "speaker:A"),
    renameTrack(document, "speaker:A", { category: "other", tag: "A" }),
    addSegments(TASK, ["speaker:A"], 1, 2).diff,
  ];
  for (const diff of refused) expect(lockedBy(views, document, diff)).toEqual(["speaker:A"]);
  const made = [
    placeSegment(document, "s1", { start: 1.5 }),
    moveTrack(document, "speaker:A", 1),
    removeTrack(document, "speaker:B"),
  ];
  for (const diff of made) expect(lockedBy(views, document, diff)).toEqual([]);
});

test("rows follow the heights and leave out hidden tracks; a colour stays with its track", () => {
  const document = documentOf(["A", "B", "C"]);
  const views = new TrackViews();
  expect([...document.tracks.keys()].map((id) => views.color(id))).toEqual([0, 1, 2]);
  views.setHeight("speaker:A", 1000);
  views.set("speaker:B", { hidden: true });
  const rows = layoutRows(document, views);
  expect(rows).toEqual([
    { track: "speaker:A", top: 0, height: 240 },
    { track: "speaker:C", top: 240, height: 36 },
  ]);
  const moved = apply(document, moveTrack(document, "speaker:C", 0));
  expect([...moved.tracks.keys()].map((id) => views.color(id))).toEqual([2, 0, 1]);
  views.showAll();
  expect(layoutRows(document, views)).toHaveLength(3);
});
