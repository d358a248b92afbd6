// Edits of segments as a view makes them: what is selected, the playhead, the rules and what the user is told. Draws nothing.

import {
  type Answers,
  endBefore,
  insertSegments,
  mergeSegments,
  placeSegments,
  segmentsAround,
  segmentsOf,
  setFields,
  splitSegments,
} from "../core/commands/segments";
import type { Document } from "../core/document";
import { defaults } from "../core/fields";
import { fitToRules, overlapRule, type Span } from "../core/overlap";
import type { Preview } from "../core/session";
import type { Segment } from "../core/types";
import { frameAt } from "../player/frames";
import type { Dragged } from "../timeline/gesture";
import { choose, trackName } from "./choices";
import type { Controller, Outcome } from "./controller";
import { isShown } from "./selecting";
import { refuseLocked } from "./track-options";

export const NONE_SELECTED = "Select a segment first.";
const NOTHING_THERE = "No segment lies under the playhead.";

export const counted = (count: number) => (count === 1 ? "segment" : `${count} segments`);
export const sentence = (count: number) => `${count} ${count === 1 ? "segment" : "segments"}`;

export const spanText = ({ start, end }: Span) => `${start.toFixed(3)} to ${end.toFixed(3)} s`;

export function selectedSegments({ document, session }: Controller): Segment[] {
  return document ? segmentsOf(document, session.selectedIds.peek()) : [];
}

const CUT = " Cut short: another segment lies there.";

const total = (spans: readonly Span[]) => spans.reduce((sum, { start, end }) => sum + end - start, 0);

/** Add segments where their tracks' rules leave room, and select them; says what was added and what was not. */
export function insert(
  controller: Controller,
  wanted: readonly Omit<Segment, "id">[],
  label: string,
  anchor?: number,
): void {
  const { document, store } = controller;
  if (!document) return;
  const placed = wanted.map((segment) => ({ ...segment, id: null }));
  const fitted = fitToRules(document, store.task, placed, () => anchor ?? null).filter((item) => item !== null);
  const { diff, ids } = insertSegments(fitted.map(({ id: _, ...segment }) => segment));
  const crowded = wanted.length - fitted.length;
  const [first] = fitted;
  const added =
    fitted.length === 1 && first ? `Segment added from ${spanText(first)}.` : `${sentence(fitted.length)} added.`;
  const lost = total(fitted) < total(wanted) ? CUT : "";
  const left = crowded ? ` No room for ${sentence(crowded)} there.` : lost;
  const say = `${ids.length ? added : ""}${left}`.trim();
  controller.dispatch(label, diff, { say, select: ids.length ? ids : undefined });
}

/** Add one segment to each of some tracks, with the fields' defaults. */
export function addNew(
  controller: Controller,
  tracks: readonly string[],
  span: readonly [number, number],
  verb: string,
) {
  const { document, store } = controller;
  const fields = defaults(store.task.segment_fields);
  const there = tracks.filter((track) => document?.tracks.has(track));
  const wanted = there.map((track) => ({ track, start: span[0], end: span[1], fields }));
  insert(controller, wanted, `${verb} ${counted(wanted.length)}`, span[0]);
}

/** Take a finished gesture into the document. */
export function commitGesture(controller: Controller, { kind, previews }: Dragged): void {
  const { document, session, store } = controller;
  const [first] = previews;
  if (!document || !first) return;
  if (first.id === null) return addNew(controller, [first.track], [first.start, first.end], "draw");
  const diff = placeSegments(document, previews);
  const label = kind === "boundary" ? "move shared boundary" : `${kind} ${counted(previews.length)}`;
  const select = kind === "move" ? previews.flatMap(({ id }) => id ?? []) : [first.id];
  const before = segmentsOf(
    document,
    previews.flatMap(({ id }) => id ?? []),
  );
  // The grid alone may take a sample.
  const cut = overlapRule(document, store.task, first.track) === "trim" && total(previews) < total(before) - 1e-3;
  const say = kind === "move" && cut ? CUT.trim() : "";
  if (controller.dispatch(label, diff, { select, say })) session.editing.anchor = first.id;
}

/** Give segments other places, cut where a rule says so; nothing when one of them has no room there. */
export function placeAll(
  controller: Controller,
  wanted: readonly Preview[],
  label: string,
  outcome: (placed: readonly Preview[]) => Outcome,
  anchor: (item: Preview) => number | null = () => null,
): void {
  const { document, store } = controller;
  if (!document) return;
  const placed = fitToRules(document, store.task, wanted, anchor)
    .filter((item) => item !== null)
    .filter((item) => item.end > item.start);
  if (placed.length < wanted.length) return controller.say("There is no room for that: another segment is in the way.");
  controller.dispatch(label, placeSegments(document, placed), outcome(placed));
}

