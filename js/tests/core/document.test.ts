// The algebra of diffs: what a diff does, its reverse, two as one; and the transcripts shared with Python.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { trackId } from "../../src/core/commands";
import { apply, compareSegments, fromAnnotation, invert, isEmpty, toAnnotation } from "../../src/core/document";
import { joinDiffs } from "../../src/core/history";
import type { Annotation, Diff } from "../../src/core/types";
import { diffOf, EMPTY, grow, plain, plans, readFixture, rebuilt, segment, TRACKS } from "./make";

interface Transcripts {
  transcripts: { name: string; start: Annotation; steps: { diff: Diff; inverse: Diff; after: Annotation }[] }[];
}

describe("fixtures shared with Python", () => {
  const { transcripts } = readFixture<Transcripts>("transcripts.json");

  it.each(transcripts.map((transcript) => [transcript.name, transcript] as const))("%s", (_, { start, steps }) => {
    let document = fromAnnotation(start);
    for (const { diff, inverse, after } of steps) {
      const before = document;
      document = apply(before, diff);
      expect(toAnnotation(document)).toEqual(after);
      expect(plain(document)).toEqual(rebuilt(document));
      expect(plain(apply(document, inverse))).toEqual(plain(before));
      expect(plain(apply(document, invert(before, diff)))).toEqual(plain(before));
    }
  });

  const { ids } = readFixture<{ ids: { category: string; tag: string; id: string }[] }>("track_ids.json");
  it.each(ids)("track id $id", ({ category, tag, id }) => expect(trackId(category, tag)).toBe(id));

  const { times } = readFixture<{ times: { seconds: number; bits: string }[] }>("times.json");
  it.each(times)("$seconds s keeps every bit", ({ seconds, bits }) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, JSON.parse(JSON.stringify(seconds)));
    expect(view.getBigUint64(0).toString(16).padStart(16, "0")).toBe(bits);
  });

  const annotations = readFixture<{ valid: { name: string; annotation: Annotation }[] }>("annotations.json").valid;
  it.each(annotations)("annotation: $name", ({ annotation }) => {
    const document = fromAnnotation(annotation);
    const segments = [...annotation.segments].sort(compareSegments);
    expect(toAnnotation(document)).toEqual({ ...annotation, segments });
    expect(plain(document)).toEqual(rebuilt(document));
  });

  it("500 random edits end in the same document as in Python", () => {
    const random = readFixture<{ start: Annotation; diffs: Diff[]; states: Record<string, Annotation> }>(
      "random_edits.json",
    );
    let document = fromAnnotation(random.start);
    const history: { before: typeof document; diff: Diff }[] = [];
    for (const [index, diff] of random.diffs.entries()) {
      history.push({ before: document, diff });
      document = apply(document, diff);
      const state = random.states[index + 1];
      if (!state) continue;
      expect(toAnnotation(document)).toEqual(state);
      expect(plain(document)).toEqual(rebuilt(document));
    }
    expect(history).toHaveLength(500);
    for (const { before, diff } of history.reverse()) {
      document = apply(document, invert(before, diff));
      expect(toAnnotation(document)).toEqual(toAnnotation(before));
    }
  });
});

describe("any edits", () => {
  it("keep every index right, and their reverse gives the identical document", () => {
    fc.assert(
      fc.property(plans, (edits) => {
        let document = fromAnnotation(EMPTY);
        for (const plan of edits) {
          const before = plain(document);
          const diff = diffOf(document, plan);
          const next = apply(document, diff);
          expect(plain(next)).toEqual(rebuilt(next));
          expect(plain(apply(next, invert(document, diff)))).toEqual(before);
          expect(plain(document)).toEqual(before);
          document = next;
        }
      }),
    );
  });

  it("two joined have the effect of both, and so has their reverse", () => {
    fc.assert(
      fc.property(plans, plans, (first, then) => {
        const origin = grow(first);
        let document = origin;
        let joined: Diff = {};
        for (const plan of then) {
          const diff = diffOf(document, plan);
          document = apply(document, diff);
          joined = joinDiffs(joined, diff);
          expect(plain(apply(origin, joined))).toEqual(plain(document));
        }
        expect(plain(apply(document, invert(origin, joined)))).toEqual(plain(origin));
      }),
    );
  });

  it("many segments at once are sorted in as one by one", () => {
    const starts = fc.array(fc.nat(50), { minLength: 70, maxLength: 120 });
    fc.assert(
      fc.property(starts, (places) => {
        const [first, second] = [TRACKS[0]?.id ?? "", TRACKS[1]?.id ?? ""];
        const segments = places.map((start, index) =>
          segment(`${index}`, index % 2 ? first : second, start, start + 1),
        );
        const empty = fromAnnotation({ ...EMPTY, tracks: TRACKS.slice(0, 2) });
        const put = Object.fromEntries(segments.map((item) => [item.id, item]));
        const full = apply(empty, { segments: { put } });
        expect(plain(full)).toEqual(rebuilt(full));
        const single = segments.reduce((now, item) => apply(now, { segments: { put: { [item.id]: item } } }), empty);
        expect(plain(full)).toEqual(plain(single));
        const gone = apply(full, { segments: { remove: segments.slice(2).map(({ id }) => id) } });
        expect(plain(gone)).toEqual(rebuilt(gone));
      }),
      { numRuns: 20 },
    );
  });
});

describe("one edit", () => {
  const tracks = TRACKS.slice(0, 3);
  const ids = tracks.map(({ id }) => id);
  const document = fromAnnotation({
    ...EMPTY,
    tracks,
    segments: [segment("a", ids[0] ?? "", 0, 1), segment("b", ids[1] ?? "", 0, 1)],
  });

  it("leaves what it does not touch as it is, the very objects", () => {
    const next = apply(document, { segments: { put: { b: segment("b", ids[1] ?? "", 1, 2) } } });
    expect(next.tracks).toBe(document.tracks);
    expect(next.content).toBe(document.content);
    expect(next.byTrack.get(ids[0] ?? "")).toBe(document.byTrack.get(ids[0] ?? ""));
    expect(apply(document, { content: { put: { notes: "x" } } }).sorted).toBe(document.sorted);
  });

  it("that removes a track is undone into the same row", () => {
    const diff: Diff = { tracks: { remove: [ids[0] ?? ""] }, segments: { remove: ["a"] } };
    const next = apply(document, diff);
    expect([...next.tracks.keys()]).toEqual(ids.slice(1));
    expect(next.byTrack.has(ids[0] ?? "")).toBe(false);
    expect([...apply(next, invert(document, diff)).tracks.keys()]).toEqual(ids);
  });

  it("that moves an empty track to the last row keeps its list", () => {
    const last = tracks[2];
    if (!last) throw new Error("three tracks");
    const next = apply(document, { tracks: { put: { [last.id]: last }, remove: [last.id] } });
    expect(next.byTrack.get(last.id)).toEqual([]);
  });
});

test("a diff is empty when it changes nothing", () => {
  expect([{}, { tracks: {} }, { segments: { put: {}, remove: [] } }].every(isEmpty)).toBe(true);
  expect(isEmpty({ content: { remove: ["a"] } })).toBe(false);
  expect(isEmpty({ completion: { done: false, reason: "" } })).toBe(false);
  expect(isEmpty({ segments: { put: { a: segment("a", "t", 0, 1) } } })).toBe(false);
});
