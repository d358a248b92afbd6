// Spectra in the browser against the fixture that Python's agree with, axes, colours, and the store of tiles.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { colorTable } from "../src/core/color-maps";
import { clampRange, formatHertz, frequencyTicks, hertzAt, partOf, type Scale } from "../src/core/frequencies";
import { levelFor, SpectralView, windowSamples } from "../src/core/spectral-view";
import type { SpectrogramAnalysis } from "../src/core/types";
import { SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS } from "../src/hosts/port";
import { Fourier, spectrogramTile } from "../src/hosts/spectrum";
import { levelColors } from "../src/player/spectrogram-picture";
import { TileStore } from "../src/player/tile-store";

interface Case {
  readonly rate: number;
  readonly level: number;
  readonly tile: number;
  readonly analysis: SpectrogramAnalysis;
  readonly columns: number;
  readonly levels: Readonly<Record<string, readonly number[]>>;
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../tests/fixtures/spectrogram.json"), "utf8"),
) as Case[];
const ANALYSIS: SpectrogramAnalysis = { scale: "linear", window: "hann", length: 0.03, low: 0, high: 8000 };

/** The sound of the fixture: a tone, a click and a pseudo-random hiss. */
function fixtureSound(): Float32Array {
  let state = 1n;
  return Float32Array.from({ length: 6000 }, (_, index) => {
    state = (state * 1103515245n + 12345n) % 2n ** 31n;
    const hiss = (Number(state >> 16n) % 201) - 100;
    return (Math.floor(8000 * Math.sin(0.7 * index) + 0.5) + hiss + (index === 3000 ? 20000 : 0)) / 32768;
  });
}

