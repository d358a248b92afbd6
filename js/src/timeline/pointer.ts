// Turns pointer gestures on the tracks into previews and then one change. Knows geometry, nothing of how it is drawn.
import type { Document } from "../core/document";
import type { Preview } from "../core/session";
import type { Viewport } from "../core/viewport";
import { type Hit, hitTest, type TrackLook, xToTime } from "./layout";

/** What the gestures act on. */
export interface PointerTarget {
  readonly document: () => Document;
  readonly view: () => Viewport;
  readonly selected: () => ReadonlySet<string>;
  readonly look: TrackLook;
  /** Whether gestures leave a track alone; says so to the user when `tell` is set. */
  isLocked(track: string, tell: boolean): boolean;
  snap(time: number): number;
  duration(): number;
  preview(preview: Preview | null): void;
  /** A segment was drawn, or one got other times. */
  commit(preview: Preview, gesture: "draw" | "move" | "resize"): void;
  click(hit: Hit, time: number): void;
}

interface Gesture {
  readonly pointer: number;
  readonly hit: Hit;
  readonly x: number;
  readonly time: number;
  preview: Preview | null;
}

/** Movement that makes a press a drag, in px. */
const SLOP = 3;

/** Listen to a canvas until the returned function is called. */
export function watchPointer(canvas: HTMLCanvasElement, target: PointerTarget): () => void {
  const scope = new AbortController();
  let gesture: Gesture | null = null;
  const at = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return { x, y, width: box.width, time: xToTime(x, target.view(), box.width) };
  };
  const hit = (event: PointerEvent): Hit => {
    const point = at(event);
    return hitTest(target.document(), target.view(), point.width, point, target.selected(), target.look);
  };
  const end = (keep: boolean, event?: PointerEvent) => {
    const done = gesture;
    gesture = null;
    if (!done) return;
    target.preview(null);
    if (canvas.hasPointerCapture(done.pointer)) canvas.releasePointerCapture(done.pointer);
    if (!keep) return;
    if (done.preview) target.commit(done.preview, gestureOf(done.hit));
    else if (event) target.click(done.hit, at(event).time);
  };
  const on = (name: string, act: (event: PointerEvent) => void) =>
    canvas.addEventListener(name, act as (event: Event) => void, { signal: scope.signal });
  on("pointerdown", (event) => {
    if (event.button !== 0 || gesture) return;
    const point = at(event);
    gesture = { pointer: event.pointerId, hit: hit(event), x: point.x, time: point.time, preview: null };
    canvas.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    if (!gesture) {
      const under = hit(event);
      canvas.style.cursor = isFixed(under, target, false) ? "pointer" : cursorFor(under);
      return;
    }
    if (event.pointerId !== gesture.pointer) return;
    const point = at(event);
    if (!gesture.preview && Math.abs(point.x - gesture.x) < SLOP) return;
    if (isFixed(gesture.hit, target, true)) return;
    gesture.preview = drag(gesture, point.time, target);
    target.preview(gesture.preview);
  });
  on("pointerup", (event) => event.pointerId === gesture?.pointer && end(true, event));
  on("pointercancel", () => end(false));
  canvas.ownerDocument.addEventListener("keydown", (event) => event.key === "Escape" && end(false), {
    signal: scope.signal,
    capture: true,
  });
  return () => {
    end(false);
    scope.abort();
  };
}

/** Whether what lies under the pointer is on a locked track. */
function isFixed(hit: Hit, target: PointerTarget, tell: boolean): boolean {
  if (hit.kind === "none") return false;
  return target.isLocked(hit.kind === "track" ? hit.track : hit.segment.track, tell);
}

function gestureOf(hit: Hit): "draw" | "move" | "resize" {
  if (hit.kind === "edge") return "resize";
  return hit.kind === "body" ? "move" : "draw";
}

function cursorFor(hit: Hit): string {
  return { edge: "ew-resize", body: "grab", track: "crosshair", none: "default" }[hit.kind];
}

/** What the gesture makes of its segment when the pointer is at `time`. */
function drag(gesture: Gesture, time: number, target: PointerTarget): Preview | null {
  const { hit } = gesture;
  if (hit.kind === "none") return null;
  if (hit.kind === "track") {
    const [start, end] = [target.snap(Math.min(gesture.time, time)), target.snap(Math.max(gesture.time, time))];
    return end > start ? { id: null, track: hit.track, start, end } : gesture.preview;
  }
  const { id, track, start, end } = hit.segment;
  if (hit.kind === "edge") {
    const moved = target.snap((hit.edge === "start" ? start : end) + time - gesture.time);
    const next = hit.edge === "start" ? { start: moved, end } : { start, end: moved };
    return next.end > next.start ? { id, track, ...next } : gesture.preview;
  }
  const shift = Math.min(Math.max(time - gesture.time, -start), target.duration() - end);
  const from = target.snap(start + shift);
  const to = target.snap(end + shift);
  return to > from ? { id, track, start: from, end: to } : gesture.preview;
}
