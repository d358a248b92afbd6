// Draws the visible part of the tracks and the ruler on a canvas. Knows geometry and colours, no events.
import { compareSegments, type Document } from "../core/document";
import type { Preview } from "../core/session";
import { parted } from "../core/suggestions";
import { formatClock, rulerDigits, rulerStep } from "../core/time";
import type { Segment } from "../core/types";
import type { Viewport } from "../core/viewport";
import { fitText } from "./fit-text";
import { type Row, timeToX } from "./layout";
import { type Shapes, Spans, shapesOf } from "./shapes";

/**
 * Fill and edge of a track's segments; `faint` fills those that are only suggested. What `fill` gives over a lane, and
 * over a selected one, is `solid` and `solidSelected`.
 */
export interface SegmentColors {
  readonly fill: string;
  readonly faint: string;
  readonly edge: string;
  readonly solid: string;
  readonly solidSelected: string;
}

export interface TrackColors {
  readonly lane: string;
  readonly line: string;
  readonly selectedLane: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly danger: string;
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
  /** Segments of a track that overlap one before them though its rule forbids that, in order. */
  broken(track: string): readonly Segment[];
  /** Text written on a segment. */
  label(segment: Segment): string;
}

const INSET = 5;
/** How far beyond the window shapes are cut off, in px: their side lines are not to be seen there. */
const BEYOND = 4;
/** Narrower than this, in px, a segment bears no text. */
const WORDY = 32;
/** Height of the bar under what breaks a rule, in px. */
const BAR = 4;
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

/** Suggestions of a lane, then its other segments, each with their texts. */
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
    const look = { fill: color.faint, solid: null, edge: color.edge, line: 1.5 };
    drawShapes(context, scene, row, [all.open, selected.open], look, dragged);
    context.setLineDash([]);
  }
  const solid = scene.selectedTracks.has(row.track) ? color.solidSelected : color.solid;
  drawShapes(context, scene, row, [all.others, selected.others], { ...color, solid, line: 1 }, dragged);
  underline(context, scene, row, dragged);
  for (const preview of scene.previews)
    if (preview.track === row.track) drawPreview(context, scene, row, preview, color);
}

/** A bar at the foot of each segment that breaks its track's rule. */
function underline(
  context: CanvasRenderingContext2D,
  { broken, view, width, colors }: TrackScene,
  row: Row,
  dragged: ReadonlySet<string> | null,
): void {
  const { top, high } = insideOf(row);
  context.fillStyle = colors.danger;
  spansOf(shapesOf(broken(row.track), view, width, dragged, few), width).each((left, right) =>
    context.fillRect(left, top + high - BAR, right - left, BAR),
  );
}

/** Segments of a lane, the frames of the selected ones, and their texts. */
function drawShapes(
  context: CanvasRenderingContext2D,
  scene: TrackScene,
  row: Row,
  [list, chosen]: readonly [readonly Segment[], readonly Segment[]],
  look: Look,
  dragged: ReadonlySet<string> | null,
): void {
  const { view, width, colors } = scene;
  const shapes = shapesOf(list, view, width, dragged, many);
  paintShapes(context, shapes, row, width, look);
  if (chosen.length) {
    const spans = spansOf(shapesOf(chosen, view, width, dragged, few), width);
    frameShapes(context, spans, row, { edge: colors.accent, line: 2 });
  }
  context.fillStyle = colors.text;
  const { boxes, places } = shapes;
  for (let index = 0; index < boxes.length; index += 2) {
    const left = boxes.side(index);
    const right = boxes.side(index + 1);
    // A text ends where the next segment begins, so that no two lie over each other.
    const end = index + 2 < boxes.length ? Math.min(right, boxes.side(index + 2)) : right;
    if (end - left < WORDY) continue;
    drawLabel(context, scene, row, list[places[index / 2] as number] as Segment, left, end);
  }
}

interface Outlines {
  readonly boxes: Spans;
  readonly runs: Shapes["runs"];
}

/** How shapes are painted: `solid` is what the fill gives over what is there, null where that is not known. */
interface Look {
  readonly fill: string;
  readonly solid: string | null;
  readonly edge: string;
  readonly line: number;
}

/**
 * Paint shapes, no place twice. Where no graphics card helps, one path of many shapes takes ten times as long as a
 * rectangle for each, and a stroke as long as five: a shape by itself is an inner rectangle in an outer one.
 */
