// The tracks: their names with selection at the side, and the canvas on which segments are drawn, moved and resized.
import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { IndexById } from "../core/index-by-id";
import type { Preview } from "../core/session";
import type { Segment, Track } from "../core/types";
import { drawTracks } from "../timeline/draw";
import { layoutRows, ROW_HEIGHT } from "../timeline/layout";
import { watchPointer } from "../timeline/pointer";
import { Button } from "./button";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { useCanvas } from "./use";

export function TrackHeaders() {
  const { controller } = useEditor();
  const tracks = [...(controller.store.document.value?.tracks.values() ?? [])];
  if (tracks.length === 0) return <div class="avseg-side-empty">Tracks</div>;
  return (
    <ul class="avseg-headers" aria-label="Tracks">
      {tracks.map((track, index) => (
        <TrackHeader key={track.id} track={track} index={index} />
      ))}
    </ul>
  );
}

function TrackHeader({ track, index }: { track: Track; index: number }) {
  const { controller, colors } = useEditor();
  const selected = controller.session.selectedTracks.value.has(track.id);
  const name = `${track.category}: ${track.tag}`;
  const palette = colors.value.palette;
  return (
    <li class={`avseg-header${selected ? " avseg-header-selected" : ""}`}>
      <label class="avseg-header-label" title={`${name}: record on this track`}>
        <input
          type="checkbox"
          checked={selected}
          aria-label={`Record on ${name}`}
          onChange={(event) => controller.session.toggleTrack(track.id, event.currentTarget.checked)}
        />
        <span class="avseg-swatch" style={{ background: palette[index % palette.length]?.edge ?? "" }} />
        <span class="avseg-header-name">
          <small>{track.category}</small>
          <b>{track.tag}</b>
        </span>
      </label>
      <Button
        name={`Delete track ${name}`}
        icon="close"
        look="quiet"
        onClick={() => controller.removeTrack(track.id)}
      />
    </li>
  );
}

export function TrackCanvas({ width }: { width: Signal<number> }) {
  const { controller, colors } = useEditor();
  const ref = useRef<HTMLCanvasElement>(null);
  const { session, store, clock } = controller;
  const label = useLabel();
  const rows = store.document.value?.tracks.size ?? 0;
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
        view: session.viewport.value,
        width: wide,
        height: high,
        selectedIds: session.selectedIds.value,
        selectedTracks: session.selectedTracks.value,
        previews: drag ? [...previews, drag] : previews,
        colors: colors.value,
        label,
      });
    },
    width,
  );
  useGestures(ref);
  const height = `${Math.max(rows, 2) * ROW_HEIGHT}px`;
  return (
    <div class="avseg-tracks" style={{ height }}>
      <canvas
        ref={ref}
        style={{ height }}
        role="img"
        aria-label={`${rows} tracks; their segments are in the table named Segments`}
        {...geometry(controller)}
      />
      {rows === 0 ? <EmptyHint /> : null}
    </div>
  );
}

/** Where things lie, for scripts that drive the editor: the visible window in seconds, and each row in px. */
function geometry({ session, store }: Controller): Record<string, string> {
  const { start, end } = session.viewport.value;
  const rows = store.document.value ? layoutRows(store.document.value) : [];
  return {
    "data-avseg": "tracks",
    "data-start": String(start),
    "data-end": String(end),
    "data-rows": JSON.stringify(rows.map((row) => [row.track, row.top, row.height])),
  };
}

function EmptyHint() {
  const { task } = useEditor().controller.store;
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
      segments: new IndexById<Segment>(new Map()),
      byTrack: new Map(),
      content: {},
      provenance: { annotator: "", media: "" },
    };
    return watchPointer(canvas, {
      document: () => store.document.peek() ?? empty,
      view: () => session.viewport.peek(),
      selected: () => session.selectedIds.peek(),
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
