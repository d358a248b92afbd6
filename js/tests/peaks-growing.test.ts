// Peaks while a host makes them: shown as far as they are, asked for again, stopped, tried again, and drawn exactly.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MediaInfo } from "../src/core/types";
import { type MediaPort, PEAK_TILE_COLUMNS, type PeakProgress, type PeakTile } from "../src/hosts/port";
import { tileOfSamples } from "../src/hosts/tiles";
import { drawPeaks, pixelsOf } from "../src/player/draw-peaks";
import { PeakCache } from "../src/player/peaks";
import { SETUP } from "./core/kernel";

const RATE = 1000;
const SAMPLES = 1_000_000;
const WAVE = Float32Array.from({ length: SAMPLES }, (_, i) => 0.99 * Math.sin(i * 0.37) * Math.cos(i / 999));

/** A host whose pass has reached a place, in samples. */
class Growing implements MediaPort {
  readonly info: MediaInfo = { ...SETUP.media.info, sample_rate: RATE, channels: 1, duration: SAMPLES / RATE };
  asked: string[] = [];
  reached = 0;
  /** Whether tiles are made of the samples, without waiting for the pass. */
  whole = false;
  running = true;
  fail = "";
  problem = "";

  url = () => Promise.reject(new Error("not played here"));
  spectrogram = () => Promise.reject(new Error("not played here"));
  frames = () => Promise.resolve(new Float64Array());

  async peaks(level: number, tile: number): Promise<PeakTile> {
    this.asked.push(`${level}/${tile}`);
    if (this.fail) throw new Error(this.fail);
    const whole = tileOfSamples([WAVE], level, tile).channels[0] as Int16Array;
    const there = Math.max(0, Math.floor(this.reached / 4 ** level) - tile * PEAK_TILE_COLUMNS);
    const all = this.whole || this.reached === SAMPLES || 2 * there >= whole.length;
    return { channels: [all ? whole : whole.subarray(0, 2 * there)], progress: this.#progress(all) };
  }

  async buildPeaks(run: boolean): Promise<PeakProgress> {
    this.running = run;
    if (run) this.problem = "";
    return this.#progress(true);
  }

  #progress(complete: boolean): PeakProgress {
    const running = this.running && this.reached < SAMPLES;
    return { progress: this.reached / SAMPLES, running, complete, problem: this.problem };
  }
}

const arrived = () => vi.advanceTimersByTimeAsync(0);
const later = () => vi.advanceTimersByTimeAsync(260);

