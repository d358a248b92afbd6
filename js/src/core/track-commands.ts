// Edits of the tracks themselves, as pure functions from a document to a diff. Knows no view and no host.
import type { Document } from "./document";
import type { Diff, Track } from "./types";

/** A category and a tag of it. */
export interface TrackName {
  readonly category: string;
  readonly tag: string;
}

const same = (a: TrackName, b: TrackName): boolean => a.category === b.category && a.tag === b.tag;

/** What a task offers and no track of the document is named. */
export function freeNames(document: Document, offered: Readonly<Record<string, readonly string[]>>): TrackName[] {
  const taken = [...document.tracks.values()];
  return Object.entries(offered)
    .flatMap(([category, tags]) => tags.map((tag) => ({ category, tag })))
    .filter((name) => !taken.some((track) => same(track, name)));
}

/** Give a track another name; its id and its segments stay. Nothing when another track has the name. */
export function renameTrack(document: Document, id: string, { category, tag }: TrackName): Diff {
  const track = document.tracks.get(id);
  if (!track || [...document.tracks.values()].some((other) => same(other, { category, tag }))) return {};
  return { tracks: { put: { [id]: { ...track, category, tag } } } };
}

/** Put a track before the one that is `place`th of the others. */
export function moveTrack(document: Document, id: string, place: number): Diff {
  const track = document.tracks.get(id);
  if (!track) return {};
  const others = [...document.tracks.values()].filter((other) => other.id !== id);
  const at = Math.min(Math.max(Math.round(place), 0), others.length);
  if ([...document.tracks.keys()].indexOf(id) === at) return {};
  const position = between(others[at - 1], others[at]);
  if (position !== null) return { tracks: { put: { [id]: { ...track, position } } } };
  const ordered = [...others.slice(0, at), track, ...others.slice(at)];
  const moved = ordered.map((item, index) => ({ ...item, position: index }));
  return { tracks: { put: Object.fromEntries(moved.map((item) => [item.id, item])) } };
}

/** A position after one track and before another; null when there is no number left between them. */
function between(before: Track | undefined, after: Track | undefined): number | null {
  if (!before && !after) return 0;
  const position =
    before && after
      ? (before.position + after.position) / 2
      : before
        ? before.position + 1
        : (after as Track).position - 1;
  const fits = (!before || position > before.position) && (!after || position < after.position);
  return fits && Number.isFinite(position) ? position : null;
}
