// Turns pointer gestures on the tracks into previews and then one change. Knows geometry, nothing of how it is drawn.
import type { Band } from "../core/editing";
import type { Viewport } from "../core/viewport";
import { type Dragged, drag, type Press, type Scene } from "./gesture";
import { type Hit, hitTest, neighbourAt, xToTime } from "./layout";

/** Keys held during a click. */
export interface Held {
  /** Ctrl or the command key: one more, or one less. */
  readonly toggle: boolean;
  /** Shift: all from the last one to this one. */
  readonly range: boolean;
}

/** What the gestures act on. */
export interface PointerTarget {
  view(): Viewport;
  /** All there is to know for a drag; `alt` turns snapping around while it is held. */
  scene(alt: boolean): Scene;
  /** Whether gestures leave a track alone; says so to the user when `tell` is set. */
  isLocked(track: string, tell: boolean): boolean;
  preview(dragged: Dragged | null): void;
  commit(dragged: Dragged): void;
  click(hit: Hit, time: number, held: Held): void;
  /** The rubber band as it is drawn, on top of what was selected before it. */
  band(band: Band | null, before: ReadonlySet<string>): void;
  pan(seconds: number): void;
}

interface Gesture extends Press {
  readonly pointer: number;
  /** What was selected before a rubber band; null for a drag of segments. */
  readonly before: ReadonlySet<string> | null;
  /** The last event: the window may move under a pointer that rests. */
  last: PointerEvent;
  moved: boolean;
  slid: boolean;
  dragged: Dragged | null;
}

/** Movement that makes a press a drag, in px. */
const SLOP = 3;
/** How far outside the canvas the window moves by its own length each second, in px. */
const FAST = 60;

/** Listen to a canvas until the returned function is called. */
export function watchPointer(canvas: HTMLCanvasElement, target: PointerTarget): () => void {
  const scope = new AbortController();
  const watcher = new PointerWatcher(canvas, target);
  const on = (name: string, act: (event: PointerEvent) => void) =>
    canvas.addEventListener(name, act as (event: Event) => void, { signal: scope.signal });
  on("pointerdown", (event) => watcher.press(event));
  on("pointermove", (event) => watcher.move(event));
  on("pointerup", (event) => watcher.release(event));
  on("pointercancel", () => watcher.cancel());
  canvas.ownerDocument.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !watcher.busy) return;
      watcher.cancel();
      event.stopPropagation();
    },
    { signal: scope.signal, capture: true },
  );
  return () => {
    watcher.cancel();
    scope.abort();
  };
}

class PointerWatcher {
  readonly #canvas: HTMLCanvasElement;
  readonly #target: PointerTarget;
  #gesture: Gesture | null = null;
  #frame = 0;

  constructor(canvas: HTMLCanvasElement, target: PointerTarget) {
    this.#canvas = canvas;
    this.#target = target;
  }

  get busy(): boolean {
    return this.#gesture !== null;
  }

  press(event: PointerEvent): void {
    if (event.button !== 0 || this.#gesture) return;
    const { x, y, time } = this.#at(event);
    const hit = this.#hit(event);
    const band = hit.kind === "none" || (hit.kind === "track" && event.shiftKey);
    const before = band ? this.#target.scene(false).selected : null;
    const start = { pointer: event.pointerId, hit, x, y, time, shift: event.shiftKey };
    this.#gesture = { ...start, before, last: event, moved: false, slid: false, dragged: null };
    this.#canvas.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent): void {
    if (!this.#gesture) {
      this.#canvas.style.cursor = this.#cursor(event);
      return;
    }
    if (event.pointerId !== this.#gesture.pointer) return;
    this.#gesture.last = event;
    this.#drag(this.#gesture);
    this.#scroll();
  }

  release(event: PointerEvent): void {
    const gesture = this.#gesture;
    if (!gesture || event.pointerId !== gesture.pointer) return;
    this.#end(gesture);
    if (gesture.before) this.#target.band(null, this.#target.scene(false).selected);
    if (gesture.dragged) this.#target.commit(gesture.dragged);
    else if (!gesture.moved) {
      const held = { toggle: event.ctrlKey || event.metaKey, range: event.shiftKey };
      this.#target.click(gesture.hit, gesture.time, held);
    }
  }

  cancel(): void {
    const gesture = this.#gesture;
    if (!gesture) return;
    this.#end(gesture);
    if (gesture.before) this.#target.band(null, gesture.before);
  }

  #end(gesture: Gesture): void {
    this.#gesture = null;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#target.preview(null);
    if (this.#canvas.hasPointerCapture(gesture.pointer)) this.#canvas.releasePointerCapture(gesture.pointer);
  }

  /** Where the pointer is; its time stays inside the window, beyond whose side the window moves. */
  #at(event: PointerEvent): { x: number; y: number; width: number; time: number } {
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const time = xToTime(Math.min(Math.max(x, 0), box.width), this.#target.view(), box.width);
    return { x, y, width: box.width, time };
  }

  #hit(event: PointerEvent): Hit {
    const point = this.#at(event);
    const { document, rows, selected } = this.#target.scene(false);
    return hitTest(document, rows, this.#target.view(), point.width, point, selected);
  }

  /** Whether what lies under the pointer is on a locked track. */
  #isFixed(hit: Hit, tell: boolean): boolean {
    if (hit.kind === "none") return false;
    return this.#target.isLocked(hit.kind === "track" ? hit.track : hit.segment.track, tell);
  }

  #drag(gesture: Gesture): void {
    const point = this.#at(gesture.last);
    gesture.slid ||= Math.abs(point.x - gesture.x) >= SLOP;
    const upright = gesture.hit.kind === "body" || gesture.before !== null;
    gesture.moved ||= gesture.slid || (upright && Math.abs(point.y - gesture.y) >= SLOP);
    if (!gesture.moved) return;
    if (gesture.before) {
      const [start, end] = [Math.min(gesture.time, point.time), Math.max(gesture.time, point.time)];
      const [top, bottom] = [Math.min(gesture.y, point.y), Math.max(gesture.y, point.y)];
      this.#target.band({ start, end, top, bottom }, gesture.before);
      return;
    }
    if (this.#isFixed(gesture.hit, true)) return;
    const place = { y: point.y, time: point.time, slid: gesture.slid };
    gesture.dragged = drag(gesture, place, this.#target.scene(gesture.last.altKey)) ?? gesture.dragged;
    this.#target.preview(gesture.dragged);
  }

  /** Move the window, and the gesture with it, for as long as the pointer is held beyond a side. */
  #scroll(): void {
    if (this.#frame) return;
    let before = performance.now();
    const step = (now: number) => {
      this.#frame = 0;
      const gesture = this.#gesture;
      if (!gesture?.moved) return;
      const { x, width } = this.#at(gesture.last);
      const beyond = x < 0 ? x : Math.max(0, x - width);
      if (beyond === 0) return;
      const { start, end } = this.#target.view();
      const speed = Math.min(Math.max(beyond / FAST, -2), 2) * (end - start);
      this.#target.pan((speed * Math.min(Math.max(now - before, 0), 100)) / 1000);
      before = now;
      this.#drag(gesture);
      this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  #cursor(event: PointerEvent): string {
    const hit = this.#hit(event);
    if (hit.kind === "edge" && event.shiftKey) {
      const shared = neighbourAt(this.#target.scene(false).document, hit.segment, hit.edge);
      if (shared) return "col-resize";
    }
    if (this.#isFixed(hit, false)) return "pointer";
    return { edge: "ew-resize", body: "grab", track: "crosshair", none: "default" }[hit.kind];
  }
}
