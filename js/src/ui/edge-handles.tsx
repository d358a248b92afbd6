// The edges of the selected segment as sliders, for the keyboard and for screen readers; the pointer uses the canvas.
import type { Signal } from "@preact/signals";
import { formatSeconds } from "../core/time";
import { layoutRows, type Row, timeToX } from "../timeline/layout";
import { useEditor } from "./context";
import { type Nudge, nudge } from "./editing";

/** How far an arrow key moves an edge, by what is held with it; as the nudges by letters. */
function stepOf(event: KeyboardEvent): Nudge {
  if (event.altKey && event.shiftKey) return "grid";
  if (event.altKey) return 0.001;
  return event.shiftKey ? 0.1 : 0.01;
}

export function EdgeHandles({ width }: { width: Signal<number> }) {
  const { session, store, reading } = useEditor().controller;
  const document = store.document.value;
  const segment = document?.segments.get(session.selectedId.value ?? "");
  if (!document || !segment || reading) return null;
  const row = layoutRows(document, session.tracks).find(({ track }) => track === segment.track);
  const { start, end } = session.viewport.value;
  if (!row || segment.end < start || segment.start > end) return null;
  return (
    <>
      <EdgeHandle edge="start" row={row} width={width} />
      <EdgeHandle edge="end" row={row} width={width} />
    </>
  );
}

function EdgeHandle({ edge, row, width }: { edge: "start" | "end"; row: Row; width: Signal<number> }) {
  const { controller } = useEditor();
  const { session, store } = controller;
  const segment = store.document.value?.segments.get(session.selectedId.value ?? "");
  if (!segment) return null;
  const time = segment[edge];
  const keys = (event: KeyboardEvent) => {
    const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key] as 1 | -1 | undefined;
    if (!direction || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    nudge(controller, edge, stepOf(event), direction);
  };
  const x = Math.min(Math.max(timeToX(time, session.viewport.value, width.value), 0), width.value);
  return (
    <div
      class="avseg-edge"
      role="slider"
      tabIndex={0}
      aria-label={`${edge === "start" ? "Start" : "End"} of the selected segment`}
      aria-valuemin={edge === "start" ? 0 : segment.start}
      aria-valuemax={edge === "start" ? segment.end : session.duration.value}
      aria-valuenow={time}
      aria-valuetext={`${formatSeconds(time)} seconds`}
      style={{ left: `${x}px`, top: `${row.top}px`, height: `${row.height}px` }}
      onKeyDown={keys}
    />
  );
}
