// The whole file in one strip: its waveform, how dense its segments are, and the visible window to drag and resize.
import { type Signal, useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { countSegments } from "../core/density";
import type { Session } from "../core/session";
import { formatClock } from "../core/time";
import type { Segment } from "../core/types";
import { drawPeaks } from "../player/draw-peaks";
import { useEditor } from "./context";
import { useCanvas, useLayer } from "./use";

/** Height of the segments' density below the waveform, in px. */
const DENSITY = 7;
/** How near an edge of the window the pointer takes hold of it, in px. */
const GRIP = 5;
/** A window narrower than this has no inside to take hold of, in px. */
const NARROW = 4 * GRIP;

type Part = "start" | "end" | "inside" | "outside";

interface Drag {
  readonly part: Part;
  readonly time: number;
  readonly start: number;
  readonly end: number;
}

export function Overview({ width }: { width: Signal<number> }) {
  const { controller, peaks, colors } = useEditor();
  const { session, store } = controller;
  const ref = useRef<HTMLCanvasElement>(null);
  const layer = useLayer();
  const density = useDensity();
  useCanvas(
    ref,
    (context, wide, high) => {
      const duration = session.duration.value || 1;
      const { start, end } = session.viewport.value;
      const low = high - DENSITY;
      context.clearRect(0, 0, wide, high);
      context.fillStyle = colors.value.selectedLane;
      const left = (start / duration) * wide;
      const size = Math.max(4, ((end - start) / duration) * wide);
      context.fillRect(left, 0, size, high);
      const { wave, accent } = colors.value;
      const counted = density(store.document.value?.sorted ?? [], duration, Math.floor(wide));
      layer(context, wide, high, [duration, peaks.version.value, wave, accent, counted], (below) => {
        below.clearRect(0, 0, wide, high);
        below.fillStyle = wave;
        const all = peaks.window(0, duration, wide);
        if (all) drawPeaks(below, all, { start: 0, end: duration, rate: session.info.sample_rate }, wide, low);
        below.fillStyle = accent;
        drawDensity(below, counted, high);
      });
      context.strokeStyle = accent;
      context.strokeRect(left + 0.5, 0.5, Math.max(3, size - 1), high - 1);
    },
    width,
  );
  const shown = useComputed(() => {
    const { start, end } = session.viewport.value;
    return `${formatClock(start)} to ${formatClock(end)}`;
  });
  return (
    <canvas
      class="avseg-overview"
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label="Visible part"
      aria-valuemin={0}
      aria-valuemax={session.duration.value}
      aria-valuenow={useComputed(() => session.viewport.value.start)}
      aria-valuetext={shown}
      {...useWindowDrag(session, width)}
      onKeyDown={(event) => panByKey(event, session)}
    />
  );
}

interface Counted {
  readonly counts: Uint32Array;
  readonly most: number;
}

/** Counts segments anew only for other segments or another width. */
function useDensity(): (segments: readonly Segment[], duration: number, columns: number) => Counted {
  const last = useRef<{ key: readonly unknown[]; counted: Counted } | null>(null);
  return (segments, duration, columns) => {
    const key = [segments, duration, columns];
    if (!last.current?.key.every((part, index) => part === key[index])) {
      const counts = countSegments(segments, duration, columns);
      last.current = { key, counted: { counts, most: counts.reduce((a, b) => Math.max(a, b), 0) } };
    }
    return last.current.counted;
  };
}

function drawDensity(context: CanvasRenderingContext2D, { counts, most }: Counted, bottom: number): void {
  if (most === 0) return;
  for (let column = 0; column < counts.length; ) {
    const count = counts[column] as number;
    const from = column;
    while (column < counts.length && counts[column] === count) column += 1;
    const tall = count ? Math.max(2, (count / most) * DENSITY) : 0;
    if (tall) context.fillRect(from, bottom - tall, column - from, tall);
  }
}

/** The window moves with its inside, gets longer or shorter at its edges, and comes to a press outside of it. */
function useWindowDrag(session: Session, width: Signal<number>) {
  const drag = useRef<Drag | null>(null);
  const at = (event: PointerEvent) => {
    const x = event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    return { x, time: (x / width.peek()) * session.duration.peek() };
  };
  const partAt = (x: number): Part => {
    const { start, end } = session.viewport.peek();
    const scale = width.peek() / (session.duration.peek() || 1);
    const [left, right] = [start * scale, end * scale];
    const inner = right - left < NARROW ? 0 : GRIP;
    if (x >= left - GRIP && x <= left + inner) return "start";
    if (x >= right - inner && x <= right + GRIP) return "end";
    return x > left && x < right ? "inside" : "outside";
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const { x, time } = at(event);
      const part = partAt(x);
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      const { start, end } = session.viewport.peek();
      const half = (end - start) / 2;
      drag.current =
        part === "outside" ? { part, time, start: time - half, end: time + half } : { part, time, start, end };
      if (part === "outside") moveWindow(session, drag.current, time);
    },
    onPointerMove: (event: PointerEvent) => {
      const canvas = event.currentTarget as HTMLElement;
      const { x, time } = at(event);
      if (drag.current && canvas.hasPointerCapture(event.pointerId)) return moveWindow(session, drag.current, time);
      canvas.style.cursor = { start: "ew-resize", end: "ew-resize", inside: "grab", outside: "pointer" }[partAt(x)];
    },
    onLostPointerCapture: () => {
      drag.current = null;
    },
  };
}

function moveWindow(session: Session, { part, time, start, end }: Drag, now: number): void {
  session.listening.held.value = true;
  const shift = now - time;
  const duration = session.duration.peek();
  if (part === "start") session.look(Math.max(0, Math.min(start + shift, end)), end);
  else if (part === "end") session.look(start, Math.min(duration, Math.max(end + shift, start)));
  else session.look(start + shift, end + shift);
}

function panByKey(event: KeyboardEvent, session: Session): void {
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!direction) return;
  const { start, end } = session.viewport.peek();
  session.pan((direction * (end - start)) / 4);
  event.preventDefault();
}