/** Where the edge of a segment that was moved alone is now. */
export function edgeMoved(placed: readonly Preview[], edge: "start" | "end"): Outcome {
  const [only] = placed;
  return only && placed.length === 1
    ? { say: `${edge === "start" ? "Start" : "End"} at ${only[edge].toFixed(6)} s.` }
    : {};
}

/** The tracks that an edit without a place of its own goes to: selected ones, those of selected segments, the only one. */
function targetTracks(controller: Controller, document: Document): string[] {
  const chosen = [...controller.session.selectedTracks.peek()].filter((id) => document.tracks.has(id));
  if (chosen.length) return chosen;
  const own = [...new Set(selectedSegments(controller).map((segment) => segment.track))];
  return own.length || document.tracks.size !== 1 ? own : [...document.tracks.keys()];
}

/** Add a segment from the end of the one before the playhead to the playhead, on each selected track. */
export function extend(controller: Controller): void {
  const { document, session, store, clock } = controller;
  if (!document) return;
  const tracks = targetTracks(controller, document);
  if (tracks.length === 0) return controller.say("Select the track to extend on first.");
  const end = session.snap(clock.time.peek());
  const fields = defaults(store.task.segment_fields);
  const wanted = tracks
    .map((track) => ({ track, start: endBefore(document, track, end), end, fields }))
    .filter((segment) => segment.start < segment.end);
  if (wanted.length === 0) return controller.say("Nothing to extend: the playhead is not after the segment before it.");
  insert(controller, wanted, "extend to the playhead");
}

/** How long a segment is that is added without a marked time, in seconds; shorter where the next one begins. */
const NEW_LENGTH = 1;

/** Add a segment over the marked time, or from the playhead on, on each selected track. */
export function addAtPlayhead(controller: Controller): void {
  const { document, session, store, clock } = controller;
  if (!document) return;
  const tracks = targetTracks(controller, document);
  if (tracks.length === 0) return controller.say("Add or select a track first.");
  const range = session.listening.range.peek();
  const start = range?.start ?? session.snap(clock.time.peek());
  const fields = defaults(store.task.segment_fields);
  const wanted = tracks.map((track) => {
    const next = document.byTrack.get(track)?.find((segment) => segment.start > start)?.start;
    return {
      track,
      start,
      end: range?.end ?? session.snap(Math.min(start + NEW_LENGTH, next ?? start + NEW_LENGTH)),
      fields,
    };
  });
  if (wanted.every(({ end }) => end <= start))
    return controller.say("There is no room: the media ends at the playhead.");
  insert(controller, wanted, "add segment", start);
}

/** Split at the playhead what is selected there, else the only segment there, else the one that is chosen. */
export function split(controller: Controller): void {
  const { document, session, clock } = controller;
  if (!document) return;
  const time = session.snap(clock.time.peek());
  const selected = session.selectedIds.peek();
  const around = segmentsAround(document, time).filter(({ id }) => selected.has(id) || isShown(controller, id));
  const chosen = around.filter(({ id }) => selected.has(id));
  const cut = (segments: readonly Segment[]) => {
    const now = controller.document;
    if (!now) return;
    const { diff, ids } = splitSegments(
      now,
      segments.map((segment) => segment.id),
      time,
    );
    if (ids.length === 0) return controller.say(NOTHING_THERE);
    const say = `Split at ${time.toFixed(3)} s.`;
    controller.dispatch(`split ${counted(segments.length)}`, diff, { select: ids, say });
  };
  if (around.length === 0) return controller.say(NOTHING_THERE);
  if (chosen.length || around.length === 1) return cut(chosen.length ? chosen : around);
  choose(controller, "Split which segment?", [
    ...around.map((segment) => ({ label: describe(controller, segment), run: () => cut([segment]) })),
    { label: `All ${around.length}`, run: () => cut(around) },
  ]);
}

/** A segment in words: its track, its times and its first text. */
function describe({ document, store }: Controller, segment: Segment): string {
  const texts = store.task.segment_fields.filter(({ kind }) => kind === "text").map(({ name }) => segment.fields[name]);
  const text = texts.find((answer) => typeof answer === "string" && answer);
  return `${trackName(document, segment.track)}, ${spanText(segment)}${text ? `: ${String(text).slice(0, 60)}` : ""}`;
}

