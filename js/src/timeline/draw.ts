// Draws the visible part of the tracks and the ruler on a canvas. Knows geometry and colours, no events.
import { compareSegments, type Document } from "../core/document";
import type { Preview } from "../core/session";
import { parted } from "../core/suggestions";
import { formatClock, rulerDigits, rulerStep } from "../core/time";
import type { Segment } from "../core/types";
import type { Viewport } from "../core/viewport";
import { fitText } from "./fit-text";
import { type Row, timeToX } from "./layout";
import { type Box, type Shapes, shapesOf } from "./shapes";

/** Fill and edge of a track's segments; `faint` fills those that are only suggested. */
export interface SegmentColors {
  readonly fill: string;
  readonly faint: string;
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
/** Narrower than this, in px, a segment has straight corners. */
const ROUND = 10;
/** Narrower than this, in px, a segment bears no text. */
const WORDY = 32;
/** Dashes and gaps, in px, around what is only suggested. */
const DASHES = [5, 3];

export function drawTracks(context: CanvasRenderingContext2D, scene: TrackScene): void {
  const { document, rows, width, height, colors } = scene;
  context.clearRect(0, 0, width, height);
  context.font = colors.font;
  context.textBaseline = "middle";
  const dragged = scene.previews.length ? new Set(scene.previews.map(({ id }) => id ?? "")) : null;
  const chosen = chosenLists(document, scene.selectedIds);
  for (const row of rows) {
    context.fillStyle = scene.selectedTracks.has(row.track) ? colors.selectedLane : colors.lane;
    context.fillRect(0, row.top, width, row.height);
    context.fillStyle = colors.line;
    context.fillRect(0, row.top + row.height - 1, width, 1);
    const color = colors.palette[scene.color(row.track) % colors.palette.length];
    if (color) drawLane(context, scene, row, color, chosen.get(row.track), dragged);
    if (scene.isLocked(row.track)) hatch(context, row, width, colors.line);
  }
}

/** All segments of a lane in one path, suggestions in another, then their texts. */
function drawLane(
  context: CanvasRenderingContext2D,
  scene: TrackScene,
  row: Row,
  color: SegmentColors,
  chosen: readonly Segment[] | undefined,
  dragged: ReadonlySet<string> | null,
): void {
  const all = parted(scene.document.byTrack.get(row.track) ?? []);
  const selected = parted(chosen ?? []);
  if (all.open.length) {
    context.setLineDash(DASHES);
    drawShapes(
      context,
      scene,
      row,
      [all.open, selected.open],
      { fill: color.faint, edge: color.edge, width: 1.5 },
      dragged,
    );
    context.setLineDash([]);
  }
  drawShapes(context, scene, row, [all.others, selected.others], { ...color, width: 1 }, dragged);
  for (const preview of scene.previews)
    if (preview.track === row.track) drawPreview(context, scene, row, preview, color);
}

/** Segments of a lane, the frames of the selected ones, and their texts. */
function drawShapes(
  context: CanvasRenderingContext2D,
  scene: TrackScene,
  row: Row,
  [list, chosen]: readonly [readonly Segment[], readonly Segment[]],
  look: { readonly fill: string; readonly edge: string; readonly width: number },
  dragged: ReadonlySet<string> | null,
): void {
  const { view, width, colors } = scene;
  const shapes = shapesOf(list, view, width, dragged);
  context.fillStyle = look.fill;
  context.strokeStyle = look.edge;
  context.lineWidth = look.width;
  trace(context, shapes, row, width);
  context.fill();
  context.stroke();
  if (chosen.length) {
    context.strokeStyle = colors.accent;
    context.lineWidth = 2;
    trace(context, shapesOf(chosen, view, width, dragged), row, width);
    context.stroke();
  }
  context.fillStyle = colors.text;
  for (const { segment, left, right } of shapes.boxes) {
    if (right - left >= WORDY) drawLabel(context, scene, row, segment, left, right);
  }
}

interface Outlines {
  readonly boxes: readonly Pick<Box, "left" | "right">[];
  readonly runs: Shapes["runs"];
}

/** Make the outlines of shapes the context's path. */
function trace(context: CanvasRenderingContext2D, { boxes, runs }: Outlines, row: Row, width: number): void {
  const top = row.top + INSET;
  const height = row.height - 2 * INSET - 1;
  context.beginPath();
  for (let index = 0; index < runs.length; index += 2) {
    const left = runs[index] as number;
    context.rect(left, top, (runs[index + 1] as number) - left, height);
  }
  for (const box of boxes) {
    const left = Math.max(box.left, -4);
    const size = Math.min(box.right, width + 4) - left;
    if (size < ROUND) context.rect(left, top, size, height);
    else context.roundRect(left, top, size, height, 4);
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

function drawPreview(
  context: CanvasRenderingContext2D,
  scene: TrackScene,
  row: Row,
  preview: Preview,
  color: SegmentColors,
): void {
  const { document, view, width, colors, selectedIds } = scene;
  const left = timeToX(preview.start, view, width);
  const right = Math.max(timeToX(preview.end, view, width), left + 1.5);
  const own = preview.id === null ? undefined : document.segments.get(preview.id);
  const chosen = own !== undefined && selectedIds.has(own.id);
  context.fillStyle = color.fill;
  context.strokeStyle = chosen ? colors.accent : color.edge;
  context.lineWidth = chosen ? 2 : 1;
  trace(context, { runs: [], boxes: [{ left, right }] }, row, width);
  context.fill();
  context.stroke();
  context.fillStyle = colors.text;
  if (own && right - left >= WORDY) drawLabel(context, scene, row, own, left, right);
}

function drawLabel(
  context: CanvasRenderingContext2D,
  { width, colors, label }: TrackScene,
  row: Row,
  segment: Segment,
  left: number,
  right: number,
): void {
  const from = Math.max(left, 0) + 6;
  const shown = fitText(context, colors.font, label(segment), Math.min(right, width) - from - 4);
  if (shown) context.fillText(shown, from, row.top + row.height / 2);
}

// A selection is never changed in place, so its lists hold as long as the document they were made for.
const listsOf = new WeakMap<ReadonlySet<string>, { document: Document; lists: ReadonlyMap<string, Segment[]> }>();

/** The selected segments of each track, in order. */
function chosenLists(document: Document, selected: ReadonlySet<string>): ReadonlyMap<string, readonly Segment[]> {
  const known = listsOf.get(selected);
  if (known?.document === document) return known.lists;
  const lists = new Map<string, Segment[]>();
  for (const id of selected) {
    const segment = document.segments.get(id);
    if (!segment) continue;
    const list = lists.get(segment.track);
    if (list) list.push(segment);
    else lists.set(segment.track, [segment]);
  }
  for (const list of lists.values()) list.sort(compareSegments);
  listsOf.set(selected, { document, lists });
  return lists;
}

export interface RulerColors {
  readonly text: string;
  readonly line: string;
  readonly font: string;
}

/** So far from the left edge a time begins, in px: a playhead at the edge covers none of it. */
const RULER_INSET = 4;

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
    if (x + half <= width + 1) context.fillText(text, Math.max(x - half, RULER_INSET), 3);
  }
}
