// The canvas of the tracks, on which segments are drawn, moved and resized.
import { type Signal, useComputed } from "@preact/signals";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { brokenOn } from "../core/overlap";
import type { Preview } from "../core/session";
import { isSuggested, sourceOf } from "../core/suggestions";
import type { Segment } from "../core/types";
import { drawTracks } from "../timeline/draw";
import { heightOf, layoutRows } from "../timeline/layout";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { EdgeHandles } from "./edge-handles";
import { GestureMarks } from "./gesture-marks";
import { useGestures } from "./gestures";
import { useCanvas } from "./use";

/** Height of the canvas when there are few tracks, in px. */
const LEAST = 72;

/** Room below the last track, where a rubber band can begin, in px. */
const BELOW = 12;

export function TrackCanvas({ width }: { width: Signal<number> }) {
  const { controller, colors } = useEditor();
  const ref = useRef<HTMLCanvasElement>(null);
  const { session, store, clock } = controller;
  const label = useLabel();
  const rows = store.document.value ? layoutRows(store.document.value, session.tracks) : [];
  useCanvas(
    ref,
    (context, wide, high) => {
      const document = store.document.value;
      if (!document) return;
      const recording = session.recording.value;
      const drag = session.drag.value;
      const now = recording ? clock.time.value : 0;
      const previews: Preview[] = recording
        ? recording.tracks.map((track) => ({
            id: null,
            track,
            start: recording.start,
            end: Math.max(now, recording.start),
          }))
        : [];
      drawTracks(context, {
        document,
        rows: layoutRows(document, session.tracks),
        view: session.viewport.value,
        width: wide,
        height: high,
        selectedIds: session.selectedIds.value,
        selectedTracks: session.selectedTracks.value,
        previews: [...previews, ...drag],
        colors: colors.value,
        color: (track) => session.tracks.color(track),
        isLocked: (track) => session.tracks.of(track).locked,
        broken: (track) => brokenOn(document, store.task, track),
        label,
      });
    },
    width,
  );
  const lanes = useCallback(() => {
    const document = store.document.peek();
    return document ? layoutRows(document, session.tracks) : [];
  }, [store, session]);
  useGestures(ref, lanes);
  const height = `${Math.max(heightOf(rows), LEAST) + BELOW}px`;
  return (
    <div class="avseg-tracks" style={{ height }}>
      <canvas
        ref={ref}
        style={{ height }}
        role="img"
        aria-label={`${rows.length} tracks; their segments are in the table named Segments`}
        {...useGeometry(controller)}
      />
      {rows.length === 0 ? <EmptyHint /> : null}
      <GestureMarks width={width} />
      <EdgeHandles width={width} />
    </div>
  );
}

/**
 * Where things lie, for scripts that drive the editor: the visible window in seconds, and each row in px. The window is
 * in signals, so that the component stays as it is while it moves.
 */
function useGeometry({ session, store }: Controller) {
  const rows = store.document.value ? layoutRows(store.document.value, session.tracks) : [];
  return {
    "data-avseg": "tracks",
    "data-start": useComputed(() => session.viewport.value.start),
    "data-end": useComputed(() => session.viewport.value.end),
    "data-rows": JSON.stringify(rows.map((row) => [row.track, row.top, row.height])),
  };
}

function EmptyHint() {
  const { reading, store } = useEditor().controller;
  const { task, document } = store;
  if (document.value?.tracks.size) return <p class="avseg-hint">All tracks are hidden.</p>;
  if (reading) return <p class="avseg-hint">No tracks.</p>;
  return (
    <p class="avseg-hint">
      {Object.keys(task.tracks).length
        ? "No tracks yet. Add a track, then record while it plays or drag here to draw a segment."
        : "This task asks for no segments."}
    </p>
  );
}

/** What is written on a segment: its first text, else its first answer, else who suggests it. */
function useLabel(): (segment: Segment) => string {
  const { task } = useEditor().controller.store;
  return useMemo(() => {
    const text = task.segment_fields.find((field) => field.kind === "text");
    const names = [...(text ? [text.name] : []), ...task.segment_fields.map((field) => field.name)];
    return (segment) => {
      const name = names.find((name) => segment.fields[name] !== undefined && segment.fields[name] !== "");
      const value = name === undefined ? undefined : segment.fields[name];
      if (value === undefined) return segment.origin && isSuggested(segment) ? sourceOf(segment.origin) : "";
      return (Array.isArray(value) ? value.join(", ") : String(value)).slice(0, 200);
    };
  }, [task]);
}
