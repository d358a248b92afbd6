// What attracts a gesture in one view: joins the document, the clock and the peaks with the pure rules of snapping.
import type { Document } from "../core/document";
import { type Attractors, attract, edgeTimes, silenceEdges, zeroCrossings } from "../core/snapping";
import type { PeakCache } from "../player/peaks";
import type { Snapped } from "../timeline/gesture";
import type { Controller } from "./controller";

/** How near a time must be to attract, in px. */
const REACH = 8;

/** A function that draws times to what is near them, for a canvas of a width in px. */
export function makeSnap(controller: Controller, peaks: PeakCache) {
  const { session, store, clock } = controller;
  let known: { document: Document | null; without: string; edges: Float64Array } | null = null;
  const edgesBut = (without: ReadonlySet<string>) => {
    const document = store.document.peek();
    const key = [...without].join(" ");
    if (known?.document !== document || known.without !== key) {
      known = { document, without: key, edges: document ? edgeTimes(document, without) : new Float64Array() };
    }
    return known.edges;
  };
  return (time: number, without: ReadonlySet<string>, width: number, alt: boolean): Snapped => {
    if (session.editing.snapping.peek() === alt) return { time: session.snap(time), near: false };
    const { start, end } = session.viewport.peek();
    const reach = (REACH / width) * (end - start);
    const rate = session.info.sample_rate;
    const columns = rate ? peaks.window(start, end, width) : null;
    const sound: Attractors = columns?.complete
      ? [silenceEdges(columns, rate), zeroCrossings(columns, rate, time - reach, time + reach)]
      : [];
    const found = attract(time, [edgesBut(without), [clock.time.peek()], clock.frames, ...sound], reach);
    const inside = found !== null && found >= 0 && found <= session.duration.peek();
    return inside ? { time: found, near: true } : { time: session.snap(time), near: false };
  };
}
