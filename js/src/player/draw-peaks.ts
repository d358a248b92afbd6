// Draws a window of peaks: min to max columns, and a line through single samples when a pixel has few of them.
import type { PeakWindow } from "./peaks";

export interface PeakView {
  readonly start: number;
  readonly end: number;
  readonly rate: number;
}

/** Pixels between two samples from which on a line joins them. */
const LINE_STEP = 0.5;
/** And from which on each has a dot. */
const DOT_STEP = 8;

/** Fill a canvas of width x height pixels with the waveform, channels below each other, in the present fill colour. */
export function drawPeaks(
  context: CanvasRenderingContext2D,
  peaks: PeakWindow,
  view: PeakView,
  width: number,
  height: number,
): void {
  const { lane, left, step } = placesOf(peaks, view, width, height);
  peaks.channels.forEach((columns, channel) => {
    const middle = lane * (channel + 0.5);
    const scale = (lane * 0.48) / 32768;
    if (isLine(peaks, step)) drawSamples(context, columns, left, step, middle, scale);
    else drawColumns(context, pixelsOf(columns, left, step, width), middle, scale);
  });
}

/** The height of a channel, where the first column begins, and how wide each is, in px. */
function placesOf(peaks: PeakWindow, view: PeakView, width: number, height: number) {
  const pixels = width / (view.end - view.start);
  const origin = (peaks.first * 4 ** peaks.level) / view.rate;
  return {
    lane: height / Math.max(1, peaks.channels.length),
    left: (origin - view.start) * pixels,
    step: (4 ** peaks.level / view.rate) * pixels,
  };
}

function isLine(peaks: PeakWindow, step: number): boolean {
  return peaks.level === 0 && step >= LINE_STEP;
}

let scratch = new Int16Array();

/**
 * For each of `width` pixels the lowest and highest value, in turn, of all columns that reach into it; columns are
 * `step` pixels wide from `left` on. The lowest is above the highest where nothing is known. What is returned holds until the
 * next call: an array for each frame would have the browser clear up in many of them.
 */
export function pixelsOf(columns: Int16Array, left: number, step: number, width: number): Int16Array {
  const count = Math.max(0, Math.ceil(width));
  if (scratch.length < 2 * count) scratch = new Int16Array(2 * count);
  const pixels = scratch.subarray(0, 2 * count);
  for (let pixel = 0; pixel < count; pixel += 1) {
    pixels[2 * pixel] = 32767;
    pixels[2 * pixel + 1] = -32768;
  }
  const begin = Math.max(0, Math.floor(-left / step) - 1);
  const end = Math.min(columns.length / 2, Math.ceil((count - left) / step) + 1);
  for (let column = begin; column < end; column += 1) {
    const low = columns[2 * column] as number;
    const high = columns[2 * column + 1] as number;
    const from = Math.floor(left + column * step);
    const last = Math.min(count - 1, Math.max(from, Math.ceil(left + (column + 1) * step) - 1));
    for (let pixel = Math.max(0, from); pixel <= last; pixel += 1) {
      if (low < (pixels[2 * pixel] as number)) pixels[2 * pixel] = low;
      if (high > (pixels[2 * pixel + 1] as number)) pixels[2 * pixel + 1] = high;
    }
  }
  return pixels;
}

function drawColumns(context: CanvasRenderingContext2D, pixels: Int16Array, middle: number, scale: number): void {
  for (let pixel = 0; 2 * pixel < pixels.length; pixel += 1) {
    const low = pixels[2 * pixel] as number;
    const high = pixels[2 * pixel + 1] as number;
    if (low <= high) context.fillRect(pixel, middle - high * scale, 1, Math.max(1, (high - low) * scale));
  }
}

/**
 * A picture of a waveform's columns, written pixel by pixel: where no graphics card helps, a thousand rectangles in each
 * frame take ten times as long. It replaces what is on a canvas, whose pixels are those of the columns.
 */
export class ColumnPicture {
  #image: ImageData | null = null;
  #pixels = new Uint32Array();

  /** Draw as `drawPeaks` does, in a colour `#rrggbb`; false where a line through samples is to be drawn instead. */
  draw(context: CanvasRenderingContext2D, peaks: PeakWindow, view: PeakView, color: string): boolean {
    const { width, height } = context.canvas;
    const { lane, left, step } = placesOf(peaks, view, width, height);
    if (isLine(peaks, step) || !width || !height) return false;
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = context.createImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    this.#pixels.fill(0);
    const rgb = Number.parseInt(color.slice(1), 16);
    // Little-endian: red is first in memory.
    const ink = ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16);
    peaks.channels.forEach((columns, channel) => {
      this.#columns(pixelsOf(columns, left, step, width), lane * (channel + 0.5), (lane * 0.48) / 32768, ink);
    });
    context.putImageData(this.#image, 0, 0);
    return true;
  }

  #columns(found: Int16Array, middle: number, scale: number, ink: number): void {
    const { width, height } = this.#image as ImageData;
    const pixels = this.#pixels;
    const full = (ink | 0xff000000) >>> 0;
    for (let x = 0; x < width; x += 1) {
      const low = found[2 * x] as number;
      const high = found[2 * x + 1] as number;
      if (low > high) continue;
      const top = Math.max(0, middle - high * scale);
      const bottom = Math.min(height, top + Math.max(1, (high - low) * scale));
      const first = Math.ceil(top);
      const last = Math.floor(bottom);
      for (let y = first, at = first * width + x; y < last; y += 1, at += width) pixels[at] = full;
      // The share of the pixels at both ends that is covered.
      if (first > top) pixels[(first - 1) * width + x] = shaded(ink, Math.min(first, bottom) - top);
      if (bottom > last && last >= first) pixels[last * width + x] = shaded(ink, bottom - last);
    }
  }
}

function shaded(ink: number, share: number): number {
  return (ink | (Math.round(255 * share) << 24)) >>> 0;
}

function drawSamples(
  context: CanvasRenderingContext2D,
  columns: Int16Array,
  left: number,
  step: number,
  middle: number,
  scale: number,
): void {
  context.strokeStyle = context.fillStyle;
  context.lineWidth = 1.25;
  context.beginPath();
  let joined = false;
  for (let index = 0; index * 2 < columns.length; index += 1) {
    const value = columns[index * 2] as number;
    const known = value <= (columns[index * 2 + 1] as number);
    const [x, y] = [left + index * step, middle - value * scale];
    if (known && joined) context.lineTo(x, y);
    else if (known) context.moveTo(x, y);
    joined = known;
  }
  context.stroke();
  if (step < DOT_STEP) return;
  context.beginPath();
  for (let index = 0; index * 2 < columns.length; index += 1) {
    if ((columns[index * 2] as number) > (columns[index * 2 + 1] as number)) continue;
    const [x, y] = [left + index * step, middle - (columns[index * 2] as number) * scale];
    context.moveTo(x + 2, y);
    context.arc(x, y, 2, 0, 2 * Math.PI);
  }
  context.fill();
}
