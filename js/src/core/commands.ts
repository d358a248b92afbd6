// Every edit, as a pure function from a document and arguments to a diff. Knows no view and no host.
import type { Document, FieldValue } from "./document";
import { defaults } from "./fields";
import type { Diff, Segment, Task, Track } from "./types";

/** The id a track has by default; the same rule as `track_id` in model.py. */
export function trackId(category: string, tag: string): string {
  return [category, tag].map((part) => part.replaceAll("%", "%25").replaceAll(":", "%3A")).join(":");
}

export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function put(segments: readonly Segment[]): Diff {
  return { segments: { put: Object.fromEntries(segments.map((segment) => [segment.id, segment])) } };
}

/** Add a track; nothing when there is one of that category and tag. */
export function addTrack(document: Document, category: string, tag: string): Diff {
  const there = [...document.tracks.values()].some((track) => track.category === category && track.tag === tag);
  if (there) return {};
  const plain = trackId(category, tag);
  const id = document.tracks.has(plain) ? `${plain}:${newId()}` : plain;
  const position = Math.max(-1, ...[...document.tracks.values()].map((track) => track.position)) + 1;
  const track: Track = { category, tag, id, position };
  return { tracks: { put: { [id]: track } } };
}

/** Remove a track and its segments. */
export function removeTrack(document: Document, id: string): Diff {
  const remove = (document.byTrack.get(id) ?? []).map((segment) => segment.id);
  return { tracks: { remove: [id] }, ...(remove.length ? { segments: { remove } } : {}) };
}

/** Add one segment to each of some tracks, with the fields' defaults. */
export function addSegments(
  task: Task,
  tracks: readonly string[],
  start: number,
  end: number,
): { diff: Diff; ids: string[] } {
  const segments = tracks.map((track) => ({ track, start, end, fields: defaults(task.segment_fields), id: newId() }));
  return { diff: put(segments), ids: segments.map((segment) => segment.id) };
}

export function removeSegments(document: Document, ids: readonly string[]): Diff {
  const remove = ids.filter((id) => document.segments.has(id));
  return remove.length ? { segments: { remove } } : {};
}

/** Give a segment other times, another track, or both. */
export function placeSegment(
  document: Document,
  id: string,
  to: Partial<Pick<Segment, "start" | "end" | "track">>,
): Diff {
  const segment = document.segments.get(id);
  if (!segment) return {};
  const next = { ...segment, ...to };
  const same = next.start === segment.start && next.end === segment.end && next.track === segment.track;
  return same ? {} : put([next]);
}

function same(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Answer a segment's field; `undefined` takes the answer back. */
export function setField(document: Document, id: string, name: string, value: FieldValue | undefined): Diff {
  const segment = document.segments.get(id);
  if (!segment || same(Object.hasOwn(segment.fields, name) ? segment.fields[name] : undefined, value)) return {};
  const fields = { ...segment.fields };
  delete fields[name];
  return put([{ ...segment, fields: value === undefined ? fields : { ...fields, [name]: value } }]);
}

/** Answer a content field; `undefined` takes the answer back. */
export function setContent(document: Document, name: string, value: FieldValue | undefined): Diff {
  const before = Object.hasOwn(document.content, name) ? document.content[name] : undefined;
  if (same(before, value)) return {};
  return value === undefined ? { content: { remove: [name] } } : { content: { put: { [name]: value } } };
}

/** Mark the annotation as done, with a reason where problems are left, or as not done again. */
export function setCompletion(document: Document, done: boolean, reason = ""): Diff {
  const { completion } = document;
  return completion.done === done && completion.reason === reason ? {} : { completion: { done, reason } };
}
