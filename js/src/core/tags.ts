// Giving segments another tag of their category: a pure function to a diff. Knows no view and no host.
import { addTrack } from "./commands";
import { apply, type Document } from "./document";
import type { Diff, Segment, Task } from "./types";

/** The tags that the first of some segments may have; none when it is not there. */
export function tagsFor(document: Document, task: Task, ids: Iterable<string>): readonly string[] {
  const category = categoryOf(document, ids);
  return category !== undefined && Object.hasOwn(task.tracks, category) ? (task.tracks[category] ?? []) : [];
}

function categoryOf(document: Document, ids: Iterable<string>): string | undefined {
  for (const id of ids) {
    const segment = document.segments.get(id);
    if (segment) return document.tracks.get(segment.track)?.category;
  }
  return undefined;
}

/**
 * Move segments to the track of a tag of the first one's category, adding that track when it is not there; nothing
 * when all of them are on it.
 */
export function assignTag(document: Document, ids: Iterable<string>, tag: string): Diff {
  const there = [...ids];
  const category = categoryOf(document, there);
  if (category === undefined) return {};
  const added = addTrack(document, category, tag);
  const tracks = apply(document, added).tracks;
  const track = [...tracks.values()].find((known) => known.category === category && known.tag === tag);
  if (!track) return {};
  const moved = there
    .map((id) => document.segments.get(id))
    .filter((segment): segment is Segment => segment !== undefined && segment.track !== track.id)
    .map((segment) => ({ ...segment, track: track.id }));
  if (moved.length === 0) return {};
  return { ...added, segments: { put: Object.fromEntries(moved.map((segment) => [segment.id, segment])) } };
}
