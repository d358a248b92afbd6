// What the controls of a track do: name, place, lock, and all that a view remembers of it. Draws nothing.
import { removeTrack } from "../core/commands";
import { moveTrack, renameTrack, type TrackName } from "../core/track-commands";
import type { Track } from "../core/types";
import type { Controller } from "./controller";
import { sentence } from "./editing";

export const nameOf = ({ category, tag }: TrackName): string => `${category}: ${tag}`;

export function renameTrackTo(controller: Controller, id: string, name: TrackName): void {
  const { document } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track) return;
  const diff = renameTrack(document, id, name);
  if (!diff.tracks) return controller.say(`There is a track ${nameOf(name)} already.`);
  controller.dispatch("rename track", diff, { say: `Track ${nameOf(track)} is now ${nameOf(name)}.` });
}

/** Put a track at a place among those that are shown. */
export function moveTrackTo(controller: Controller, id: string, place: number, say?: string): void {
  const { document, session } = controller;
  if (!document) return;
  const others = [...document.tracks.keys()].filter((other) => other !== id);
  const shown = others.filter((other) => !session.tracks.of(other).hidden);
  const before = shown[Math.max(place, 0)];
  const at = before === undefined ? others.length : others.indexOf(before);
  controller.dispatch("move track", moveTrack(document, id, at), { say });
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
  moveTrackTo(controller, id, to, `Track ${nameOf(track)} moved ${direction < 0 ? "up" : "down"}.`);
}

export function deleteTrack(controller: Controller, id: string): void {
  const { document, session } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track || refuseRecorded(controller, [id])) return;
  const count = document.byTrack.get(id)?.length ?? 0;
  const say = `Track ${nameOf(track)} deleted${count ? ` with ${sentence(count)}` : ""}.`;
  if (!controller.dispatch("delete track", removeTrack(document, id), { say })) return;
  session.toggleTrack(id, false);
  controller.keepSelection();
}

/** Hide a track; nothing can be selected or recorded on it then. */
export function hideTrack(controller: Controller, id: string): void {
  const { document, session } = controller;
  const track = document?.tracks.get(id);
  if (!document || !track || refuseRecorded(controller, [id])) return;
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
  if (!track || refuseRecorded(controller, [id])) return;
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

const namesOf = ({ document }: Controller, ids: readonly string[]): string[] =>
  ids.flatMap((id) => document?.tracks.get(id) ?? []).map(nameOf);

/** Say on which of some tracks it records; nothing when it does on none of them. */
export function refuseRecorded(controller: Controller, ids: readonly string[]): boolean {
  const recorded = controller.session.recording.peek()?.tracks.filter((id) => ids.includes(id)) ?? [];
  if (recorded.length === 0) return false;
  controller.say(`Stop recording first: it records on ${namesOf(controller, recorded).join(", ")}.`);
  return true;
}

/** Say which tracks are locked, so that an edit was not made; nothing when none of them is. */
export function refuseLocked(controller: Controller, locked: readonly string[], edit: string): boolean {
  const names = namesOf(controller, locked);
  if (names.length === 0) return false;
  controller.say(`Not done (${edit}): ${areLocked(names)}.`);
  return true;
}

function areLocked(names: readonly string[]): string {
  const [are, them] = names.length > 1 ? ["are", "them in their"] : ["is", "it in its"];
  return `${names.join(", ")} ${are} locked. Unlock ${them} options first`;
}

/** Why the segments of a track can't be changed; empty when they can. Follows the lock. */
export function lockOf(controller: Controller, track: Track | undefined): string {
  return track && controller.session.tracks.of(track.id).locked ? areLocked([nameOf(track)]) : "";
}
