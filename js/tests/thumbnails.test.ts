// Thumbnails: the grid they stand on, what is asked for and kept. Against plain computations and pictures in memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thumbnailGrid } from "../src/core/thumbnail-grid";
import type { MediaPort } from "../src/hosts/port";
import { Thumbnails } from "../src/player/thumbnails";

describe("the grid", () => {
  const windows = fc.record({
    start: fc.double({ min: 0, max: 5000, noNaN: true }),
    length: fc.double({ min: 0.001, max: 5000, noNaN: true }),
    width: fc.integer({ min: 50, max: 3000 }),
    picture: fc.integer({ min: 40, max: 200 }),
  });

  it("covers the window with cells at most as wide as a picture, and not much narrower", () => {
    fc.assert(
      fc.property(windows, ({ start, length, width, picture }) => {
        const view = { start, end: start + length };
        const { step, starts } = thumbnailGrid(view, width, picture, 10_000);
        const wide = (step / length) * width;
        expect(wide).toBeLessThanOrEqual(picture * (1 + 1e-9));
        expect(wide).toBeGreaterThan(picture * 0.79);
        expect(starts[0] ?? 0).toBeLessThanOrEqual(start);
        expect((starts.at(-1) ?? 0) + step).toBeGreaterThanOrEqual(view.end - 1e-9);
        expect(starts.length).toBeLessThan(width / (picture * 0.79) + 2);
      }),
    );
  });

  it("stays where it is while the window is scrolled", () => {
    fc.assert(
      fc.property(windows, ({ start, length, width, picture }) => {
        const here = thumbnailGrid({ start, end: start + length }, width, picture, 10_000);
        const there = thumbnailGrid({ start: start + length / 2, end: start + length * 1.5 }, width, picture, 10_000);
        fc.pre(here.step === there.step);
        const shared = there.starts.filter((time) => time < start + length);
        expect(here.starts).toEqual(expect.arrayContaining(shared));
      }),
    );
  });

  it("ends with the media, and takes only the very frame when zoomed in", () => {
    const whole = thumbnailGrid({ start: 0, end: 100 }, 1000, 80, 30);
    expect(whole.starts.at(-1)).toBeLessThan(30);
    expect(whole.within).toBe(whole.step / 2);
    expect(thumbnailGrid({ start: 0, end: 1 }, 1000, 80, 30).within).toBe(0);
  });
});

/** Pictures by their time; answers come when they are let through. */
class Film implements Pick<MediaPort, "thumbnails"> {
  readonly asked: number[][] = [];
  readonly closed: number[] = [];
  failure = "";
  #waiting: (() => void)[] = [];

  async thumbnails(times: readonly number[]): Promise<readonly (ImageBitmap | null)[]> {
    this.asked.push([...times]);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.failure) throw new Error(this.failure);
    return times.map((time) => ({ width: time, height: 1, close: () => this.closed.push(time) }) as ImageBitmap);
  }

  async answer(): Promise<void> {
    for (const resolve of this.#waiting.splice(0)) resolve();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

describe("pictures", () => {
  const open = () => {
    const film = new Film();
    return { film, kept: new Thumbnails(film as unknown as MediaPort) };
  };
  const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

  it("come a few at a time, one request after the other, and none twice", async () => {
    const { film, kept } = open();
    kept.want([...upTo(10), 3, 3], 0);
    expect(film.asked).toEqual([upTo(8)]);
    await film.answer();
    await film.answer();
    expect(film.asked).toEqual([upTo(8), [8, 9]]);
    kept.want([4, 5, 10], 0);
    expect(film.asked.at(-1)).toEqual([10]);
    expect(kept.get(5, 0, 0)?.width).toBe(5);
  });

  it("of a window that was left are not asked for any more", async () => {
    const { film, kept } = open();
    kept.want(upTo(30), 0);
    kept.want(upTo(2, 100), 0);
    await film.answer();
    expect(film.asked).toEqual([upTo(8), [100, 101]]);
  });

  it("near by stand for those still to come", async () => {
    const { film, kept } = open();
    kept.want([0, 4, 8], 2);
    await film.answer();
    expect(kept.get(5, 0, 2)?.width).toBe(4);
    expect(kept.get(6.5, 0, 2)?.width).toBe(8);
    expect(kept.get(20, 0, 2)).toBeNull();
  });

  it("that can't be made say why, until some can", async () => {
    const { film, kept } = open();
    film.failure = "the file is gone";
    kept.want([1], 0);
    await film.answer();
    expect(kept.error.value).toBe("the file is gone");
    film.failure = "";
    kept.want([1], 0);
    await film.answer();
    expect([kept.error.value, kept.get(1, 0, 0)?.width]).toEqual(["", 1]);
  });

  it("are let go of, the oldest first, and all in the end", async () => {
    const { film, kept } = open();
    for (let from = 0; from < 480; from += 8) {
      kept.want(upTo(8, from), 0);
      await film.answer();
    }
    expect(film.closed).toEqual(upTo(80));
    kept.dispose();
    expect(film.closed).toHaveLength(480);
  });
});
