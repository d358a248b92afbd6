// Presses on the ruler and the waveform: they move the playhead, with Shift they mark a stretch of time.
import { type Signal, useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { timeToX, xToTime } from "../timeline/layout";
import { useEditor } from "./context";

interface Presses {
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
}

export function useTimePress(): Presses {
  const { controller } = useEditor();
  const { session } = controller;
  /** Where marking began; null while a press moves the playhead. */
  const anchor = useRef<number | null>(null);
  const timeAt = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return session.snap(xToTime(event.clientX - box.left, session.viewport.peek(), box.width));
  };
  const turn = (event: PointerEvent) => {
    const time = timeAt(event);
    if (anchor.current === null) return controller.seek(time);
    const [start, end] = [Math.min(anchor.current, time), Math.max(anchor.current, time)];
    session.listening.range.value = end > start ? { start, end } : null;
  };
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      anchor.current = event.shiftKey ? timeAt(event) : null;
      turn(event);
    },
    onPointerMove: (event) => {
      if ((event.currentTarget as HTMLElement).hasPointerCapture(event.pointerId)) turn(event);
    },
  };
}

/** The marked stretch, over everything that lies along the time axis. */
export function MarkedTime({ width }: { width: Signal<number> }) {
  const { session } = useEditor().controller;
  const style = useComputed(() => {
    const range = session.listening.range.value;
    const view = session.viewport.value;
    if (!range || range.end <= view.start || range.start >= view.end) return "display:none";
    const left = Math.max(timeToX(range.start, view, width.value), -2);
    const right = Math.min(timeToX(range.end, view, width.value), width.value + 2);
    return `transform:translateX(${left}px);width:${right - left}px`;
  });
  return <div class="avseg-marked" style={style} />;
}
