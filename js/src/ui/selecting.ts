// How segments are selected in one view: by clicks with keys held, by range, by rubber band, all of them. Draws nothing.
import { rangeOf } from "../core/commands/segments";
import type { Band } from "../core/editing";
import type { Segment } from "../core/types";
import { type Hit, type Row, segmentsIn } from "../timeline/layout";
import type { Held } from "../timeline/pointer";
import type { Controller } from "./controller";
import { sentence } from "./editing";

export function heldIn(event: MouseEvent): Held {
  return { toggle: event.ctrlKey || event.metaKey, range: event.shiftKey };
}

/** Whether a segment's track is not hidden. */
export function isShown({ document, session }: Controller, id: string): boolean {
  return !session.tracks.of(document?.segments.get(id)?.track ?? "").hidden;
}

/** Those of some segments whose tracks are not hidden. */
export function shownOf(controller: Controller, ids: Iterable<string>): string[] {
  return [...ids].filter((id) => isShown(controller, id));
}

/** Select many at once: of hidden tracks none, so that nothing is done to them unseen. */
export function selectShown(controller: Controller, ids: Iterable<string>): void {
  const wanted = [...ids];
  const shown = shownOf(controller, wanted);
  controller.session.select(shown);
  tellSelected(controller, wanted.length - shown.length);
}

/** A click plays exactly the segment; with Ctrl it selects one more or less, with Shift all up to it, and plays nothing. */
export function clickSegment(controller: Controller, segment: Segment, held: Held): void {
  const { session, document } = controller;
  const { editing } = session;
  if (held.range && document) {
    const range = rangeOf(document, session.selectedId.peek() ?? editing.anchor, segment.id);
    session.select([...(held.toggle ? session.selectedIds.peek() : []), ...range]);
    if (range.length === 1) editing.anchor = segment.id;
    return tellSelected(controller);
  }
  if (held.toggle) return toggleSelected(controller, segment.id);
  editing.anchor = segment.id;
  controller.playSegment(segment);
}

/** Select one segment more, or one less. */
export function toggleSelected(controller: Controller, id: string): void {
  const { session } = controller;
  session.editing.anchor = id;
  const next = new Set(session.selectedIds.peek());
  if (!next.delete(id)) next.add(id);
  session.select(next);
  tellSelected(controller);
}

export function clickTracks(controller: Controller, hit: Hit, time: number, held: Held): void {
  const { session } = controller;
  if (hit.kind === "body" || hit.kind === "edge") return clickSegment(controller, hit.segment, held);
  if (held.toggle || held.range) return;
  session.select([]);
  if (hit.kind !== "track") return;
  session.selectedTracks.value = new Set([hit.track]);
  controller.seek(time);
}

/** Select what the rubber band holds besides what was selected before it; without a band that alone. */
export function selectBand(
  controller: Controller,
  rows: readonly Row[],
  band: Band | null,
  before: ReadonlySet<string>,
): void {
  const { session, document } = controller;
  const within = document && band ? segmentsIn(document, rows, band) : [];
  const ended = !band && session.editing.band.peek() !== null;
  session.editing.band.value = band;
  session.select([...before, ...within.map((segment) => segment.id)]);
  if (ended) tellSelected(controller);
}

export function selectAll(controller: Controller): void {
  selectShown(controller, controller.document?.segments.keys() ?? []);
}

/** Select every segment of the selected tracks, else of the tracks of the selected segments. */
export function selectOnTracks(controller: Controller): void {
  const { session, document } = controller;
  if (!document) return;
  const own = [...session.selectedIds.peek()].map((id) => document.segments.get(id)?.track ?? "");
  const tracks = new Set(own.length ? own : session.selectedTracks.peek());
  if (tracks.size === 0) return controller.say("Select a track first.");
  const within = [...tracks].flatMap((track) => document.byTrack.get(track) ?? []);
  selectShown(
    controller,
    within.map((segment) => segment.id),
  );
}

/** Say how many are selected, and how many of those meant are on hidden tracks. */
export function tellSelected(controller: Controller, hidden = 0): void {
  const { size } = controller.session.selectedIds.peek();
  const left = hidden ? ` ${hidden} on hidden tracks left out.` : "";
  controller.say(`${sentence(size)} selected.${left}`);
}
