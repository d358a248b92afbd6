// A waveform's columns as pixels: what is covered is what rectangles of the same columns cover.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ColumnPicture, drawPeaks } from "../src/player/draw-peaks";
import type { PeakWindow } from "../src/player/peaks";

const [WIDTH, HEIGHT, COLOR] = [40, 60, "#102030"];

class Canvas {
  readonly canvas = { width: WIDTH, height: HEIGHT };
  readonly covered = Array.from({ length: WIDTH }, () => new Float64Array(HEIGHT));
  image: Uint8ClampedArray | null = null;

  createImageData(width: number, height: number): unknown {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  putImageData({ data }: ImageData): void {
    this.image = data;
  }

  fillRect(left: number, top: number, _width: number, height: number): void {
    for (let y = 0; y < HEIGHT; y += 1) {
      const share = Math.min(y + 1, top + height) - Math.max(y, top);
      if (share > 0) (this.covered[left] as Float64Array)[y] = share;
    }
  }
}

const sample = fc.integer({ min: -32768, max: 32767 });

test("covers what rectangles cover", () => {
  const columns = fc.array(fc.tuple(sample, sample), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(
      columns,
      fc.integer({ min: 1, max: 2 }),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      (all, count, at) => {
        const peaks = {
          level: 2,
          first: 0,
          channels: Array.from({ length: count }, () =>
            Int16Array.from(all.flatMap(([a, b]) => [Math.min(a, b), Math.max(a, b)])),
          ),
        } as unknown as PeakWindow;
        const view = { start: at, end: at + 1.1, rate: 1000 };
        const canvas = new Canvas();
        const context = canvas as unknown as CanvasRenderingContext2D;
        expect(new ColumnPicture().draw(context, peaks, view, COLOR)).toBe(true);
        drawPeaks(context, peaks, view, WIDTH, HEIGHT);
        const data = canvas.image as Uint8ClampedArray;
        for (let x = 0; x < WIDTH; x += 1) {
          for (let y = 0; y < HEIGHT; y += 1) {
            const place = 4 * (y * WIDTH + x);
            const share = (canvas.covered[x] as Float64Array)[y] as number;
            expect(Math.abs((data[place + 3] as number) - 255 * share)).toBeLessThanOrEqual(1);
            if (data[place + 3]) expect([...data.subarray(place, place + 3)]).toEqual([0x10, 0x20, 0x30]);
          }
        }
      },
    ),
  );
});

test("leaves a line through samples to be drawn by others", () => {
  const peaks = { level: 0, first: 0, channels: [new Int16Array(20)] } as unknown as PeakWindow;
  const context = new Canvas() as unknown as CanvasRenderingContext2D;
  expect(new ColumnPicture().draw(context, peaks, { start: 0, end: 0.01, rate: 1000 }, COLOR)).toBe(false);
});
