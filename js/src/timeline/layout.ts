// Where tracks and segments lie on the canvas, and what lies under a point. Pure geometry.
import type { Document } from "../core/document";
import type { Segment } from "../core/types";
import type { Viewport } from "../core/viewport";

/** How near an edge the pointer takes hold of it, in px. */
export const EDGE = 6;

export interface Row {
  readonly track: string;
  readonly top: number;
  readonly height: number;
}

export type Hit =
  | { readonly kind: "edge"; readonly edge: "start" | "end"; readonly segment: Segment }
  | { readonly kind: "body"; readonly segment: Segment }
  | { readonly kind: "track"; readonly track: string }
  | { readonly kind: "none" };

/** What a view says of its tracks; TrackViews is one. */
export interface TrackLook {
  of(track: string): { readonly hidden: boolean; readonly height: number };
}

/** The rows of the tracks that are shown, from the top. */
export function layoutRows(document: Document, look: TrackLook): Row[] {
  const rows: Row[] = [];
  let top = 0;
  for (const track of document.tracks.keys()) {
    const { hidden, height } = look.of(track);
    if (hidden) continue;
    rows.push({ track, top, height });
    top += height;
  }
  return rows;
}

/** Height of all rows together, in px. */
export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last ? last.top + last.height : 0;
}

export function timeToX(time: number, view: Viewport, width: number): number {
  return ((time - view.start) / (view.end - view.start)) * width;
}

export function xToTime(x: number, view: Viewport, width: number): number {
  return view.start + (x / width) * (view.end - view.start);
}

/** The segments of a sorted list that may be seen: from the first that can reach into the window to the last that starts in it. */
export function visible(list: readonly Segment[], view: Viewport, longest: number): readonly Segment[] {
  return list
    .slice(firstFrom(list, view.start - longest), firstFrom(list, view.end))
    .filter((segment) => segment.end > view.start);
}

/** The first place in a sorted list whose start is at or after a time. */
export function firstFrom(list: readonly Segment[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as Segment).start < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

const longestOf = new WeakMap<readonly Segment[], number>();

/** Length of the longest segment of a list, in seconds; remembered as long as the list lives. */
export function longest(list: readonly Segment[]): number {
  let length = longestOf.get(list);
  if (length === undefined) {
    length = list.reduce((most, segment) => Math.max(most, segment.end - segment.start), 0);
    longestOf.set(list, length);
  }
  return length;
}

/** The row at a height; the first or last one for a height outside all of them when `clamp` is set. */
export function rowAt(rows: readonly Row[], y: number, clamp = false): Row | undefined {
  const row = rows.find(({ top, height }) => y >= top && y < top + height);
  if (row || !clamp) return row;
  return y < 0 ? rows[0] : rows.at(-1);
}

/** Nearer than this two edges are one boundary, in seconds: well below a sample. */
const TOUCH = 1e-6;

/** The segment that touches another's edge on the same track; undefined when none does. */
export function neighbourAt(document: Document, segment: Segment, edge: "start" | "end"): Segment | undefined {
  return (document.byTrack.get(segment.track) ?? []).find((other) => {
    const gap = edge === "end" ? other.start - segment.end : segment.start - other.end;
    return other.id !== segment.id && Math.abs(gap) < TOUCH;
  });
}

/** The segments of the rows between two heights that overlap a span of time. */
export function segmentsIn(
  document: Document,
  rows: readonly Row[],
  band: { readonly start: number; readonly end: number; readonly top: number; readonly bottom: number },
): Segment[] {
  return rows
    .filter(({ top, height }) => top < band.bottom && top + height > band.top)
    .flatMap(({ track }) => {
      const list = document.byTrack.get(track) ?? [];
      return [...visible(list, band, longest(list))];
    });
}

/** What lies under a point; of segments that overlap, a selected one first, then the one drawn last. */
export function hitTest(
  document: Document,
  rows: readonly Row[],
  view: Viewport,
  width: number,
  point: { readonly x: number; readonly y: number },
  selected: ReadonlySet<string>,
): Hit {
  const row = rowAt(rows, point.y);
  if (!row) return { kind: "none" };
  const list = document.byTrack.get(row.track) ?? [];
  const reach = (EDGE / width) * (view.end - view.start);
  const time = xToTime(point.x, view, width);
  const near = visible(list, { start: time - reach, end: time + reach }, longest(list));
  const byRank = [...near].reverse().sort((a, b) => Number(selected.has(b.id)) - Number(selected.has(a.id)));
  let edge: { readonly hit: Hit; readonly distance: number } | null = null;
  for (const segment of byRank) {
    const inside = point.x - timeToX(segment.start, view, width);
    const after = timeToX(segment.end, view, width) - point.x;
    const grip = Math.min(EDGE, Math.max(2, (inside + after) / 3));
    for (const [name, distance] of [
      ["start", Math.abs(inside)],
      ["end", Math.abs(after)],
    ] as const) {
      if (distance <= grip && (!edge || distance < edge.distance))
        edge = { hit: { kind: "edge", edge: name, segment }, distance };
    }
  }
  if (edge) return edge.hit;
  const body = byRank.find((segment) => segment.start <= time && segment.end > time);
  return body ? { kind: "body", segment: body } : { kind: "track", track: row.track };
}