describe("peaks that grow", () => {
  let media: Growing;
  let cache: PeakCache;
  const look = () => cache.window(0, SAMPLES / RATE, 1000);
  const unknown = () => {
    const columns = look()?.channels[0] ?? new Int16Array();
    return columns.filter((value, index) => index % 2 === 0 && value > (columns[index + 1] ?? 0)).length;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    media = new Growing();
    cache = new PeakCache(media, SAMPLES / RATE);
  });
  afterEach(() => {
    cache.dispose();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("are shown as far as they are, and looked at again until they are complete", async () => {
    media.reached = SAMPLES / 4;
    look();
    await arrived();
    expect(look()?.complete).toBe(false);
    const columns = look()?.channels[0]?.length ?? 0;
    expect(unknown() / (columns / 2)).toBeCloseTo(3 / 4, 2);
    expect(cache.progress.value).toMatchObject({ progress: 0.25, running: true });
    media.reached = SAMPLES / 2;
    await later();
    expect(unknown() / (columns / 2)).toBeCloseTo(1 / 2, 2);
    media.reached = SAMPLES;
    await later();
    expect(look()?.complete).toBe(true);
    expect(unknown()).toBe(0);
    expect(cache.progress.value).toMatchObject({ progress: 1, running: false });
    const asked = media.asked.length;
    await later();
    look();
    expect(media.asked).toHaveLength(asked);
  });

  it("are looked at again only where they are drawn", async () => {
    media.reached = SAMPLES / 100;
    cache.window(500, 510, 100);
    await arrived();
    look();
    await arrived();
    look();
    cache.window(500, 510, 100);
    await later();
    media.asked = [];
    for (let turn = 0; turn < 4; turn += 1) {
      look();
      await later();
    }
    expect(new Set(media.asked)).toEqual(new Set(["4/0", "4/1"]));
  });

  it("are asked for how far the host is, though what is drawn is whole", async () => {
    media.whole = true;
    look();
    await arrived();
    expect(look()?.complete).toBe(true);
    expect(cache.progress.value).toMatchObject({ progress: 0, running: true });
    media.reached = SAMPLES / 2;
    await later();
    expect(cache.progress.value).toMatchObject({ progress: 0.5, running: true });
    media.reached = SAMPLES;
    await later();
    expect(cache.progress.value).toMatchObject({ progress: 1, running: false });
    const asked = media.asked.length;
    await later();
    expect(media.asked).toHaveLength(asked);
  });

  it("rest while the host is stopped, and go on", async () => {
    media.reached = SAMPLES / 4;
    look();
    await arrived();
    await cache.run(false);
    expect(cache.progress.value.running).toBe(false);
    look();
    await later();
    media.asked = [];
    look();
    await later();
    look();
    await later();
    expect(media.asked).toEqual([]);
    media.reached = SAMPLES;
    await cache.run(true);
    look();
    await later();
    expect(unknown()).toBe(0);
  });

  it.each([true, false])("are seen to go on where Python lets them, with samples drawn: %s", async (whole) => {
    media.whole = whole;
    media.reached = SAMPLES / 4;
    media.running = false;
    look();
    await arrived();
    look();
    media.running = true;
    media.reached = SAMPLES;
    await vi.advanceTimersByTimeAsync(4100);
    expect(cache.progress.value).toMatchObject({ progress: 1, running: false });
    expect(unknown()).toBe(0);
  });

  it("stay, and say why, when the host fails half-way; they can be tried again", async () => {
    media.reached = SAMPLES / 2;
    look();
    await arrived();
    look();
    media.running = false;
    media.problem = "the disk is gone";
    await later();
    expect(cache.error.value).toBe("the disk is gone");
    expect(unknown()).toBeGreaterThan(0);
    await cache.run(true);
    expect(cache.error.value).toBe("");
    media.reached = SAMPLES;
    look();
    await later();
    expect(look()?.complete).toBe(true);
  });

  it("that failed to come are asked for again on request only", async () => {
    media.fail = "no answer";
    look();
    await arrived();
    expect(cache.error.value).toBe("no answer");
    const asked = media.asked.length;
    look();
    await later();
    expect(media.asked).toHaveLength(asked);
    media.fail = "";
    media.reached = SAMPLES;
    await cache.run(true);
    look();
    await arrived();
    expect(cache.error.value).toBe("");
    expect(look()?.complete).toBe(true);
  });

  it("are the samples' own in any window, at any moment", async () => {
    const windows = fc.tuple(fc.double({ min: 0, max: 990, noNaN: true }), fc.integer({ min: 1, max: 990_000 }));
    await fc.assert(
      fc.asyncProperty(
        windows,
        fc.nat(100),
        fc.integer({ min: 20, max: 800 }),
        async ([start, length], share, width) => {
          cache.dispose();
          cache = new PeakCache(media, SAMPLES / RATE);
          media.reached = (SAMPLES / 100) * share;
          const end = Math.min(SAMPLES / RATE, start + length / RATE);
          cache.window(start, end, width);
          await arrived();
          const found = cache.window(start, end, width);
          if (!found) throw new Error("no peaks");
          const size = 4 ** found.level;
          const columns = found.channels[0] ?? new Int16Array();
          for (let column = 0; 2 * column < columns.length; column += 7) {
            const part = WAVE.subarray((found.first + column) * size, (found.first + column + 1) * size);
            if ((columns[2 * column] ?? 0) > (columns[2 * column + 1] ?? 0)) {
              expect((found.first + column + 1) * size).toBeGreaterThan(media.reached);
              continue;
            }
            expect([columns[2 * column], columns[2 * column + 1]]).toEqual(
              [Math.min(...part), Math.max(...part)].map((value) => Math.round(value * 32768)),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("what is drawn", () => {
  const columns = fc.array(fc.tuple(fc.integer({ min: -32768, max: 32767 }), fc.nat(300)), { maxLength: 300 });

  it("is for each pixel the lowest and highest of all columns that reach into it", () => {
    fc.assert(
      fc.property(
        columns,
        fc.double({ min: -80, max: 20, noNaN: true }),
        fc.double({ min: 0.05, max: 9, noNaN: true }),
        fc.integer({ min: 1, max: 120 }),
        (pairs, left, step, width) => {
          const values = Int16Array.from(pairs.flatMap(([low, more]) => [low, Math.min(32767, low + more)]));
          const found = pixelsOf(values, left, step, width);
          for (let pixel = 0; pixel < width; pixel += 1) {
            let [low, high] = [32767, -32768];
            for (let column = 0; column < pairs.length; column += 1) {
              const from = left + column * step;
              const to = left + (column + 1) * step;
              if (Math.floor(from) > pixel || Math.max(Math.floor(from), Math.ceil(to) - 1) < pixel) continue;
              low = Math.min(low, values[2 * column] ?? 0);
              high = Math.max(high, values[2 * column + 1] ?? 0);
            }
            expect([found[2 * pixel], found[2 * pixel + 1]]).toEqual([low, high]);
          }
        },
      ),
    );
  });

  it("covers every sample below a pixel, and no sample that is further than a column away", () => {
    const inputs = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.nat(50_000), fc.double({ min: 1, max: 4, noNaN: true }));
    fc.assert(
      fc.property(inputs, ([level, from, wide]) => {
        const size = 4 ** level;
        const perPixel = size * wide;
        const first = Math.max(0, Math.floor(from / size) - 1);
        const width = 60;
        const values = new Int16Array(2 * Math.ceil((width * perPixel) / size + 4));
        const at = (sample: number) => Math.round((WAVE[sample] ?? 0) * 32767);
        const range = (start: number, end: number) => {
          const all = Array.from({ length: end - start }, (_, index) => at(start + index));
          return [Math.min(...all), Math.max(...all)] as const;
        };
        for (let column = 0; 2 * column < values.length; column += 1) {
          values.set(range((first + column) * size, (first + column + 1) * size), 2 * column);
        }
        const found = pixelsOf(values, (first * size - from) / perPixel, size / perPixel, width);
        for (let pixel = 0; pixel < width; pixel += 1) {
          const begin = Math.ceil(from + pixel * perPixel);
          const end = Math.max(begin + 1, Math.floor(from + (pixel + 1) * perPixel));
          const [low, high] = range(begin, end);
          expect(found[2 * pixel]).toBeLessThanOrEqual(low);
          expect(found[2 * pixel + 1]).toBeGreaterThanOrEqual(high);
          const [least, most] = range(Math.max(0, begin - size), end + size);
          expect(found[2 * pixel]).toBeGreaterThanOrEqual(least);
          expect(found[2 * pixel + 1]).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is a line through each sample when they are far apart, interrupted where nothing is known", () => {
    const path: string[] = [];
    const note = (name: string) => (x: number, y: number) => path.push(`${name} ${x} ${Math.round(y)}`);
    const nothing = () => {};
    const context = { beginPath: nothing, stroke: nothing, fill: nothing, arc: nothing, lineWidth: 0, fillStyle: "" };
    const channel = Int16Array.of(0, 0, 32767, 32767, 32767, -32768, -32768, -32768, 0, 0);
    drawPeaks(
      { ...context, moveTo: note("move"), lineTo: note("line") } as unknown as CanvasRenderingContext2D,
      { level: 0, first: 0, channels: [channel], complete: false },
      { start: 0, end: 0.01, rate: 1000 },
      40,
      100,
    );
    expect(path).toEqual(["move 0 50", "line 4 2", "move 12 98", "line 16 50"]);
  });
});
