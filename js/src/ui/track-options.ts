// What the controls of a track do: name, place, lock, and all that a view remembers of it. Draws nothing.
import { removeTrack } from "../core/commands";
import { moveTrack, renameTrack, type TrackName } from "../core/track-commands";
import type { Track } from "../core/types";
import type { Controller } from "./controller";

export const nameOf = ({ category, tag }: TrackName): string => `${category}: ${tag}`;

export function renameTrackTo(controller: Controller, id: string, name: TrackName): void {
  const { document } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track) return;
  const diff = renameTrack(document, id, name);
  if (!diff.tracks) return controller.say(`There is a track ${nameOf(name)} already.`);
  if (controller.dispatch("rename track", diff)) controller.say(`Track ${nameOf(track)} is now ${nameOf(name)}.`);
}

/** Put a track at a place among those that are shown. */
export function moveTrackTo(controller: Controller, id: string, place: number): void {
  const { document, session } = controller;
  if (!document) return;
  const others = [...document.tracks.keys()].filter((other) => other !== id);
  const shown = others.filter((other) => !session.tracks.of(other).hidden);
  const before = shown[Math.max(place, 0)];
  const at = before === undefined ? others.length : others.indexOf(before);
  controller.dispatch("move track", moveTrack(document, id, at));
}

/** Move a track by one row. */
export function shiftTrack(controller: Controller, id: string, direction: 1 | -1): void {
  const { document, session } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track) return;
  const shown = [...document.tracks.keys()].filter((other) => !session.tracks.of(other).hidden);
  const to = shown.indexOf(id) + direction;
  if (to < 0 || to >= shown.length)
    return controller.say(`Track ${nameOf(track)} is the ${to < 0 ? "first" : "last"}.`);
  moveTrackTo(controller, id, to);
  controller.say(`Track ${nameOf(track)} moved ${direction < 0 ? "up" : "down"}.`);
}

export function deleteTrack(controller: Controller, id: string): void {
  const { document, session } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track) return;
  const count = document.byTrack.get(id)?.length ?? 0;
  if (!controller.dispatch("delete track", removeTrack(document, id))) return;
  session.toggleTrack(id, false);
  controller.keepSelection();
  controller.say(`Track ${nameOf(track)} deleted${count ? ` with ${count} segment${count > 1 ? "s" : ""}` : ""}.`);
}

/** Hide a track; nothing can be selected or recorded on it then. */
export function hideTrack(controller: Controller, id: string): void {
  const { document, session } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track || isRecordedOn(controller, track)) return;
  session.tracks.set(id, { hidden: true });
  session.toggleTrack(id, false);
  const kept = [...session.selectedIds.peek()].filter((segment) => document.segments.get(segment)?.track !== id);
  if (kept.length !== session.selectedIds.peek().size) session.select(kept);
  controller.say(`Track ${nameOf(track)} hidden.`);
}

export function showTracks(controller: Controller): void {
  controller.session.tracks.showAll();
  controller.say("All tracks are shown.");
}

export function toggleLock(controller: Controller, id: string): void {
  const track = controller.document?.tracks.get(id);
  if (!track || isRecordedOn(controller, track)) return;
  const { tracks } = controller.session;
  tracks.set(id, { locked: !tracks.of(id).locked });
  controller.say(`Track ${nameOf(track)} ${tracks.of(id).locked ? "locked" : "unlocked"}.`);
}

export function toggleMute(controller: Controller, id: string): void {
  const track = controller.document?.tracks.get(id);
  if (!track) return;
  const { tracks } = controller.session;
  tracks.set(id, { muted: !tracks.of(id).muted });
  const told = tracks.of(id).muted ? "muted: its segments are not heard" : "heard again";
  controller.say(`Track ${nameOf(track)} ${told}.`);
}

function isRecordedOn(controller: Controller, track: Track): boolean {
  const recorded = controller.session.recording.peek()?.tracks.includes(track.id) ?? false;
  if (recorded) controller.say(`Stop recording first: it records on ${nameOf(track)}.`);
  return recorded;
}

/** Say which track is locked; nothing when none of them is. */
export function refuseLocked(controller: Controller, locked: readonly string[]): boolean {
  const names = locked.flatMap((id) => controller.document?.tracks.get(id) ?? []).map(nameOf);
  if (names.length === 0) return false;
  controller.say(`Not done: ${names.join(", ")} ${names.length > 1 ? "are" : "is"} locked. Unlock it in its options.`);
  return true;
}