describe("a tile of spectra", () => {
  it.each(cases)("at $rate Hz, level $level, tile $tile has the levels that Python finds", async (one) => {
    const found = await spectrogramTile([fixtureSound()], one.rate, one.analysis, one.level, one.tile);
    expect(found.length).toBe(one.columns * SPECTROGRAM_ROWS);
    for (const [column, levels] of Object.entries(one.levels)) {
      const part = found.subarray(Number(column) * SPECTROGRAM_ROWS, (Number(column) + 1) * SPECTROGRAM_ROWS);
      expect(Math.max(...levels.map((level, row) => Math.abs(level - (part[row] as number))))).toBeLessThanOrEqual(1);
    }
  });

  it("is of the mean of all channels, silent where nothing is, and empty past the end", async () => {
    const sine = Float32Array.from({ length: 8000 }, (_, place) => Math.sin((2 * Math.PI * 1000 * place) / 8000));
    const tile = (channels: readonly Float32Array[], level: number, number: number) =>
      spectrogramTile(channels, 8000, ANALYSIS, level, number);
    const both = await tile([sine, sine], 8, 0);
    expect(both.length).toBe(Math.ceil(8000 / 256) * SPECTROGRAM_ROWS);
    expect(Math.max(...both.subarray(SPECTROGRAM_ROWS, 28 * SPECTROGRAM_ROWS))).toBe(248);
    expect(Math.max(...(await tile([sine, sine.map((value) => -value)], 8, 0)))).toBe(0);
    expect(Math.max(...(await tile([new Float32Array(3)], 0, 0)))).toBe(0);
    expect(await tile([sine], 8, 1)).toHaveLength(0);
    expect(await tile([], 8, 0)).toHaveLength(0);
  });

  it("leaves the page time for others while it is made", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    const noise = Float32Array.from({ length: 400_000 }, (_, place) => Math.sin(place * place));
    await spectrogramTile([noise], 48_000, { ...ANALYSIS, length: 0.1 }, 10, 0);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});

describe("the transform", () => {
  it("is the discrete Fourier transform", () => {
    const real = Float64Array.from({ length: 64 }, (_, place) => Math.sin(place) + place / 50);
    const [x, y] = [real.slice(), new Float64Array(64)];
    new Fourier(64).transform(x, y);
    for (let row = 0; row < 64; row += 1) {
      let [a, b] = [0, 0];
      real.forEach((value, place) => {
        a += value * Math.cos((2 * Math.PI * row * place) / 64);
        b -= value * Math.sin((2 * Math.PI * row * place) / 64);
      });
      expect(x[row]).toBeCloseTo(a, 9);
      expect(y[row]).toBeCloseTo(b, 9);
    }
  });
});

const scales = fc.constantFrom<Scale>("linear", "log", "mel");

describe("an axis of frequencies", () => {
  it("leads from parts to frequencies and back", () => {
    fc.assert(
      fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), (scale, part) => {
        const [low, high] = clampRange(scale, 0, 20_000, 16_000);
        expect(high).toBe(8000);
        expect(partOf(hertzAt(part, scale, low, high), scale, low, high)).toBeCloseTo(part, 6);
      }),
    );
  });

  it("is never empty, whatever is asked for", () => {
    const any = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(scales, any, any, fc.integer({ min: 1, max: 400_000 }), (scale, low, high, rate) => {
        const [first, last] = clampRange(scale, low, high, rate);
        expect(first).toBeLessThan(last);
        expect(last).toBeLessThanOrEqual(rate / 2);
        expect(first).toBeGreaterThanOrEqual(scale === "log" ? Math.min(20, rate / 4) : 0);
      }),
    );
  });

  it("has round marks with room between them", () => {
    expect(frequencyTicks("linear", 0, 8000, 0.15)).toEqual([0, 2000, 4000, 6000, 8000]);
    expect(frequencyTicks("log", 20, 8000, 0.15)).toEqual([20, 100, 1000, 5000]);
    expect(frequencyTicks("mel", 0, 8000, 0.15)).toContain(1000);
    fc.assert(
      fc.property(
        scales,
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 10, max: 90_000 }),
        (scale, low, span) => {
          const [first, last] = clampRange(scale, low, low + span, 200_000);
          const parts = frequencyTicks(scale, first, last, 0.1).map((hertz) => partOf(hertz, scale, first, last));
          expect(parts.length).toBeGreaterThan(0);
          parts.forEach((part, index) => {
            expect(part).toBeGreaterThanOrEqual(-1e-9);
            expect(part).toBeLessThanOrEqual(1 + 1e-9);
            if (index) expect(part - (parts[index - 1] as number)).toBeGreaterThanOrEqual(0.1 - 1e-9);
          });
        },
      ),
    );
  });

  it("is read in Hz and kHz", () => {
    expect([0, 999.4, 1000, 1234, 12_000].map((hertz) => formatHertz(hertz))).toEqual([
      "0 Hz",
      "999 Hz",
      "1 kHz",
      "1.23 kHz",
      "12 kHz",
    ]);
  });
});

describe("the grid", () => {
  it("has columns about as wide as a pixel, and not finer than a window can tell apart", () => {
    expect(levelFor(300, ANALYSIS, 16_000)).toBe(8);
    expect(levelFor(0.01, ANALYSIS, 16_000)).toBe(4);
    expect(levelFor(1e15, ANALYSIS, 16_000)).toBe(30);
    expect(windowSamples({ ...ANALYSIS, window: "gaussian" }, 16_000)).toBe(960);
    expect(windowSamples(ANALYSIS, 1e9)).toBe(65_536);
  });

  it("begins with what the sound has", () => {
    expect(new SpectralView(44_100).range()).toEqual([0, 8000]);
    expect(new SpectralView(8000).range()).toEqual([0, 4000]);
  });
});

