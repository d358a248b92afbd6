// The whole file in one strip, with the visible window to drag.
import type { Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Session } from "../core/session";
import { formatClock } from "../core/time";
import { drawPeaks } from "../player/draw-peaks";
import { useEditor } from "./context";
import { useCanvas, useLayer } from "./use";

export function Overview({ width }: { width: Signal<number> }) {
  const { controller, peaks, colors } = useEditor();
  const { session } = controller;
  const ref = useRef<HTMLCanvasElement>(null);
  const layer = useLayer();
  useCanvas(
    ref,
    (context, wide, high) => {
      const duration = session.duration.value || 1;
      const { start, end } = session.viewport.value;
      context.clearRect(0, 0, wide, high);
      context.fillStyle = colors.value.selectedLane;
      const left = (start / duration) * wide;
      const size = Math.max(4, ((end - start) / duration) * wide);
      context.fillRect(left, 0, size, high);
      const { wave } = colors.value;
      layer(context, wide, high, [duration, peaks.version.value, wave], (below) => {
        below.fillStyle = wave;
        const all = peaks.window(0, duration, wide);
        if (all) drawPeaks(below, all, { start: 0, end: duration, rate: session.info.sample_rate }, wide, high);
      });
      context.strokeStyle = colors.value.accent;
      context.strokeRect(left + 0.5, 0.5, Math.max(3, size - 1), high - 1);
    },
    width,
  );
  const press = (event: PointerEvent) => {
    const canvas = event.currentTarget as HTMLCanvasElement;
    if (event.type === "pointerdown") canvas.setPointerCapture(event.pointerId);
    else if (!canvas.hasPointerCapture(event.pointerId)) return;
    const { start, end } = session.viewport.peek();
    const at = ((event.clientX - canvas.getBoundingClientRect().left) / width.peek()) * session.duration.peek();
    session.look(at - (end - start) / 2, at + (end - start) / 2);
  };
  const { start, end } = session.viewport.value;
  return (
    <canvas
      class="avseg-overview"
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label="Visible part"
      aria-valuemin={0}
      aria-valuemax={session.duration.value}
      aria-valuenow={start}
      aria-valuetext={`${formatClock(start)} to ${formatClock(end)}`}
      onPointerDown={press}
      onPointerMove={press}
      onKeyDown={(event) => panByKey(event, session)}
    />
  );
}

function panByKey(event: KeyboardEvent, session: Session): void {
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!direction) return;
  const { start, end } = session.viewport.peek();
  session.pan((direction * (end - start)) / 4);
  event.preventDefault();
}
