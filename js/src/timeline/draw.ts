// Draws the visible part of the tracks and the ruler on a canvas. Knows geometry and colours, no events.
import type { Document } from "../core/document";
import type { Preview } from "../core/session";
import { formatClock, rulerDigits, rulerStep } from "../core/time";
import type { Segment } from "../core/types";
import type { Viewport } from "../core/viewport";
import { longest, type Row, timeToX, visible } from "./layout";

/** Fill and edge of a track's segments. */
export interface SegmentColors {
  readonly fill: string;
  readonly edge: string;
}

export interface TrackColors {
  readonly lane: string;
  readonly line: string;
  readonly selectedLane: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly font: string;
  readonly palette: readonly SegmentColors[];
}

export interface TrackScene {
  readonly document: Document;
  readonly rows: readonly Row[];
  readonly view: Viewport;
  readonly width: number;
  readonly height: number;
  readonly selectedIds: ReadonlySet<string>;
  readonly selectedTracks: ReadonlySet<string>;
  readonly previews: readonly Preview[];
  readonly colors: TrackColors;
  /** Place of a track's colour in the palette. */
  color(track: string): number;
  isLocked(track: string): boolean;
  /** Text written on a segment. */
  label(segment: Segment): string;
}

const INSET = 5;

export function drawTracks(context: CanvasRenderingContext2D, scene: TrackScene): void {
  const { rows, width, height, colors } = scene;
  context.clearRect(0, 0, width, height);
  context.font = colors.font;
  context.textBaseline = "middle";
  for (const row of rows) {
    context.fillStyle = scene.selectedTracks.has(row.track) ? colors.selectedLane : colors.lane;
    context.fillRect(0, row.top, width, row.height);
    context.fillStyle = colors.line;
    context.fillRect(0, row.top + row.height - 1, width, 1);
    drawLane(context, scene, row);
    if (scene.isLocked(row.track)) hatch(context, row, width, colors.line);
  }
}

function drawLane(context: CanvasRenderingContext2D, scene: TrackScene, row: Row): void {
  const { document, view, colors, previews, label } = scene;
  const color = colors.palette[scene.color(row.track) % colors.palette.length];
  if (!color) return;
  const list = document.byTrack.get(row.track) ?? [];
  const dragged = new Set(previews.map((preview) => preview.id));
  for (const segment of visible(list, view, longest(list))) {
    if (!dragged.has(segment.id)) drawSegment(context, scene, row, segment, color, label(segment));
  }
  for (const preview of previews.filter(({ track }) => track === row.track)) {
    const own = preview.id === null ? undefined : document.segments.get(preview.id);
    drawSegment(context, scene, row, preview, color, own ? label(own) : "");
  }
}

/** Slanted lines over a row say that its segments cannot be changed. */
function hatch(context: CanvasRenderingContext2D, { top, height }: Row, width: number, color: string): void {
  context.save();
  context.beginPath();
  context.rect(0, top, width, height);
  context.clip();
  context.beginPath();
  for (let x = -height; x < width; x += 14) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.globalAlpha = 0.7;
  context.stroke();
  context.restore();
}

function drawSegment(
  context: CanvasRenderingContext2D,
  scene: TrackScene,
  { top, height }: Row,
  segment: Preview | Segment,
  color: SegmentColors,
  label: string,
): void {
  const { view, width, colors } = scene;
  const left = Math.max(timeToX(segment.start, view, width), -4);
  const right = Math.min(timeToX(segment.end, view, width), width + 4);
  const size = Math.max(1.5, right - left);
  const chosen = segment.id !== null && scene.selectedIds.has(segment.id);
  context.beginPath();
  context.roundRect(left, top + INSET, size, height - 2 * INSET - 1, Math.min(4, size / 2));
  context.fillStyle = color.fill;
  context.fill();
  context.lineWidth = chosen ? 2 : 1;
  context.strokeStyle = chosen ? colors.accent : color.edge;
  context.stroke();
  if (size < 24 || !label) return;
  context.save();
  context.clip();
  context.fillStyle = colors.text;
  context.fillText(label, Math.max(left, 0) + 6, top + height / 2);
  context.restore();
}

export interface RulerColors {
  readonly text: string;
  readonly line: string;
  readonly font: string;
}

/** Marks with times at round places, five small ones between them. */
export function drawRuler(
  context: CanvasRenderingContext2D,
  view: Viewport,
  width: number,
  height: number,
  colors: RulerColors,
): void {
  context.clearRect(0, 0, width, height);
  context.font = colors.font;
  context.textBaseline = "top";
  const step = rulerStep(((view.end - view.start) / width) * 90);
  const digits = rulerDigits(step);
  context.fillStyle = colors.line;
  const small = step / 5;
  for (let index = Math.ceil(view.start / small); index * small <= view.end; index += 1) {
    const tall = index % 5 === 0;
    context.fillRect(Math.round(timeToX(index * small, view, width)), height - (tall ? 8 : 4), 1, tall ? 8 : 4);
  }
  context.fillStyle = colors.text;
  for (let index = Math.ceil(view.start / step); index * step <= view.end; index += 1) {
    const text = formatClock(index * step, digits);
    const x = timeToX(index * step, view, width);
    const half = context.measureText(text).width / 2;
    if (x + half <= width + 1) context.fillText(text, Math.max(x - half, 0), 3);
  }
}
