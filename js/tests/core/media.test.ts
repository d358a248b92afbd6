// Frames by their times, and peaks for any window from tiles, against plain computations.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MediaInfo } from "../../src/core/types";
import { type MediaPort, PEAK_TILE_COLUMNS, type PeakTile } from "../../src/hosts/port";
import { tileOfSamples } from "../../src/hosts/tiles";
import { frameAt, frameCentre, frameEnd, frameOf, frameSpot } from "../../src/player/frames";
import { PeakCache } from "../../src/player/peaks";
import { SETUP } from "./kernel";

describe("frames", () => {
  const times = fc
    .array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 50 })
    .map((gaps) =>
      Float64Array.from(gaps.map((_, index) => gaps.slice(0, index).reduce((sum, gap) => sum + gap, 0) / 30_000)),
    );

  it("are found as looking at every one finds them", () => {
    fc.assert(
      fc.property(times, fc.double({ min: -1, max: 8, noNaN: true }), (frames, time) => {
        const all = [...frames.keys()].filter((index) => (frames[index] ?? 0) <= time + 1e-9);
        expect(frameAt(frames, time)).toBe(all.at(-1) ?? 0);
      }),
    );
  });

  it("are found at their first moment and at their centre, and centres are inside", () => {
    fc.assert(
      fc.property(times, (frames) => {
        for (const [index, start] of frames.entries()) {
          expect(frameAt(frames, start)).toBe(index);
          expect(frameAt(frames, frameCentre(frames, index))).toBe(index);
          expect(frameCentre(frames, index)).toBeGreaterThanOrEqual(start);
          expect(frameCentre(frames, index)).toBeLessThan(frames[index + 1] ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  it("are known by the time a browser gives for them, rounded to microseconds or to milliseconds", () => {
    fc.assert(
      fc.property(times, fc.constantFrom(1e-6, 1e-3), (frames, unit) => {
        const apart = frames.every((time, index) => index === 0 || time - (frames[index - 1] ?? 0) > 2 * unit);
        fc.pre(apart);
        for (const [index, start] of frames.entries()) {
          for (const round of [Math.round, Math.floor, Math.ceil]) {
            expect(frameOf(frames, round(start / unit) * unit)).toBe(index);
          }
        }
      }),
    );
  });

  it("follow on each other, the last as long as the one before", () => {
    fc.assert(
      fc.property(times, (frames) => {
        for (const index of frames.keys()) {
          if (index > 0) expect(frameEnd(frames, index - 1)).toBe(frames[index]);
          // Anywhere inside, where a player may have to look for a frame again, it is that frame.
          const [start, end] = [frames[index] ?? 0, frameEnd(frames, index)];
          for (const share of [0.02, 0.1, 0.9, 0.98]) {
            expect(frameAt(frames, start + (end - start) * share)).toBe(index);
          }
        }
      }),
    );
  });

  it("of nothing or of one picture are the first", () => {
    expect(frameAt(new Float64Array(), 3)).toBe(0);
    expect(frameCentre(new Float64Array(), 0)).toBe(0);
    expect(frameCentre(Float64Array.of(0.5), 0)).toBe(0.5);
    expect(frameCentre(Float64Array.of(0, 0.04), 1)).toBeCloseTo(0.06, 12);
  });

  it("are gone to in their middle, but for a first one that begins late", () => {
    // Streamed pictures show it from 0 on, and no longer than to where the next one is decoded.
    const late = Float64Array.of(1.5, 1.54, 1.58);
    expect(frameSpot(late, 0)).toBe(0.75);
    expect(frameSpot(late, 1)).toBe(frameCentre(late, 1));
    const soon = Float64Array.of(0.02, 0.06);
    expect(frameSpot(soon, 0)).toBe(frameCentre(soon, 0));
  });
});

const RATE = 1000;

/** Media in memory; tiles come when they are let through. */
class Memory implements MediaPort {
  readonly info: MediaInfo;
  readonly asked: string[] = [];
  readonly channels: readonly Float32Array[];
  fail = "";

  constructor(samples: number) {
    const wave = (from: number) =>
      Float32Array.from({ length: samples }, (_, i) => Math.sin(i * from) * Math.cos(i / 999));
    this.channels = [wave(0.37), wave(1.91)];
    this.info = { ...SETUP.media.info, sample_rate: RATE, channels: 2, duration: samples / RATE };
  }

  async peaks(level: number, tile: number): Promise<PeakTile> {
    this.asked.push(`${level}/${tile}`);
    if (this.fail) throw new Error(this.fail);
    return tileOfSamples(this.channels, level, tile);
  }

  url = () => Promise.reject(new Error("not played here"));
  spectrogram = () => Promise.reject(new Error("not played here"));
  frames = () => Promise.resolve(new Float64Array());
}

/** Peaks of columns, straight from the samples. */
function plainly(samples: Float32Array, level: number, first: number, count: number): number[] {
  const size = 4 ** level;
  return Array.from({ length: count }, (_, index) => {
    const column = [...samples.subarray((first + index) * size, (first + index + 1) * size)];
    return [Math.min(...column), Math.max(...column)].map((value) =>
      Math.max(-32768, Math.min(32767, Math.round(value * 32768))),
    );
  }).flat();
}

const arrived = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("peaks", () => {
  const SAMPLES = 40_000;

  it("cover the window, at the finest level a pixel shows, and are those of the samples", async () => {
    const windows = fc.tuple(fc.nat(38_000), fc.integer({ min: 20, max: SAMPLES }), fc.integer({ min: 50, max: 900 }));
    const media = new Memory(SAMPLES);
    const cache = new PeakCache(media, SAMPLES / RATE);
    await fc.assert(
      fc.asyncProperty(windows, async ([from, length, width]) => {
        const to = Math.min(SAMPLES, from + length);
        cache.window(from / RATE, to / RATE, width);
        await arrived();
        const found = cache.window(from / RATE, to / RATE, width);
        if (!found) throw new Error("no peaks");
        const size = 4 ** found.level;
        const perPixel = (to - from) / width;
        expect(size).toBeLessThanOrEqual(Math.max(1, perPixel) * (1 + 1e-6));
        expect(size * 4 > perPixel || found.level === cache.topLevel).toBe(true);
        expect(found.first * size).toBeLessThanOrEqual(from);
        for (const [channel, peaks] of found.channels.entries()) {
          const count = peaks.length / 2;
          expect((found.first + count) * size).toBeGreaterThanOrEqual(to);
          const samples = media.channels[channel] ?? new Float32Array();
          expect(peaks).toEqual(Int16Array.from(plainly(samples, found.level, found.first, count)));
        }
      }),
      { numRuns: 60 },
    );
    expect(new Set(media.asked).size).toBe(media.asked.length);
  });

  it("of a coarser level stand in for those on their way", async () => {
    const media = new Memory(SAMPLES);
    const cache = new PeakCache(media, SAMPLES / RATE);
    expect(cache.window(0, 40, 100)).toBeNull();
    await arrived();
    expect(cache.version.value).toBeGreaterThan(0);
    const whole = cache.window(0, 40, 100);
    expect(whole?.level).toBe(cache.topLevel);
    const version = cache.version.value;
    expect(cache.window(1, 2, 1000)?.level).toBe(cache.topLevel);
    await arrived();
    expect(cache.version.value).toBe(version + 1);
    expect(cache.window(1, 2, 1000)?.level).toBe(0);
  });

  it("are asked for once, however often they are drawn", async () => {
    const media = new Memory(SAMPLES);
    const cache = new PeakCache(media, SAMPLES / RATE);
    for (let times = 0; times < 5; times += 1) cache.window(0, 1, 1000);
    await arrived();
    for (let times = 0; times < 5; times += 1) cache.window(0, 1, 1000);
    expect(media.asked.sort()).toEqual(["0/0", `${cache.topLevel}/0`].sort());
  });

  it("of a short file fit in one tile", () => {
    expect(new PeakCache(new Memory(PEAK_TILE_COLUMNS), PEAK_TILE_COLUMNS / RATE).topLevel).toBe(0);
    expect(new PeakCache(new Memory(PEAK_TILE_COLUMNS + 1), (PEAK_TILE_COLUMNS + 1) / RATE).topLevel).toBe(1);
    expect(new PeakCache(new Memory(1), 1 / RATE).topLevel).toBe(0);
  });

  it("that cannot be had say why, without end of asking", async () => {
    const media = new Memory(SAMPLES);
    media.fail = "the file is gone";
    const cache = new PeakCache(media, SAMPLES / RATE);
    cache.window(0, 40, 100);
    await arrived();
    expect(cache.error.value).toBe("the file is gone");
    const asked = media.asked.length;
    expect(cache.window(0, 40, 100)).toBeNull();
    expect(media.asked).toHaveLength(asked);
  });

  it("there are none of silent media, of no width, or after the end", () => {
    const media = new Memory(100);
    expect(new PeakCache(media, 0).window(0, 1, 100)).toBeNull();
    expect(new PeakCache(media, 0.1).window(0, 0.1, 0)).toBeNull();
    expect(media.asked).toEqual([]);
    media.info.sample_rate = 0;
    expect(new PeakCache(media, 1).window(0, 1, 100)).toBeNull();
    expect(media.asked).toEqual([]);
  });

  it("that come after the end of the editor are dropped", async () => {
    const cache = new PeakCache(new Memory(SAMPLES), SAMPLES / RATE);
    cache.window(0, 40, 100);
    cache.dispose();
    await arrived();
    expect(cache.version.value).toBe(0);
  });
});
