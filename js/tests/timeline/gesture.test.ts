// Drags on the tracks: what they make of segments, without a pointer.
import { expect, test } from "vitest";
import { type Document, fromAnnotation } from "../../src/core/document";
import type { Segment } from "../../src/core/types";
import { drag, type Press, type Scene } from "../../src/timeline/gesture";
import { hitTest, neighbourAt, segmentsIn } from "../../src/timeline/layout";
import { EMPTY } from "../core/make";

const TRACKS = ["A", "B", "C"].map((tag, position) => ({ category: "t", tag, id: tag, position }));
const ROWS = TRACKS.map(({ id }, index) => ({ track: id, top: index * 20, height: 20 }));
const at = (id: string, track: string, start: number, end: number): Segment => ({ id, track, start, end, fields: {} });
const LIST = [at("a", "A", 1, 2), at("b", "A", 2, 3), at("c", "B", 1, 2.5)];
const DOCUMENT: Document = fromAnnotation({
  ...EMPTY,
  tracks: TRACKS,
  segments: LIST,
});

function scene(selected: string[] = [], marks: readonly number[] = []): Scene {
  const grid = (time: number) => Math.round(time * 1000) / 1000;
  return {
    document: DOCUMENT,
    rows: ROWS,
    selected: new Set(selected),
    duration: 10,
    grid,
    snap: (time) => {
      const near = marks.find((mark) => Math.abs(mark - time) < 0.1);
      return { time: near ?? grid(time), near: near !== undefined };
    },
    fit: (wanted) => [...wanted],
  };
}

const press = (hit: Press["hit"], time: number, shift = false): Press => ({ hit, time, shift, x: 0, y: 10 });
const body = (index: number) => ({ kind: "body", segment: LIST[index] as Segment }) as const;
const times = (dragged: ReturnType<typeof drag>) =>
  dragged?.previews.map(({ id, track, start, end }) => [id, track, start, end]);

test("a drag on an empty lane draws in either direction, and never nothing", () => {
  const lane = press({ kind: "track", track: "C" }, 4);
  expect(times(drag(lane, { y: 50, time: 3.5, slid: true }, scene()))).toEqual([[null, "C", 3.5, 4]]);
  expect(drag(lane, { y: 50, time: 4, slid: true }, scene())).toBeNull();
});

test("a segment moves between tracks with its times kept bit by bit unless it is moved sideways", () => {
  const still = drag(press(body(2), 1.5), { y: 55, time: 1.51, slid: false }, scene());
  expect(times(still)).toEqual([["c", "C", 1, 2.5]]);
  const slid = drag(press(body(2), 1.5), { y: -5, time: 0, slid: true }, scene());
  expect(times(slid)).toEqual([["c", "A", 0, 1.5]]);
});

test("all selected segments move together, or not at all where a track is missing", () => {
  const both = scene(["a", "c"]);
  const moved = drag(press(body(0), 1.5), { y: 30, time: 2.5, slid: true }, both);
  expect(times(moved)).toEqual([
    ["a", "B", 2, 3],
    ["c", "C", 2, 3.5],
  ]);
  expect(drag(press(body(0), 1.5), { y: 50, time: 2.5, slid: true }, both)).toBeNull();
});

test("the edge that is attracted leads the move, exactly", () => {
  const mark = 0.1 + 0.2 + 3;
  const moved = drag(press(body(0), 1.5), { y: 10, time: 2.75, slid: true }, scene([], [mark]));
  expect(moved?.guide).toBe(mark);
  expect(moved?.previews[0]?.end).toBe(mark);
  expect(moved?.previews[0]?.start).toBe(2.3);
});

test("an edge moves alone, with Shift together with the neighbour that touches it", () => {
  const edge = { kind: "edge", edge: "end", segment: LIST[0] as Segment } as const;
  const alone = drag(press(edge, 2), { y: 10, time: 2.5, slid: true }, scene());
  expect([alone?.kind, times(alone)]).toEqual(["resize", [["a", "A", 1, 2.5]]]);
  const shared = drag(press(edge, 2, true), { y: 10, time: 2.5, slid: true }, scene());
  expect([shared?.kind, times(shared)]).toEqual([
    "boundary",
    [
      ["a", "A", 1, 2.5],
      ["b", "A", 2.5, 3],
    ],
  ]);
  expect(drag(press(edge, 2, true), { y: 10, time: 3, slid: true }, scene())).toBeNull();
  expect(neighbourAt(DOCUMENT, LIST[0] as Segment, "start")).toBeUndefined();
});

test("hits know the row, the edge and the empty lane; a band knows what it covers", () => {
  const view = { start: 0, end: 10 };
  const hit = (x: number, y: number) => hitTest(DOCUMENT, ROWS, view, 1000, { x, y }, new Set());
  expect(hit(150, 30)).toMatchObject({ kind: "body", segment: { id: "c" } });
  expect(hit(249, 30)).toMatchObject({ kind: "edge", edge: "end", segment: { id: "c" } });
  expect(hit(500, 50)).toEqual({ kind: "track", track: "C" });
  expect(hit(500, 70)).toEqual({ kind: "none" });
  const within = segmentsIn(DOCUMENT, ROWS, { start: 2.1, end: 2.4, top: 10, bottom: 25 });
  expect(within.map(({ id }) => id)).toEqual(["b", "c"]);
});
