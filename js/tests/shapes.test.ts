// What is drawn of a lane: every pixel column that a segment touches is painted, and nothing is drawn twice as often.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareSegments, type Document, fromAnnotation } from "../src/core/document";
import { brokenOn } from "../src/core/overlap";
import { TrackViews } from "../src/core/track-view";
import type { Segment } from "../src/core/types";
import type { Viewport } from "../src/core/viewport";
import { drawTracks } from "../src/timeline/draw";
import { layoutRows } from "../src/timeline/layout";
import { Spans, shapesOf } from "../src/timeline/shapes";
import { EMPTY, TASK } from "./core/make";

const WIDTH = 300;
const INSET_Y = 18;

interface Area {
  readonly left: number;
  readonly right: number;
}

/** Records where paths, and rectangles as tall as a segment, are filled or stroked. */
class Recorder {
  readonly painted: Area[] = [];
  readonly texts: string[] = [];
  /** What is filled in the colour of what is wrong. */
  readonly wrong: Area[] = [];
  fillStyle = "";
  font = "";
  lineWidth = 1;
  #path: Area[] = [];

  beginPath(): void {
    this.#path = [];
  }

  rect(left: number, top: number, width: number, height: number): void {
    if (top > 0 && top <= INSET_Y && top + height >= INSET_Y) this.#path.push({ left, right: left + width });
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    if (this.fillStyle === "#f00") this.wrong.push({ left, right: left + width });
    this.beginPath();
    this.rect(left, top, width, height);
    this.fill();
  }

  strokeRect(left: number, top: number, width: number, height: number): void {
    this.beginPath();
    this.rect(left, top, width, height);
    this.stroke();
  }

  roundRect(left: number, top: number, width: number, height: number): void {
    this.rect(left, top, width, height);
  }

