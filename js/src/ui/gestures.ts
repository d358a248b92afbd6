// Joins the pointer on the tracks' canvas with the editor of one view.
import { useEffect } from "preact/hooks";
import { EMPTY_DOCUMENT } from "../core/document";
import { fitToRules } from "../core/overlap";
import type { Row } from "../timeline/layout";
import { watchPointer } from "../timeline/pointer";
import { useEditor } from "./context";
import { commitGesture } from "./editing";
import { clickTracks, selectBand } from "./selecting";
import { makeSnap } from "./snap";
import { refuseLocked } from "./track-options";

/** Listen to gestures on a canvas; `rows` says where its tracks lie now. */
export function useGestures(ref: { readonly current: HTMLCanvasElement | null }, rows: () => readonly Row[]): void {
  const { controller, peaks } = useEditor();
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const { session, store } = controller;
    const snap = makeSnap(controller, peaks);
    return watchPointer(canvas, {
      view: () => session.viewport.peek(),
      scene: (alt) => {
        const document = store.document.peek() ?? EMPTY_DOCUMENT;
        return {
          document,
          rows: rows(),
          selected: session.selectedIds.peek(),
          duration: session.duration.peek(),
          grid: (time) => session.snap(time),
          snap: (time, without) => snap(time, without, canvas.clientWidth, alt),
          fit: (wanted, anchor) => fitToRules(document, store.task, wanted, anchor),
        };
      },
      isLocked: (track, tell) =>
        controller.reading ||
        (session.tracks.of(track).locked && (!tell || refuseLocked(controller, [track], "change its segments"))),
      preview: (dragged) => {
        session.drag.value = dragged?.previews ?? [];
        session.editing.guide.value = dragged?.guide ?? null;
      },
      commit: (dragged) => commitGesture(controller, dragged),
      click: (hit, time, held) => clickTracks(controller, hit, time, held),
      band: (band, before) => selectBand(controller, rows(), band, before),
      pan: (seconds) => session.pan(seconds),
    });
  }, [ref, rows, controller, peaks]);
}
