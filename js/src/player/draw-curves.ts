// Draws pitch and intensity as lines with gaps, and their axes at the right. Knows no session and no host.
import { formatHertz } from "../core/frequencies";
import type { CurveOptions } from "../core/spectral-view";
import type { Viewport } from "../core/viewport";
import type { CurveTile } from "../hosts/port";

/** The intensities in dB at the foot and the top of the axis, as in Praat. */
const INTENSITY = [50, 100] as const;
export const CURVE_COLORS = { pitch: "#4cc9ff", intensity: "#ffe14d" } as const;
/** Under the lines and labels, so that they show on any colour. */
const CASING = "rgb(0 0 0 / 0.8)";

interface Line {
  readonly color: string;
  readonly low: number;
  readonly high: number;
  readonly values: (tile: CurveTile) => Float64Array;
  readonly label: (value: number) => string;
}

export function linesOf(options: CurveOptions): Line[] {
  const lines: Line[] = [];
  const { floor, ceiling } = options;
  const [low, high] = INTENSITY;
  if (options.intensity) {
    const label = (value: number): string => `${value} dB`;
    lines.push({ color: CURVE_COLORS.intensity, low, high, values: (tile) => tile.intensity, label });
  }
  if (options.pitch) {
    const { pitch: color } = CURVE_COLORS;
    lines.push({
      color,
      low: floor,
      high: ceiling,
      values: (tile) => tile.pitch,
      label: (hertz) => formatHertz(hertz),
    });
  }
  return lines;
}

export function drawCurves(
  context: CanvasRenderingContext2D,
  tiles: readonly CurveTile[],
  options: CurveOptions,
  view: Viewport,
  size: { readonly width: number; readonly height: number },
): void {
  const lines = linesOf(options);
  for (const line of lines) {
    const path = pathOf(tiles, line, view, size);
    for (const [color, wide] of [
      [CASING, 4],
      [line.color, 2],
    ] as const) {
      context.strokeStyle = color;
      context.lineWidth = wide;
      context.lineJoin = "round";
      context.stroke(path);
    }
  }
  drawAxes(context, lines, size);
}

function pathOf(
  tiles: readonly CurveTile[],
  { values, low, high }: Line,
  view: Viewport,
  { width, height }: { readonly width: number; readonly height: number },
): Path2D {
  const path = new Path2D();
  const pixels = width / (view.end - view.start);
  let last = Number.NEGATIVE_INFINITY;
  for (const tile of tiles) {
    const found = values(tile);
    tile.times.forEach((time, index) => {
      const value = found[index] as number;
      if (Number.isNaN(value)) return;
      const [x, y] = [(time - view.start) * pixels, height * (1 - (value - low) / (high - low))];
      // A frame left out is a gap: Praat's frames are 10 ms apart.
      if (time - last > 0.015) path.moveTo(x - 0.5, y);
      path.lineTo(x, y);
      last = time;
    });
  }
  return path;
}

function drawAxes(
  context: CanvasRenderingContext2D,
  lines: readonly Line[],
  { width, height }: { readonly width: number; readonly height: number },
): void {
  context.textAlign = "right";
  context.textBaseline = "middle";
  let right = width - 4;
  for (const { color, low, high, label } of [...lines].reverse()) {
    let widest = 0;
    for (const part of [0, 0.5, 1]) {
      const text = label(Math.round(low + part * (high - low)));
      const y = Math.min(height - 8, Math.max(8, height * (1 - part)));
      const wide = context.measureText(text).width;
      context.fillStyle = CASING;
      context.fillRect(right - wide - 3, y - 7, wide + 6, 14);
      context.fillStyle = color;
      context.fillText(text, right, y);
      widest = Math.max(widest, wide);
    }
    right -= widest + 10;
  }
  context.textAlign = "left";
}
