// Draws a window of peaks: min to max columns, and single samples when they are far enough apart.
import type { PeakWindow } from "./peaks";

export interface PeakView {
  readonly start: number;
  readonly end: number;
  readonly rate: number;
}

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
    if (peaks.level === 0 && step > 2) drawSamples(context, columns, left, step, middle, scale);
    else drawColumns(context, columns, left, step, middle, scale, width);
  });
}

function drawColumns(
  context: CanvasRenderingContext2D,
  columns: Int16Array,
  left: number,
  step: number,
  middle: number,
  scale: number,
  width: number,
): void {
  context.beginPath();
  let pixel = Number.NEGATIVE_INFINITY;
  let low = 0;
  let high = 0;
  const flush = () => {
    if (pixel >= 0 && pixel < width) context.rect(pixel, middle - high * scale, 1, Math.max(1, (high - low) * scale));
  };
  for (let index = 0; index * 2 < columns.length; index += 1) {
    const [min, max] = [columns[index * 2] as number, columns[index * 2 + 1] as number];
    const from = Math.floor(left + index * step);
    const to = Math.max(from, Math.ceil(left + (index + 1) * step) - 1);
    for (let x = from; x <= to; x += 1) {
      if (x === pixel) {
        low = Math.min(low, min);
        high = Math.max(high, max);
      } else if (x > pixel) {
        flush();
        [pixel, low, high] = [x, min, max];
      }
    }
  }
  flush();
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
  for (let index = 0; index * 2 < columns.length; index += 1) {
    context.lineTo(left + index * step, middle - (columns[index * 2] as number) * scale);
  }
  context.stroke();
  if (step < 8) return;
  context.beginPath();
  for (let index = 0; index * 2 < columns.length; index += 1) {
    const [x, y] = [left + index * step, middle - (columns[index * 2] as number) * scale];
    context.moveTo(x + 2, y);
    context.arc(x, y, 2, 0, 2 * Math.PI);
  }
  context.fill();
}
