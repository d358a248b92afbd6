// What attracts a time: the first group with something in reach, and the marks found in sound.
import { expect, test } from "vitest";
import { fromAnnotation } from "../../src/core/document";
import { attract, type Columns, edgeTimes, silenceEdges, zeroCrossings } from "../../src/core/snapping";
import { EMPTY } from "./make";

test("the first group with a time in reach wins, in it the nearest", () => {
  const groups = [[1, 2], new Float64Array([1.05, 1.9, 2.1])];
  expect(attract(1.04, groups, 0.1)).toBe(1);
  expect(attract(1.87, groups, 0.1)).toBe(1.9);
  expect(attract(1.5, groups, 0.1)).toBeNull();
  expect(attract(5, [[], [0, 4.95]], 0.1)).toBe(4.95);
});

test("edges of all segments but some, ascending", () => {
  const at = (id: string, start: number, end: number) => ({ id, track: "a:b", start, end, fields: {} });
  const document = fromAnnotation({
    ...EMPTY,
    tracks: [{ category: "a", tag: "b", id: "a:b", position: 0 }],
    segments: [at("x", 1, 9), at("y", 2, 3), at("z", 4, 5)],
  });
  expect([...edgeTimes(document, new Set(["z"]))]).toEqual([1, 2, 3, 9]);
});

/** Columns of single samples, as min and max in turn. */
function samples(values: readonly number[], first = 0): Columns {
  return { level: 0, first, channels: [Int16Array.from(values.flatMap((value) => [value, value]))] };
}

test("zero crossings are the samples nearest to where the sign changes", () => {
  const columns = samples([-9, -1, 5, 7, 1, -8, -8], 100);
  expect(zeroCrossings(columns, 1000, 0, 1)).toEqual([0.101, 0.104]);
  expect(zeroCrossings(columns, 1000, 0.103, 1)).toEqual([0.104]);
  expect(zeroCrossings({ ...columns, level: 1 }, 1000, 0, 1)).toEqual([]);
});

test("silence of 50 ms has edges where it is next to sound", () => {
  const loud = (count: number) => Array.from({ length: count }, () => 9000);
  const quiet = (count: number) => Array.from({ length: count }, () => 10);
  const columns = samples([
    ...quiet(60),
    ...loud(20),
    ...quiet(30),
    ...loud(10),
    ...quiet(70),
    ...loud(5),
    ...quiet(80),
  ]);
  expect(silenceEdges(columns, 1000)).toEqual([0.06, 0.12, 0.19, 0.195]);
  expect(silenceEdges({ ...columns, level: 2 }, 1000)).toHaveLength(6);
  expect(silenceEdges({ ...columns, level: 4 }, 100)).toEqual([]);
});
