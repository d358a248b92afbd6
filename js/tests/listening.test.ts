// Listening: typed times, places to go to, density of segments, channels, and a loop with an exact end.
// @vitest-environment happy-dom
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countSegments } from "../src/core/density";
import { extent, nearProblem, nextGap, nextSegment, previousSegment } from "../src/core/navigate";
import { parseTime } from "../src/core/time";
import type { Segment } from "../src/core/types";
import { gainsOf, isForeign } from "../src/player/channels";
import { MediaClock } from "../src/player/clock";

const segment = (id: string, start: number, end: number): Segment => ({ track: "t", start, end, fields: {}, id });
const LIST = [segment("a", 1, 4), segment("b", 2, 3), segment("c", 2, 5), segment("d", 7, 8)];

test.each([
  ["1:02:03.456", 3723.456],
  ["62.5", 62.5],
  ["1:02,5", 62.5],
  ["48000#", 1],
  ["48000 samples", 1],
  ["1 Sample", 1 / 48000],
  ["0#", 0],
  ["#", null],
  ["1.5#", null],
  ["-3", null],
  ["1:2:3:4", null],
  ["", null],
  ["soon", null],
])("%s is read as %s", (text, time) => {
  expect(parseTime(text, 48000)).toBe(time);
});

test("samples need a known rate", () => {
  expect(parseTime("48000#")).toBeNull();
});

test("next and previous visit every segment, also those that start together", () => {
  const visited: string[] = [];
  let [now, present]: [number, string | null] = [0, null];
  for (let next = nextSegment(LIST, now, present); next; next = nextSegment(LIST, now, present)) {
    visited.push(next.id);
    [now, present] = [next.start, next.id];
  }
  expect(visited).toEqual(["a", "b", "c", "d"]);
  for (let last = previousSegment(LIST, now, present); last; last = previousSegment(LIST, now, present)) {
    visited.push(last.id);
    [now, present] = [last.start, last.id];
  }
  expect(visited.slice(4)).toEqual(["c", "b", "a"]);
  expect(nextSegment(LIST, 1.5, null)?.id).toBe("b");
  expect(previousSegment(LIST, 100, null)?.id).toBe("d");
});

test("the next segment may start where the last one ended, or where the media does", () => {
  const list = [segment("a", 0, 2), segment("b", 2, 3), segment("c", 3, 4)];
  expect(nextSegment(list, 0, null)?.id).toBe("a");
  expect(nextSegment(list, 2, "a")?.id).toBe("b");
  expect(nextSegment(list, 2, "b")?.id).toBe("c");
});

test("who hears one segment after the other hears also those that overlap", () => {
  const list = [segment("a", 0, 2), segment("b", 1.5, 3), segment("c", 2, 2.5), segment("d", 2.5, 4)];
  const heard: string[] = [];
  let [now, present]: [number, string | null] = [0, null];
  for (let next = nextSegment(list, now, present); next; next = nextSegment(list, now, present)) {
    heard.push(next.id);
    [now, present] = [next.end, next.id];
  }
  expect(heard).toEqual(["a", "b", "c", "d"]);
});

test("gaps follow each other up to the end of the media", () => {
  expect(nextGap(LIST, -1, 10)).toEqual({ start: 0, end: 1 });
  expect(nextGap(LIST, 0, 10)).toEqual({ start: 5, end: 7 });
  expect(nextGap(LIST, 5, 10)).toEqual({ start: 8, end: 10 });
  expect(nextGap(LIST, 8, 10)).toBeUndefined();
  expect(nextGap(LIST, 5, 8)).toBeUndefined();
});

test("problems are visited in turn, around the end", () => {
  const problems = ["x", "y", "z"].map((field) => ({ field, message: "", segment: "a" }));
  expect(nearProblem(problems, null, 1)?.field).toBe("x");
  expect(nearProblem(problems, problems[2] ?? null, 1)?.field).toBe("x");
  expect(nearProblem(problems, problems[0] ?? null, -1)?.field).toBe("z");
  expect(nearProblem(problems, { field: "solved", message: "", segment: "b" }, 1)?.field).toBe("x");
  expect(nearProblem([], null, 1)).toBeUndefined();
});

test("the extent of segments is from the first start to the last end", () => {
  expect(extent(LIST)).toEqual({ start: 1, end: 8 });
  expect(extent([])).toBeNull();
});

