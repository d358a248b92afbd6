// Times and the window: reading what was written, marks of the ruler, and a window that never leaves the file.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatClock, formatSeconds, parseTime, rulerDigits, rulerStep, snapToSample } from "../../src/core/time";
import { clampViewport, panViewport, SHORTEST, showTime, type Viewport, zoomViewport } from "../../src/core/viewport";

const seconds = fc.double({ min: 0, max: 400_000, noNaN: true });

describe("times", () => {
  it.each([
    [0, 3, "0:00.000"],
    [0.1 + 0.2, 3, "0:00.300"],
    [59.9996, 3, "1:00.000"],
    [3599.9996, 3, "1:00:00.000"],
    [3723.45, 3, "1:02:03.450"],
    [61, 0, "1:01"],
    [59.6, 0, "1:00"],
    [86_399.999_979, 6, "23:59:59.999979"],
  ])("%d s with %d decimals is written %s", (time, digits, text) => expect(formatClock(time, digits)).toBe(text));

  it("are read as they were written, to the last decimal", () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 6 }), (time, digits) => {
        const half = 0.5 / 10 ** digits + 1e-9;
        expect(Math.abs((parseTime(formatClock(time, digits)) ?? Number.NaN) - time)).toBeLessThanOrEqual(half);
        expect(Math.abs((parseTime(formatSeconds(time)) ?? Number.NaN) - time)).toBeLessThanOrEqual(0.5e-6 + 1e-9);
        expect(formatClock(time, digits)).not.toMatch(/:6\d|NaN/);
      }),
    );
  });

  it.each([
    ["12.5", 12.5],
    [" 12,5 ", 12.5],
    ["12.", 12],
    [".5", 0.5],
    ["1:02.5", 62.5],
    ["1:02:03.456", 3723.456],
    ["0.30000000000000004", 0.1 + 0.2],
    ["86399.99997916666", 86_400 - 1 / 48_000],
  ])("%s is read exactly", (text, time) => expect(parseTime(text)).toBe(time));

  it.each(["", " ", "x", "1:2:3:4", "-1", "1e3", "1:", ":1:", "1.5:3", "Infinity", "NaN", "1 2", "1:-2", ".", "0x10"])(
    "%j is no time",
    (text) => expect(parseTime(text)).toBeNull(),
  );

  it("snap to the nearest sample, and stay there", () => {
    fc.assert(
      fc.property(seconds, fc.constantFrom(8000, 44100, 48000, 96000), (time, rate) => {
        const snapped = snapToSample(time, rate);
        expect(Math.abs(snapped - time)).toBeLessThanOrEqual(0.5 / rate + 1e-9);
        expect(snapped).toBe(Math.round(snapped * rate) / rate);
        expect(snapToSample(snapped, rate)).toBe(snapped);
        expect(snapToSample(time, 0)).toBe(time);
      }),
    );
  });
});

describe("the ruler", () => {
  it("steps by the smallest round step that is at least what is asked", () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (power) => {
        const least = 10 ** power;
        const step = rulerStep(least);
        expect(step).toBeGreaterThanOrEqual(least * (1 - 1e-9));
        expect(step).toBeLessThanOrEqual(Math.max(least * 3, least + 36_000));
        const digits = rulerDigits(step);
        if (digits < 6) expect(Number(step.toFixed(digits))).toBeCloseTo(step, 9);
      }),
    );
  });

  it.each([
    [0.00021, 0.0005, 4],
    [0.07, 0.1, 1],
    [0.1, 0.1, 1],
    [0.3, 0.5, 1],
    [0.6, 1, 0],
    [1, 1, 0],
    [7, 10, 0],
    [31, 60, 0],
    [1801, 3600, 0],
    [40_000, 72_000, 0],
  ])("for at least %d s steps by %d s with %d decimals", (least, step, digits) => {
    expect(rulerStep(least)).toBeCloseTo(step, 12);
    expect(rulerDigits(rulerStep(least))).toBe(digits);
  });
});

describe("the window", () => {
  const durations = fc.double({ min: 0.001, max: 40_000, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const windows = fc.tuple(durations, share, share).map(([duration, start, length]) => ({
    duration,
    view: clampViewport(start * duration, length * duration, duration),
  }));
  const inside = (view: Viewport, duration: number): void => {
    expect(view.start).toBeGreaterThanOrEqual(0);
    expect(view.end).toBeLessThanOrEqual(duration);
    expect(view.end - view.start).toBeGreaterThanOrEqual(Math.min(SHORTEST, duration) * (1 - 1e-6));
  };

  it("never leaves the file, however it is zoomed, moved or turned", () => {
    const steps = fc.array(fc.record({ kind: fc.nat(2), by: fc.double({ min: -3, max: 3, noNaN: true }), at: share }));
    fc.assert(
      fc.property(windows, steps, ({ duration, view }, moves) => {
        let now = view;
        for (const { kind, by, at } of moves) {
          if (kind === 0) now = zoomViewport(now, 10 ** by, now.start + at * (now.end - now.start), duration);
          else if (kind === 1) now = panViewport(now, by * duration, duration);
          else now = showTime(now, at * duration, duration);
          inside(now, duration);
        }
      }),
    );
  });

  it("is zoomed with the time under the pointer in its place, where the file goes on", () => {
    fc.assert(
      fc.property(windows, share, fc.double({ min: 1, max: 50, noNaN: true }), ({ duration, view }, at, factor) => {
        const span = view.end - view.start;
        const time = view.start + at * span;
        const closer = zoomViewport(view, factor, time, duration);
        const place = (time - closer.start) / (closer.end - closer.start);
        expect(Math.abs(place - at)).toBeLessThan(1e-4);
        expect(closer.end - closer.start).toBeLessThanOrEqual(span * (1 + 1e-9));
      }),
    );
    expect(zoomViewport({ start: 4, end: 6 }, 2, 4.5, 10)).toEqual({ start: 4.25, end: 5.25 });
    expect(zoomViewport({ start: 0, end: 2 }, 0.01, 1, 10)).toEqual({ start: 0, end: 10 });
    expect(zoomViewport({ start: 0, end: 2 }, 1e9, 1, 10).end).toBeCloseTo(1 + SHORTEST / 2, 9);
  });

  it("moves by as much as there is", () => {
    expect(panViewport({ start: 4, end: 6 }, 1, 10)).toEqual({ start: 5, end: 7 });
    expect(panViewport({ start: 4, end: 6 }, 99, 10)).toEqual({ start: 8, end: 10 });
    expect(panViewport({ start: 4, end: 6 }, -99, 10)).toEqual({ start: 0, end: 2 });
  });

  it("turns like a page to show a time, and else stays", () => {
    const view = { start: 4, end: 6 };
    expect(showTime(view, 5, 10)).toBe(view);
    expect(showTime(view, 6, 10)).toEqual({ start: 6, end: 8 });
    expect(showTime(view, 9, 10)).toEqual({ start: 8, end: 10 });
    expect(showTime(view, 1, 10)).toEqual({ start: 0.8, end: 2.8 });
    fc.assert(
      fc.property(windows, share, ({ duration, view: from }, at) => {
        const shown = showTime(from, at * duration, duration);
        expect(shown.start).toBeLessThanOrEqual(at * duration);
        expect(shown.end).toBeGreaterThanOrEqual(at * duration);
      }),
    );
  });
});
