// @vitest-environment happy-dom
// Gestures on the tracks: what pointer events make of segments, and what they leave alone.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromAnnotation } from "../../src/core/document";
import type { Preview } from "../../src/core/session";
import { type Hit, ROW_HEIGHT } from "../../src/timeline/layout";
import { watchPointer } from "../../src/timeline/pointer";
import { EMPTY, segment, TRACKS } from "./make";

const RATE = 1000;
const DURATION = 10;
const [CUSTOMER, AGENT] = TRACKS.map(({ id }) => id) as [string, string];
/** Shown from 0 to 10 s, 100 px a second, at (50, 20) of the page. */
const VIEW = { start: 0, end: DURATION };
const PLACE = { left: 50, top: 20, width: 1000, height: 2 * ROW_HEIGHT };

let canvas: HTMLCanvasElement;
let stop: () => void;
let previews: (Preview | null)[];
let commits: [Preview, string][];
let clicks: [Hit, number][];
let captured: Set<number>;

beforeEach(() => {
  canvas = document.createElement("canvas");
  canvas.getBoundingClientRect = () => new DOMRect(PLACE.left, PLACE.top, PLACE.width, PLACE.height);
  captured = new Set();
  canvas.setPointerCapture = (pointer) => void captured.add(pointer);
  canvas.hasPointerCapture = (pointer) => captured.has(pointer);
  canvas.releasePointerCapture = (pointer) => void captured.delete(pointer);
  document.body.append(canvas);
  [previews, commits, clicks] = [[], [], []];
  const shown = fromAnnotation({
    ...EMPTY,
    tracks: TRACKS.slice(0, 2),
    segments: [segment("a", CUSTOMER, 2, 4)],
  });
  stop = watchPointer(canvas, {
    document: () => shown,
    view: () => VIEW,
    selected: () => new Set(),
    snap: (time) => Math.round(Math.min(Math.max(time, 0), DURATION) * RATE) / RATE,
    duration: () => DURATION,
    preview: (preview) => previews.push(preview),
    commit: (preview, gesture) => commits.push([preview, gesture]),
    click: (hit, time) => clicks.push([hit, time]),
  });
});

afterEach(() => {
  stop();
  canvas.remove();
});

/** A pointer event at a time in seconds, on a row. */
function send(type: string, seconds: number, row = 0, more: PointerEventInit = {}): void {
  const at = { clientX: PLACE.left + seconds * 100, clientY: PLACE.top + (row + 0.5) * ROW_HEIGHT };
  canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, button: 0, bubbles: true, ...at, ...more }));
}

function gesture(from: number, ...to: number[]): void {
  send("pointerdown", from);
  for (const seconds of to) send("pointermove", seconds);
  send("pointerup", to.at(-1) ?? from);
}

const pressEscape = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));

describe("drawing", () => {
  it("on an empty place makes a segment, in either direction, snapped to the grid", () => {
    gesture(5.12345, 6, 7.00049);
    gesture(9, 8);
    expect(commits).toEqual([
      [{ id: null, track: CUSTOMER, start: 5.123, end: 7 }, "draw"],
      [{ id: null, track: CUSTOMER, start: 8, end: 9 }, "draw"],
    ]);
    expect(clicks).toEqual([]);
  });

  it("shows what it would make, and then nothing", () => {
    send("pointerdown", 5);
    send("pointermove", 6);
    expect(previews).toEqual([{ id: null, track: CUSTOMER, start: 5, end: 6 }]);
    expect(captured).toEqual(new Set([1]));
    send("pointerup", 6);
    expect(previews.at(-1)).toBeNull();
    expect(captured.size).toBe(0);
  });

  it("ends at the media's ends, and stays on the track where it began", () => {
    send("pointerdown", 9, 1);
    send("pointermove", 99, 0);
    send("pointerup", 99, 0);
    expect(commits).toEqual([[{ id: null, track: AGENT, start: 9, end: 10 }, "draw"]]);
  });
});

describe("moving", () => {
  it("takes a segment along by what the pointer moved", () => {
    gesture(3, 3.5, 4.25);
    expect(commits).toEqual([[{ id: "a", track: CUSTOMER, start: 3.25, end: 5.25 }, "move"]]);
  });

  it("stops at the media's ends with the length kept", () => {
    gesture(3, -20);
    gesture(3, 99);
    expect(commits.map(([preview]) => [preview.start, preview.end])).toEqual([
      [0, 2],
      [8, 10],
    ]);
  });
});

describe("resizing", () => {
  it("moves the edge that was taken, wherever it was taken", () => {
    gesture(2.04, 1.04);
    gesture(3.96, 6);
    expect(commits).toEqual([
      [{ id: "a", track: CUSTOMER, start: 1, end: 4 }, "resize"],
      [{ id: "a", track: CUSTOMER, start: 2, end: 6.04 }, "resize"],
    ]);
  });

  it("keeps the last length above zero when the edges would cross", () => {
    gesture(2, 3.5, 4.5);
    expect(commits).toEqual([[{ id: "a", track: CUSTOMER, start: 3.5, end: 4 }, "resize"]]);
  });
});

describe("a click", () => {
  it("that trembles is still a click, with the time of the pointer", () => {
    gesture(3, 3.02);
    gesture(6);
    send("pointerdown", 1, 5);
    send("pointerup", 1, 5);
    expect(commits).toEqual([]);
    expect(clicks.map(([hit]) => hit.kind)).toEqual(["body", "track", "none"]);
    expect(clicks.map(([, time]) => time)).toEqual([3.02, 6, 1].map((time) => expect.closeTo(time, 9)));
  });

  it("below the tracks draws nothing, even when it is dragged", () => {
    send("pointerdown", 1, 5);
    send("pointermove", 3, 5);
    send("pointerup", 3, 5);
    expect(commits).toEqual([]);
  });
});

describe("nothing happens", () => {
  it.each([
    ["Escape", pressEscape],
    ["a cancelled pointer", () => send("pointercancel", 6)],
    ["the end of watching", () => stop()],
  ])("after %s", (_, cancel) => {
    send("pointerdown", 5);
    send("pointermove", 6);
    cancel();
    expect(previews.at(-1)).toBeNull();
    expect(captured.size).toBe(0);
    send("pointermove", 7);
    send("pointerup", 7);
    expect([commits, clicks]).toEqual([[], []]);
  });

  it("by other buttons or other pointers", () => {
    send("pointerdown", 5, 0, { button: 2 });
    send("pointerup", 6, 0, { button: 2 });
    send("pointerdown", 5);
    send("pointerdown", 1, 0, { pointerId: 2 });
    send("pointermove", 8, 0, { pointerId: 2 });
    send("pointerup", 8, 0, { pointerId: 2 });
    expect([commits, clicks, previews]).toEqual([[], [], []]);
    send("pointermove", 6);
    send("pointerup", 6);
    expect(commits).toHaveLength(1);
  });

  it("by keys other than Escape", () => {
    send("pointerdown", 5);
    send("pointermove", 6);
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "a" }));
    send("pointerup", 6);
    expect(commits).toHaveLength(1);
  });
});

it("the cursor tells what a press would do", () => {
  const cursors = [3, 2, 6].map((seconds) => {
    send("pointermove", seconds);
    return canvas.style.cursor;
  });
  send("pointermove", 1, 5);
  expect([...cursors, canvas.style.cursor]).toEqual(["grab", "ew-resize", "crosshair", "default"]);
});
