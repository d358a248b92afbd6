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
  const lane = height / Math.max(1, peaks.channels.length);
  const pixels = width / (view.end - view.start);
  const step = (4 ** peaks.level / view.rate) * pixels;
  const origin = (peaks.first * 4 ** peaks.level) / view.rate;
  const left = (origin - view.start) * pixels;
  peaks.channels.forEach((columns, channel) => {
    const middle = lane * (channel + 0.5);
    const scale = (lane * 0.48) / 32768;
    if (peaks.level === 0 && step >= LINE_STEP) drawSamples(context, columns, left, step, middle, scale);
    else drawColumns(context, pixelsOf(columns, left, step, width), middle, scale);
  });
}

/**
 * For each of `width` pixels the lowest and highest value, in turn, of all columns that reach into it; columns are
 * `step` pixels wide from `left` on. The lowest is above the highest where nothing is known.
 */
export function pixelsOf(columns: Int16Array, left: number, step: number, width: number): Int16Array {
  const count = Math.max(0, Math.ceil(width));
  const pixels = new Int16Array(2 * count);
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
  context.beginPath();
  for (let pixel = 0; 2 * pixel < pixels.length; pixel += 1) {
    const low = pixels[2 * pixel] as number;
    const high = pixels[2 * pixel + 1] as number;
    if (low <= high) context.rect(pixel, middle - high * scale, 1, Math.max(1, (high - low) * scale));
  }
  context.fill();
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