test("density counts the segments over each column", () => {
  expect([...countSegments([segment("a", 0, 5), segment("b", 4, 10)], 10, 5)]).toEqual([1, 1, 2, 1, 1]);
  const spans = fc.array(
    fc.tuple(fc.double({ min: 0, max: 99, noNaN: true }), fc.double({ min: 0.001, max: 40, noNaN: true })),
  );
  fc.assert(
    fc.property(spans, fc.integer({ min: 1, max: 50 }), (pairs, columns) => {
      const list = pairs.map(([start, length], at) => segment(String(at), start, Math.min(100, start + length)));
      const counts = countSegments(list, 100, columns);
      const slow = Array.from(
        { length: columns },
        (_, column) =>
          list.filter((item) => {
            const first = Math.min(Math.floor((item.start * columns) / 100), columns - 1);
            return (
              column >= first && column < Math.max(first + 1, Math.min(Math.ceil((item.end * columns) / 100), columns))
            );
          }).length,
      );
      expect(counts.reduce((sum, count, at) => sum + Math.abs(count - (slow[at] ?? 0)), 0)).toBeLessThanOrEqual(
        list.length,
      );
    }),
  );
});

const channel = (muted: boolean, solo: boolean) => ({ muted, solo });

test("solo channels are heard alone, a muted one not at all", () => {
  expect(gainsOf([channel(false, false), channel(true, false)])).toEqual([1, 0]);
  expect(gainsOf([channel(false, true), channel(false, false)])).toEqual([1, 0]);
  expect(gainsOf([channel(true, true), channel(false, false)])).toEqual([1, 0]);
  expect(gainsOf([channel(false, false), channel(false, false), channel(false, false)])).toEqual([1 / 3, 1 / 3, 1 / 3]);
});

test("only media of another site is kept from the page", () => {
  const page = "https://a.example/task/1";
  expect(isForeign("https://b.example/x.wav", page)).toBe(true);
  expect(isForeign("https://a.example/x.wav", page)).toBe(false);
  expect(isForeign("/x.wav", page)).toBe(false);
  expect(isForeign("blob:https://a.example/1", page)).toBe(false);
});

/** A media element whose time goes as fast as the timers of the test say. */
function fakeMedia() {
  const element = document.createElement("audio");
  let [from, since, paused] = [0, 0, true];
  const now = () => (paused ? from : from + (performance.now() - since) / 1000);
  const moved: number[] = [];
  Object.defineProperties(element, {
    currentTime: {
      get: now,
      set: (time: number) => {
        moved.push(time);
        [from, since] = [time, performance.now()];
      },
    },
    paused: { get: () => paused },
    readyState: { get: () => 4 },
    seeking: { get: () => false },
    duration: { get: () => 10 },
  });
  element.play = () => {
    [since, paused] = [performance.now(), false];
    element.dispatchEvent(new Event("play"));
    return Promise.resolve();
  };
  element.pause = () => {
    if (paused) return;
    [from, paused] = [now(), true];
    element.dispatchEvent(new Event("pause"));
  };
  return { element, moved };
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame", "performance"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a range rests exactly on its end", () => {
  const { element } = fakeMedia();
  const clock = new MediaClock(element);
  const [start, end] = [1 + 1 / 44100, 1.3 + 1 / 44100];
  clock.playRange(start, end);
  vi.advanceTimersByTime(1000);
  expect(clock.playing.value).toBe(false);
  expect(clock.time.value).toBe(end);
  clock.dispose();
});

test("a loop goes back to its exact start, never shows a time outside, and does not drift", () => {
  const { element, moved } = fakeMedia();
  const clock = new MediaClock(element);
  clock.loop.value = true;
  const [start, end] = [2 + 1 / 44100, 2.5 + 3 / 44100];
  const shown: number[] = [];
  const stop = clock.time.subscribe((time) => shown.push(time));
  clock.playRange(start, end);
  moved.length = 0;
  vi.advanceTimersByTime(20_000);
  const rounds = 20 / (end - start);
  expect(moved.length).toBeGreaterThan(rounds - 2);
  expect(moved.length).toBeLessThanOrEqual(rounds + 1);
  expect(new Set(moved)).toEqual(new Set([start]));
  expect(shown.slice(1).every((time) => time >= start && time <= end)).toBe(true);
  expect(clock.playing.value).toBe(true);
  clock.loop.value = false;
  vi.advanceTimersByTime(1000);
  expect(clock.time.value).toBe(end);
  expect(clock.playing.value).toBe(false);
  stop();
  clock.dispose();
});

test("muted tracks silence the element while they say so", () => {
  const { element } = fakeMedia();
  const clock = new MediaClock(element);
  clock.silence = (time) => time >= 1 && time < 2;
  const heard: boolean[] = [];
  const stop = clock.time.subscribe((time) => heard.push(element.muted === (time >= 1 && time < 2)));
  clock.play();
  vi.advanceTimersByTime(3000);
  expect(heard.length).toBeGreaterThan(100);
  expect(heard.every(Boolean)).toBe(true);
  stop();
  clock.dispose();
});
