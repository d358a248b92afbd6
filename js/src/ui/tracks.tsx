// The canvas of the tracks, on which segments are drawn, moved and resized.
import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Preview } from "../core/session";
import type { Segment } from "../core/types";
import { drawTracks } from "../timeline/draw";
import { heightOf, layoutRows } from "../timeline/layout";
import { watchPointer } from "../timeline/pointer";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { refuseLocked } from "./track-options";
import { useCanvas } from "./use";

/** Height of the canvas when there are few tracks, in px. */
const LEAST = 72;

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
        previews: drag ? [...previews, drag] : previews,
        colors: colors.value,
        color: (track) => session.tracks.color(track),
        isLocked: (track) => session.tracks.of(track).locked,
        label,
      });
    },
    width,
  );
  useGestures(ref);
  const height = `${Math.max(heightOf(rows), LEAST)}px`;
  return (
    <div class="avseg-tracks" style={{ height }}>
      <canvas
        ref={ref}
        style={{ height }}
        role="img"
        aria-label={`${rows.length} tracks; their segments are in the table named Segments`}
        {...geometry(controller)}
      />
      {rows.length === 0 ? <EmptyHint /> : null}
    </div>
  );
}

/** Where things lie, for scripts that drive the editor: the visible window in seconds, and each row in px. */
function geometry({ session, store }: Controller): Record<string, string> {
  const { start, end } = session.viewport.value;
  const rows = store.document.value ? layoutRows(store.document.value, session.tracks) : [];
  return {
    "data-avseg": "tracks",
    "data-start": String(start),
    "data-end": String(end),
    "data-rows": JSON.stringify(rows.map((row) => [row.track, row.top, row.height])),
  };
}

function EmptyHint() {
  const { task, document } = useEditor().controller.store;
  if (document.value?.tracks.size) return <p class="avseg-hint">All tracks are hidden.</p>;
  return (
    <p class="avseg-hint">
      {Object.keys(task.tracks).length
        ? "No tracks yet. Add a track, then record while it plays or drag here to draw a segment."
        : "This task asks for no segments."}
    </p>
  );
}

/** What is written on a segment: its first text, else its first answer. */
function useLabel(): (segment: Segment) => string {
  const { task } = useEditor().controller.store;
  return useMemo(() => {
    const text = task.segment_fields.find((field) => field.kind === "text");
    const names = [...(text ? [text.name] : []), ...task.segment_fields.map((field) => field.name)];
    return (segment) => {
      const value = names.map((name) => segment.fields[name]).find((answer) => answer !== undefined && answer !== "");
      return value === undefined ? "" : (Array.isArray(value) ? value.join(", ") : String(value)).slice(0, 200);
    };
  }, [task]);
}

function useGestures(ref: { readonly current: HTMLCanvasElement | null }): void {
  const { controller } = useEditor();
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const { session, store } = controller;
    const empty = {
      sorted: [],
      tracks: new Map(),
      segments: new Map(),
      byTrack: new Map(),
      content: {},
      provenance: { annotator: "", media: "" },
    };
    return watchPointer(canvas, {
      document: () => store.document.peek() ?? empty,
      view: () => session.viewport.peek(),
      selected: () => session.selectedIds.peek(),
      look: session.tracks,
      isLocked: (track, tell) => session.tracks.of(track).locked && (!tell || refuseLocked(controller, [track])),
      snap: (time) => session.snap(time),
      duration: () => session.duration.peek(),
      preview: (preview) => {
        session.drag.value = preview;
      },
      commit: (preview, gesture) => controller.commit(preview, gesture),
      click: (hit, time) => {
        if (hit.kind === "body" || hit.kind === "edge") return controller.playSegment(hit.segment);
        session.select([]);
        if (hit.kind === "track") session.selectedTracks.value = new Set([hit.track]);
        controller.seek(time);
      },
    });
  }, [ref, controller]);
}
