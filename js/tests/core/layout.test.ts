// Where segments lie and what is under a point, against looking at every segment.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromAnnotation } from "../../src/core/document";
import { ROW_HEIGHTS, TrackViews } from "../../src/core/track-view";
import type { Segment } from "../../src/core/types";
import { EDGE, firstFrom, hitTest, layoutRows, longest, timeToX, visible, xToTime } from "../../src/timeline/layout";
import { EMPTY, segment, TRACKS } from "./make";

const ROW_HEIGHT = ROW_HEIGHTS.medium;
const LOOK = new TrackViews();
const ids = TRACKS.map(({ id }) => id);
// Sixteenths are exact, so that sums of them are.
const sixteenths = (max: number) => fc.nat(max * 16).map((count) => count / 16);
const segments = fc
  .array(fc.record({ start: sixteenths(60), length: fc.integer({ min: 1, max: 300 }), track: fc.nat(1) }), {
    maxLength: 40,
  })
  .map((list) =>
    list.map(({ start, length, track }, index) => segment(`s${index}`, ids[track] ?? "", start, start + length / 16)),
  );
const views = fc
  .tuple(sixteenths(70), fc.integer({ min: 1, max: 640 }))
  .map(([start, length]) => ({ start, end: start + length / 16 }));
const open = (list: readonly Segment[]) =>
  fromAnnotation({ ...EMPTY, tracks: TRACKS.slice(0, 3), segments: [...list] });
const WIDTH = 800;

describe("what is visible", () => {
  it("is each segment that overlaps the window, in order", () => {
    fc.assert(
      fc.property(segments, views, (list, view) => {
        for (const sorted of open(list).byTrack.values()) {
          const overlapping = sorted.filter(({ start, end }) => start < view.end && end > view.start);
          expect(visible(sorted, view, longest(sorted))).toEqual(overlapping);
          expect(longest(sorted)).toBe(Math.max(0, ...sorted.map(({ start, end }) => end - start)));
          expect(firstFrom(sorted, view.start)).toBe(sorted.filter(({ start }) => start < view.start).length);
        }
      }),
    );
  });
});

/** The distances in px that decide what a point means, for each segment of a row. */
function near(list: readonly Segment[], view: { start: number; end: number }, x: number) {
  return list.map((item) => {
    const [left, right] = [timeToX(item.start, view, WIDTH), timeToX(item.end, view, WIDTH)];
    const grip = Math.min(EDGE, Math.max(2, (right - left) / 3));
    return { item, grip, start: Math.abs(x - left), end: Math.abs(x - right), inside: left <= x && x < right };
  });
}

describe("what is under a point", () => {
  const points = fc.record({ x: fc.nat(WIDTH), y: fc.double({ min: -10, max: 5 * ROW_HEIGHT, noNaN: true }) });
  const chosen = fc.array(fc.nat(40)).map((list) => new Set(list.map((index) => `s${index}`)));

  it("is the nearest edge in reach, else the segment, else the track, as looking at every segment finds it", () => {
    fc.assert(
      fc.property(segments, views, points, chosen, (list, view, point, selected) => {
        const document = open(list);
        const hit = hitTest(document, layoutRows(document, LOOK), view, WIDTH, point, selected);
        const row = layoutRows(document, LOOK).find(({ top, height }) => point.y >= top && point.y < top + height);
        if (!row) {
          expect(hit).toEqual({ kind: "none" });
          return;
        }
        const all = near(document.byTrack.get(row.track) ?? [], view, point.x);
        // On the very rim of its reach rounding decides.
        fc.pre(all.every(({ grip, start, end }) => [start, end].every((distance) => Math.abs(distance - grip) > 1e-6)));
        const edges = all.flatMap(({ grip, start, end }) => [start, end].filter((distance) => distance <= grip));
        const bodies = all.filter(({ inside }) => inside);
        if (edges.length) {
          const found = all.find(({ item }) => hit.kind === "edge" && item.id === hit.segment.id);
          expect(hit.kind === "edge" && found?.[hit.edge]).toBe(Math.min(...edges));
        } else if (bodies.length) {
          const first = bodies.some(({ item }) => selected.has(item.id));
          expect(hit.kind).toBe("body");
          expect(hit.kind === "body" && bodies.some(({ item }) => item === hit.segment)).toBe(true);
          expect(hit.kind === "body" && selected.has(hit.segment.id)).toBe(first);
        } else expect(hit).toEqual({ kind: "track", track: row.track });
      }),
      { numRuns: 500 },
    );
  });

  const view = { start: 0, end: 8 };
  const middle = { x: 250, y: 10 };
  const none = new Set<string>();

  it("of segments that overlap is the selected one, else the one drawn last", () => {
    const document = open([segment("a", ids[0] ?? "", 1, 5), segment("b", ids[0] ?? "", 2, 6)]);
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, middle, none)).toMatchObject({
      kind: "body",
      segment: { id: "b" },
    });
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, middle, new Set(["a"]))).toMatchObject({
      kind: "body",
      segment: { id: "a" },
    });
  });

  it("on a border between two is the edge of the selected one", () => {
    const document = open([segment("a", ids[0] ?? "", 1, 2), segment("b", ids[0] ?? "", 2, 3)]);
    const border = { x: 200, y: 10 };
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, border, new Set(["a"]))).toMatchObject({
      edge: "end",
      segment: { id: "a" },
    });
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, border, new Set(["b"]))).toMatchObject({
      edge: "start",
      segment: { id: "b" },
    });
  });

  it("in a segment a few pixels wide still has a middle to move it by", () => {
    const document = open([segment("a", ids[0] ?? "", 2, 2.09)]);
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, { x: 204.5, y: 10 }, none).kind).toBe("body");
    expect(hitTest(document, layoutRows(document, LOOK), view, WIDTH, { x: 201, y: 10 }, none)).toMatchObject({
      kind: "edge",
      edge: "start",
    });
  });
});

it("rows follow the tracks, and places and times are each other's reverse", () => {
  expect(layoutRows(open([]), LOOK)).toEqual(
    TRACKS.slice(0, 3).map(({ id }, index) => ({ track: id, top: index * ROW_HEIGHT, height: ROW_HEIGHT })),
  );
  fc.assert(
    fc.property(views, sixteenths(100), (view, time) => {
      expect(xToTime(timeToX(time, view, WIDTH), view, WIDTH)).toBeCloseTo(time, 9);
    }),
  );
});
