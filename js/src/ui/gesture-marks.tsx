// What a gesture under way shows over the tracks: the rubber band, and the time it is drawn to.
import type { Signal } from "@preact/signals";
import { timeToX } from "../timeline/layout";
import { useEditor } from "./context";

export function GestureMarks({ width }: { width: Signal<number> }) {
  const { session } = useEditor().controller;
  const band = session.editing.band.value;
  const guide = session.editing.guide.value;
  if (!band && guide === null) return null;
  const x = (time: number) => timeToX(time, session.viewport.value, width.value);
  return (
    <>
      {band ? (
        <div
          class="avseg-band"
          style={{
            left: `${x(band.start)}px`,
            width: `${x(band.end) - x(band.start)}px`,
            top: `${band.top}px`,
            height: `${band.bottom - band.top}px`,
          }}
        />
      ) : null}
      {guide === null ? null : <div class="avseg-guide" style={{ left: `${x(guide)}px` }} />}
    </>
  );
}