  fill(): void {
    this.painted.push(...this.#path);
  }

  stroke(): void {
    const out = this.lineWidth / 2;
    this.painted.push(...this.#path.map(({ left, right }) => ({ left: left - out, right: right + out })));
  }

  measureText(text: string): { width: number } {
    return { width: text.length * 6 };
  }

  fillText(text: string): void {
    this.texts.push(text);
  }

  clearRect(): void {}
  save(): void {}
  restore(): void {}
  clip(): void {}
}

function documentOf(segments: readonly Segment[]): Document {
  const tracks = [{ category: "speaker", tag: "A", id: "a", position: 0 }];
  return fromAnnotation({ ...EMPTY, tracks, segments: [...segments] });
}

function draw(document: Document, view: Viewport): Recorder {
  const recorder = new Recorder();
  drawTracks(recorder as unknown as CanvasRenderingContext2D, {
    document,
    rows: layoutRows(document, new TrackViews()),
    view,
    width: WIDTH,
    height: 36,
    selectedIds: new Set(),
    selectedTracks: new Set(),
    previews: [],
    colors: {
      lane: "#fff",
      line: "#ccc",
      selectedLane: "#eee",
      text: "#000",
      muted: "#888",
      accent: "#00f",
      danger: "#f00",
      font: "12px serif",
      palette: [{ fill: "#abc", faint: "#def", edge: "#123", solid: "#bbc", solidSelected: "#cbc" }],
    },
    color: () => 0,
    isLocked: () => false,
    broken: (track) => brokenOn(document, { ...TASK, overlap: { speaker: "forbid" } }, track),
    label: (segment) => String(segment.fields.text ?? ""),
  });
  return recorder;
}

const segments = fc
  .array(fc.tuple(fc.double({ min: 0, max: 99, noNaN: true }), fc.double({ min: 0.001, max: 40, noNaN: true })), {
    maxLength: 400,
  })
  .map((times) =>
    times.map(
      ([start, length], place): Segment => ({
        track: "a",
        start,
        end: start + (place % 3 ? length / 100 : length),
        fields: {},
        id: `s${place}`,
      }),
    ),
  );
const view = fc
  .tuple(fc.double({ min: 0, max: 90, noNaN: true }), fc.double({ min: 0.5, max: 100, noNaN: true }))
  .map(([start, length]): Viewport => ({ start, end: start + length }));

function covered(list: readonly Segment[], { start, end }: Viewport, column: number): boolean {
  const [from, to] = [column, column + 1].map((x) => start + (x / WIDTH) * (end - start)) as [number, number];
  return list.some((segment) => segment.start < to && segment.end > from);
}

describe("drawing of segments", () => {
  it("paints every pixel column that a segment touches, and no column a whole pixel away from any", () => {
    fc.assert(
      fc.property(segments, view, (list, window) => {
        const { painted } = draw(documentOf(list), window);
        for (let column = 1; column < WIDTH - 1; column += 1) {
          const hit = painted.some(({ left, right }) => left < column + 1 - 1e-6 && right > column + 1e-6);
          const near = [column - 1, column, column + 1].some((x) => covered(list, window, x));
          const sure = list.some(({ start, end }) => {
            const [left, right] = [start, end].map(
              (time) => ((time - window.start) / (window.end - window.start)) * WIDTH,
            ) as [number, number];
            return left < column + 1 - 1e-5 && right > column + 1e-5;
          });
          if (sure) expect(hit, `column ${column}`).toBe(true);
          if (hit) expect(near, `column ${column}`).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("draws no more than the lane has room for, however many segments there are", () => {
    const many = Array.from(
      { length: 50_000 },
      (_, place): Segment => ({
        track: "a",
        start: place / 500,
        end: place / 500 + 0.0015,
        fields: { text: "words" },
        id: `s${String(place).padStart(6, "0")}`,
      }),
    );
    const { painted, texts } = draw(documentOf(many), { start: 0, end: 100 });
    expect(painted.length).toBeLessThanOrEqual(WIDTH);
    expect(texts).toEqual([]);
  });

  it("finds a long segment that began far before the window", () => {
    const long: Segment = { track: "a", start: 0, end: 1000, fields: {}, id: "long" };
    const short = Array.from(
      { length: 1000 },
      (_, place): Segment => ({ track: "a", start: place + 0.1, end: place + 0.2, fields: {}, id: `s${place}` }),
    );
    const list = [long, ...short].sort(compareSegments);
    const { boxes, places } = shapesOf(list, { start: 900, end: 910 }, 200, null, { boxes: new Spans(), places: [] });
    expect(places.slice(0, boxes.length / 2).map((place) => list[place]?.id)).toContain("long");
  });

  it("leaves out what is being dragged", () => {
    const list: Segment[] = [{ track: "a", start: 1, end: 2, fields: {}, id: "s" }];
    const kept = { boxes: new Spans(), places: [] };
    expect(shapesOf(list, { start: 0, end: 3 }, 300, null, kept).boxes.length).toBe(2);
    const { boxes, runs } = shapesOf(list, { start: 0, end: 3 }, 300, new Set(["s"]), kept);
    expect([boxes.length, runs]).toEqual([0, []]);
  });

  it("writes as much of a text as fits", () => {
    const list: Segment[] = [{ track: "a", start: 0, end: 10, fields: { text: "abcdefghijklmnopqrst" }, id: "s" }];
    expect(draw(documentOf(list), { start: 0, end: 30 }).texts).toEqual(["abcdefghijklmn…"]);
    expect(draw(documentOf(list), { start: 0, end: 10 }).texts).toEqual(["abcdefghijklmnopqrst"]);
  });

  it("marks what overlaps against the rule, and writes no text over another", () => {
    const text = "abcdefghijklmnopqrst";
    const list = [
      { track: "a", start: 0, end: 10, fields: { text }, id: "s" },
      { track: "a", start: 5, end: 15, fields: { text }, id: "t" },
      { track: "a", start: 15, end: 20, fields: {}, id: "u" },
    ];
    const { wrong, texts } = draw(documentOf(list), { start: 0, end: 20 });
    expect(wrong).toEqual([{ left: WIDTH / 4, right: (WIDTH / 4) * 3 }]);
    expect(texts).toEqual(["abcdefghi…", text]);
  });
});
