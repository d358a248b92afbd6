// What a drag on the tracks makes of segments: drawn, moved, resized, a shared boundary. Pure geometry, no events.
import type { Document } from "../core/document";
import type { Preview } from "../core/session";
import { type Hit, neighbourAt, type Row, rowAt } from "./layout";

export type GestureKind = "draw" | "move" | "resize" | "boundary";

/** Where a gesture began. */
export interface Press {
  readonly hit: Hit;
  readonly x: number;
  readonly y: number;
  readonly time: number;
  /** Whether Shift was held: an edge then takes along the neighbour that touches it. */
  readonly shift: boolean;
}

/** Where the pointer is; `slid` once it has moved sideways far enough to mean it. */
export interface Point {
  readonly y: number;
  readonly time: number;
  readonly slid: boolean;
}

/** A time on the media's grid, and whether something attracted it there. */
export interface Snapped {
  readonly time: number;
  readonly near: boolean;
}

export interface Scene {
  readonly document: Document;
  readonly rows: readonly Row[];
  readonly selected: ReadonlySet<string>;
  readonly duration: number;
  /** The nearest time of the media's grid. */
  grid(time: number): number;
  /** A time of the grid, or one that attracts; edges of some segments do not. */
  snap(time: number, without: ReadonlySet<string>): Snapped;
  /** Cut to what the tracks' rules allow; null for what has no room. */
  fit(wanted: readonly Preview[], anchor: (item: Preview) => number | null): (Preview | null)[];
}

export interface Dragged {
  readonly kind: GestureKind;
  readonly previews: readonly Preview[];
  /** The time that attracted an edge. */
  readonly guide: number | null;
}

const NONE: ReadonlySet<string> = new Set();

/** The state of a drag; null where it cannot go, so that it stays as it was. */
export function drag(press: Press, point: Point, scene: Scene): Dragged | null {
  const { hit } = press;
  if (hit.kind === "track") return draw(press, hit.track, point, scene);
  if (hit.kind === "edge") return resize(press, hit, point, scene);
  return hit.kind === "body" ? move(press, hit.segment, point, scene) : null;
}

function guideOf(...snapped: readonly Snapped[]): number | null {
  return snapped.find(({ near }) => near)?.time ?? null;
}

/** The drag when every segment has room, else null. */
function fitted(scene: Scene, dragged: Dragged, anchor: (item: Preview) => number | null = () => null): Dragged | null {
  const previews = scene.fit(dragged.previews, anchor);
  const whole = previews.every((item) => item !== null && item.end > item.start);
  return whole ? { ...dragged, previews: previews.filter((item) => item !== null) } : null;
}

function draw(press: Press, track: string, point: Point, scene: Scene): Dragged | null {
  const [from, to] = [scene.snap(press.time, NONE), scene.snap(point.time, NONE)];
  const [start, end] = [Math.min(from.time, to.time), Math.max(from.time, to.time)];
  const dragged: Dragged = { kind: "draw", previews: [{ id: null, track, start, end }], guide: guideOf(to, from) };
  return end > start ? fitted(scene, dragged, () => from.time) : null;
}

function resize(press: Press, hit: Hit & { kind: "edge" }, point: Point, scene: Scene): Dragged | null {
  const { segment, edge } = hit;
  const other = press.shift ? neighbourAt(scene.document, segment, edge) : undefined;
  const without = new Set([segment.id, ...(other ? [other.id] : [])]);
  const snapped = scene.snap(segment[edge] + point.time - press.time, without);
  const changed = { ...segment, [edge]: snapped.time };
  const opposite = edge === "start" ? "end" : "start";
  const previews = [changed, ...(other ? [{ ...other, [opposite]: snapped.time }] : [])];
  if (previews.some((item) => item.end <= item.start)) return null;
  const dragged: Dragged = {
    kind: other ? "boundary" : "resize",
    previews: previews.map(({ id, track, start, end }) => ({ id, track, start, end })),
    guide: guideOf(snapped),
  };
  return fitted(scene, dragged, (item) => (item.id === segment.id ? segment[opposite] : (other?.[edge] ?? null)));
}

function move(press: Press, grabbed: Preview & { id: string }, point: Point, scene: Scene): Dragged | null {
  const ids = scene.selected.has(grabbed.id) ? scene.selected : new Set([grabbed.id]);
  const rowOf = ({ track }: { readonly track: string }) => scene.rows.findIndex((row) => row.track === track);
  // What is hidden stays where it is.
  const moved = [...ids].flatMap((id) => scene.document.segments.get(id) ?? []).filter((item) => rowOf(item) >= 0);
  const target = scene.rows.indexOf(rowAt(scene.rows, point.y, true) as Row);
  const down = target - rowOf(grabbed);
  const tracks = moved.map((segment) => scene.rows[rowOf(segment) + down]?.track);
  if (tracks.some((track) => track === undefined)) return null;
  const { place, guide } = point.slid ? slide(press, grabbed, moved, point, scene, ids) : STILL;
  const previews = moved.map((segment, index) => ({
    id: segment.id,
    track: tracks[index] as string,
    start: place(segment.start),
    end: place(segment.end),
  }));
  if (previews.some((item) => item.end <= item.start)) return null;
  return fitted(scene, { kind: "move", previews, guide });
}

const STILL = { place: (time: number) => time, guide: null };

/** Where times go when the grabbed segment is moved sideways: the edge of it that is attracted leads. */
function slide(
  press: Press,
  grabbed: Preview,
  moved: readonly { readonly start: number; readonly end: number }[],
  point: Point,
  scene: Scene,
  ids: ReadonlySet<string>,
): { place: (time: number) => number; guide: number | null } {
  const first = moved.reduce((least, { start }) => Math.min(least, start), grabbed.start);
  const last = moved.reduce((most, { end }) => Math.max(most, end), grabbed.end);
  const clamp = (shift: number) => Math.min(Math.max(shift, -first), scene.duration - last);
  const wanted = clamp(point.time - press.time);
  const found = [grabbed.start, grabbed.end]
    .map((edge) => ({ edge, to: scene.snap(edge + wanted, ids) }))
    .filter(({ to }) => to.near)
    .sort((a, b) => Math.abs(a.to.time - a.edge - wanted) - Math.abs(b.to.time - b.edge - wanted))[0];
  const attracted = found ? found.to.time - found.edge : wanted;
  const shift = clamp(attracted);
  const kept = shift === attracted ? found : undefined;
  // The attracted edge lies exactly on what attracts it, on the grid or not.
  const place = (time: number) => (kept && time === kept.edge ? kept.to.time : scene.grid(time + shift));
  return { place, guide: kept?.to.time ?? null };
}