describe("colours", () => {
  const lightness = (table: Uint8ClampedArray, value: number): number =>
    0.2126 * (table[4 * value] ?? 0) + 0.7152 * (table[4 * value + 1] ?? 0) + 0.0722 * (table[4 * value + 2] ?? 0);

  it.each(["viridis", "magma", "inferno"] as const)("of %s grow lighter with the level", (name) => {
    const table = colorTable(name);
    for (let value = 4; value < 256; value += 4)
      expect(lightness(table, value)).toBeGreaterThan(lightness(table, value - 4));
  });

  it("of grey grow darker, as in Praat", () => {
    const table = colorTable("grey");
    expect([...table.slice(0, 4), ...table.slice(-4)]).toEqual([255, 255, 255, 255, 0, 0, 0, 255]);
  });

  it("are spread over the dynamic range", () => {
    const table = levelColors({ map: "grey", loudest: -20, range: 80 });
    const at = (level: number) => table[4 * (level + 124) * 2];
    expect([at(-120), at(-100), at(-60), at(-20), at(0)]).toEqual([255, 255, 127, 0, 0]);
  });
});

describe("a store of tiles", () => {
  const settle = () => new Promise((resume) => setTimeout(resume));

  it("asks for two at a time, the wanted ones only, each once", async () => {
    const store = new TileStore<Uint8Array>(1e6);
    const asked: string[] = [];
    const release: (() => void)[] = [];
    const want = (...keys: string[]) =>
      store.want(
        keys.map((key) => ({
          key,
          fetch: () => {
            asked.push(key);
            return new Promise((resolve) => release.push(() => resolve(new Uint8Array(10))));
          },
        })),
      );
    want("a", "b", "c", "d");
    want("b", "e");
    expect(asked).toEqual(["a", "b"]);
    for (const one of release.splice(0)) one();
    await settle();
    expect(asked).toEqual(["a", "b", "e"]);
    expect(store.get("a")).toHaveLength(10);
    want("a", "b");
    expect(asked).toHaveLength(3);
  });

  it("keeps no more bytes than it may, those used last", async () => {
    const store = new TileStore<Uint8Array>(3000);
    const load = async (key: string) => {
      store.want([{ key, fetch: async () => new Uint8Array(1000) }]);
      await settle();
    };
    await load("a");
    await load("b");
    store.get("a");
    await load("c");
    expect(store.bytes).toBeLessThanOrEqual(3000);
    expect(["a", "b", "c"].map((key) => store.get(key) !== undefined)).toEqual([true, false, true]);
    expect(store.version.value).toBe(3);
  });

  it("says why a tile is missing, and asks again only when told to", async () => {
    const store = new TileStore<Uint8Array>(3000);
    let asked = 0;
    const wanted = [
      {
        key: "a",
        fetch: async () => {
          asked += 1;
          if (asked === 1) throw new Error("no parselmouth");
          return new Uint8Array(1);
        },
      },
    ];
    store.want(wanted);
    await settle();
    store.want(wanted);
    expect([store.error.value, asked]).toEqual(["no parselmouth", 1]);
    store.retry();
    await settle();
    expect([store.error.value, asked]).toEqual(["", 2]);
    store.dispose();
    store.want(wanted);
    expect(store.get("a")).toBeUndefined();
  });

  it("says why a tile is missing as long as it is wanted, whatever else comes", async () => {
    const store = new TileStore<Uint8Array>(3000);
    let away = true;
    const bad = {
      key: "bad",
      fetch: async () => {
        if (away) throw new Error("the disk is away");
        return new Uint8Array(1);
      },
    };
    const good = (key: string) => ({ key, fetch: async () => new Uint8Array(1) });
    store.want([bad, good("a")]);
    await settle();
    expect([store.error.value, store.get("a")?.length]).toEqual(["the disk is away", 1]);
    store.want([good("b")]);
    await settle();
    expect(store.error.value).toBe("");
    store.want([bad, good("b")]);
    expect(store.error.value).toBe("the disk is away");
    away = false;
    store.retry();
    await settle();
    expect([store.error.value, store.get("bad")?.length]).toEqual(["", 1]);
  });

  it("has tiles as wide as the wire says", () => {
    expect([SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS]).toEqual([128, 256]);
  });
});