function paintShapes(context: CanvasRenderingContext2D, outlines: Outlines, row: Row, width: number, look: Look): void {
  groupShapes(outlines, width, look.solid !== null);
  const { top, high } = insideOf(row);
  const { line } = look;
  context.fillStyle = look.edge;
  for (let index = 0; index < apart.length; index += 2) {
    const left = apart.side(index);
    context.fillRect(left, top, apart.side(index + 1) - left, high);
  }
  context.fillStyle = look.solid ?? look.fill;
  for (let index = 0; index < apart.length; index += 2) {
    const left = apart.side(index) + line;
    const wide = apart.side(index + 1) - line - left;
    if (wide > 0) context.fillRect(left, top + line, wide, high - 2 * line);
  }
  joined.each((left, right) => context.fillRect(left, top, right - left, high));
  frameShapes(context, crossing, row, look);
}

/** Draw frames inside of shapes. */
function frameShapes(
  context: CanvasRenderingContext2D,
  spans: Spans,
  row: Row,
  { edge, line }: Pick<Look, "edge" | "line">,
): void {
  const { top, high } = insideOf(row);
  context.strokeStyle = edge;
  context.lineWidth = line;
  spans.each((left, right) => {
    context.strokeRect(left + line / 2, top + line / 2, Math.max(0, right - left - line), high - line);
  });
}

function insideOf(row: Row): { readonly top: number; readonly high: number } {
  return { top: row.top + INSET, high: row.height - 2 * INSET - 1 };
}

/** All shapes of a lane; of these those that meet no other, what the others cover together, and each of them. */
const [all, apart, joined, crossing] = [new Spans(), new Spans(), new Spans(), new Spans()];
/** The boxes of a lane, and of some of its segments. */
const [many, few] = [
  { boxes: new Spans(), places: [] },
  { boxes: new Spans(), places: [] },
];

/** Group shapes; without `separate` all are taken for some that meet others. */
function groupShapes(outlines: Outlines, width: number, separate: boolean): void {
  for (const group of [apart, joined, crossing]) group.clear();
  const spans = spansOf(outlines, width);
  for (let first = 0; first < spans.length; ) {
    const left = spans.side(first);
    let right = spans.side(first + 1);
    let next = first + 2;
    for (; next < spans.length && spans.side(next) < right; next += 2) right = Math.max(right, spans.side(next + 1));
    if (separate && next === first + 2) apart.add(left, right);
    else {
      joined.add(left, right);
      for (; first < next; first += 2) crossing.add(spans.side(first), spans.side(first + 1));
    }
    first = next;
  }
}

/** All shapes of a lane within its width, by their left sides; they hold until the next call. */
function spansOf({ boxes, runs }: Outlines, width: number): Spans {
  all.clear();
  let run = 0;
  for (let index = 0; index <= boxes.length; index += 2) {
    const isBox = index < boxes.length;
    const left = isBox ? Math.max(boxes.side(index), -BEYOND) : Number.POSITIVE_INFINITY;
    for (; run < runs.length && (runs[run] as number) <= left; run += 2) {
      all.add(runs[run] as number, runs[run + 1] as number);
    }
    if (isBox) all.add(left, Math.min(boxes.side(index + 1), width + BEYOND));
  }
  return all;
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
  const frame = chosen ? { edge: colors.accent, line: 2 } : { edge: color.edge, line: 1 };
  few.boxes.clear();
  few.boxes.add(left, right);
  paintShapes(context, { runs: [], boxes: few.boxes }, row, width, { ...color, solid: null, ...frame });
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
/** Texts on it are at least so far from each other, in px. */
const APART = 90;

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
  const step = rulerStep(((view.end - view.start) / width) * APART);
  const digits = rulerDigits(step);
  context.fillStyle = colors.line;
  const small = step / 5;
  for (let index = Math.ceil(view.start / small); index * small <= view.end; index += 1) {
    const tall = index % 5 === 0;
    context.fillRect(Math.round(timeToX(index * small, view, width)), height - (tall ? 8 : 4), 1, tall ? 8 : 4);
  }
  context.fillStyle = colors.text;
  context.textAlign = "center";
  for (let index = Math.ceil(view.start / step); index * step <= view.end; index += 1) {
    const text = formatClock(index * step, digits);
    const x = timeToX(index * step, view, width);
    // Within the ruler each text has room beside it.
    const half = x < APART || x > width - APART ? context.measureText(text).width / 2 : 0;
    if (x + half <= width + 1) context.fillText(text, Math.max(x, half + RULER_INSET), 3);
  }
}