export function merge(controller: Controller): void {
  const { document, store, session } = controller;
  if (!document) return;
  const ids = session.selectedIds.peek();
  const merged = mergeSegments(document, store.task, ids);
  if (!merged) {
    const few = selectedSegments(controller).length < 2;
    return controller.say(
      few ? "Select the segments to merge first: two or more." : "Not merged: the segments are not on one track.",
    );
  }
  const say = `${sentence(ids.size)} merged into one.`;
  controller.dispatch(`merge ${counted(ids.size)}`, merged.diff, { select: merged.ids, say });
}

/** Ask for a track and hand it over; without asking when only one can be meant. */
function chooseTrack(controller: Controller, title: string, take: (track: string) => void): void {
  const { document } = controller;
  const segments = selectedSegments(controller);
  if (!document || segments.length === 0) return controller.say(NONE_SELECTED);
  const own = new Set(segments.map((segment) => segment.track));
  const tracks = [...document.tracks.keys()].filter((track) => own.size > 1 || !own.has(track));
  if (tracks.length === 0) return controller.say("There is no other track: add one first.");
  const options = tracks.map((track) => ({ label: trackName(document, track), run: () => take(track) }));
  const [only] = options;
  if (only && options.length === 1) only.run();
  else choose(controller, title, options);
}

/** Put copies of the selected segments on a track that is chosen, at the same times. */
export function duplicate(controller: Controller): void {
  chooseTrack(controller, `Duplicate ${counted(selectedSegments(controller).length)} to`, (track) => {
    // A copy is the annotator's own, as one that is pasted is.
    const copies = selectedSegments(controller).map(({ start, end, fields }) => ({ track, start, end, fields }));
    insert(controller, copies, `duplicate ${counted(copies.length)}`);
  });
}

/** Move the selected segments to a track that is chosen, at the same times. */
export function moveToTrack(controller: Controller): void {
  chooseTrack(controller, `Move ${counted(selectedSegments(controller).length)} to`, (track) => {
    const moved = selectedSegments(controller).map(({ id, start, end }) => ({ id, start, end, track }));
    const say = `${sentence(moved.length)} moved to ${trackName(controller.document, track)}.`;
    const select = moved.map(({ id }) => id);
    placeAll(controller, moved, `move ${counted(moved.length)}`, () => ({ say, select }));
  });
}

/** How far an edge is nudged: seconds, or one sample or frame. */
export type Nudge = number | "grid";

function nudged({ session, clock }: Controller, time: number, by: Nudge, direction: 1 | -1): number {
  const rate = session.info.sample_rate;
  if (by !== "grid") return session.snap(time + direction * by);
  if (clock.frames.length) {
    const shown = frameAt(clock.frames, time);
    const between = direction < 0 && time - (clock.frames[shown] ?? time) > 1e-9;
    const next = clock.frames[between ? shown : shown + direction];
    return next ?? (direction > 0 ? session.duration.peek() : 0);
  }
  return session.snap(time + direction / (rate || 1000));
}

/** Move an edge of each selected segment a little. */
export function nudge(controller: Controller, edge: "start" | "end", by: Nudge, direction: 1 | -1): void {
  const segments = selectedSegments(controller);
  if (segments.length === 0) return controller.say(NONE_SELECTED);
  const wanted = segments.map(({ id, track, start, end }) => {
    const times = { start, end, [edge]: nudged(controller, edge === "start" ? start : end, by, direction) };
    return { id, track, ...times };
  });
  if (wanted.some(({ start, end }) => end <= start))
    return controller.say("Not moved: a segment must be longer than nothing.");
  const other = edge === "start" ? "end" : "start";
  const label = `nudge ${edge} of ${counted(wanted.length)}`;
  const anchor = (item: Preview) => controller.document?.segments.get(item.id ?? "")?.[other] ?? null;
  placeAll(controller, wanted, label, (placed) => edgeMoved(placed, edge), anchor);
}

/** Ask for answers that the selected segments are given, unless one of them is locked. */
export function askFields(controller: Controller): void {
  const tracks = new Set(selectedSegments(controller).map(({ track }) => track));
  const locked = [...tracks].filter((track) => controller.session.tracks.of(track).locked);
  if (refuseLocked(controller, locked, `edit ${counted(controller.session.selectedIds.peek().size)}`)) return;
  controller.panel.value = { kind: "fields" };
}

/** Give the selected segments the same answers, as one step. */
export function editFields(controller: Controller, answers: Answers): void {
  const { document, session, store } = controller;
  if (!document || answers.size === 0) return;
  const diff = setFields(document, store.task, session.selectedIds.peek(), answers);
  const count = Object.keys(diff.segments?.put ?? {}).length;
  if (!count) return controller.say("Nothing to change: they have these answers already.");
  controller.dispatch(`edit ${counted(count)}`, diff, { say: `${sentence(count)} edited.` });
}
