// The document as an immutable value, and the algebra of diffs over it. Knows no view, host or field rules.
import { IndexById } from "./index-by-id";
import type { Annotation, Diff, Segment, Track } from "./types";

export type FieldValue = boolean | number | string | string[];

/**
 * An annotation, indexed for the editor; `sorted` and each list of `byTrack` are in the order of start, end and id,
 * `tracks` in that of position and id.
 */
export interface Document {
  readonly tracks: ReadonlyMap<string, Track>;
  readonly segments: IndexById<Segment>;
  readonly sorted: readonly Segment[];
  readonly byTrack: ReadonlyMap<string, readonly Segment[]>;
  readonly content: Readonly<Record<string, FieldValue>>;
  readonly provenance: Annotation["provenance"];
  readonly completion: Annotation["completion"];
}

/** Place of a unit of UTF-16 in the order of code points: those past the 16th bit come last. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/** The order of two ids by code points, as Python has it; `<` goes by the units of UTF-16. */
function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
    if (difference) return difference;
  }
  return a.length - b.length;
}

export function compareSegments(a: Segment, b: Segment): number {
  return a.start - b.start || a.end - b.end || compareIds(a.id, b.id);
}

export function compareTracks(a: Track, b: Track): number {
  return a.position - b.position || compareIds(a.id, b.id);
}

/** Tracks by position; where equal positions would change their order, all are numbered anew. As in model.py. */
export function inTrackOrder(tracks: readonly Track[]): Track[] {
  const sorted = [...tracks].sort((a, b) => a.position - b.position);
  const told = sorted.every((track, index) => index === 0 || compareTracks(sorted[index - 1] as Track, track) < 0);
  return told ? sorted : sorted.map((track, position) => ({ ...track, position }));
}

/** The first place in a sorted list whose segment does not come before `segment`. */
export function place(list: readonly Segment[], segment: Segment): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareSegments(list[middle] as Segment, segment) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** More changes than this are sorted in together instead of one by one. */
const FEW = 64;

/** A sorted list without some of its segments and with others, sorted again. */
function changeList(
  list: readonly Segment[],
  without: readonly Segment[],
  put: readonly Segment[],
): readonly Segment[] {
  if (without.length + put.length > FEW) {
    const gone = new Set(without.map((segment) => segment.id));
    return [...list.filter((segment) => !gone.has(segment.id)), ...put].sort(compareSegments);
  }
  const next = [...list];
  for (const segment of without) {
    const index = place(next, segment);
    if (next[index]?.id === segment.id) next.splice(index, 1);
  }
  for (const segment of put) next.splice(place(next, segment), 0, segment);
  return next;
}

export function fromAnnotation(annotation: Annotation): Document {
  const sorted = [...annotation.segments].sort(compareSegments);
  const byTrack = new Map<string, Segment[]>(annotation.tracks.map((track) => [track.id, []]));
  for (const segment of sorted) {
    const list = byTrack.get(segment.track);
    if (list) list.push(segment);
    else byTrack.set(segment.track, [segment]);
  }
  return {
    tracks: new Map(annotation.tracks.map((track) => [track.id, track])),
    segments: new IndexById(new Map(annotation.segments.map((segment) => [segment.id, segment]))),
    sorted,
    byTrack,
    content: annotation.content,
    provenance: annotation.provenance,
    completion: annotation.completion,
  };
}

/** The document of nothing, for what must draw before there is one. */
export const EMPTY_DOCUMENT: Document = fromAnnotation({
  tracks: [],
  segments: [],
  content: {},
  provenance: { annotator: "", media: "" },
  completion: { done: false, reason: "" },
  version: 1,
});

export function toAnnotation(document: Document): Annotation {
  return {
    tracks: [...document.tracks.values()],
    segments: [...document.sorted],
    content: { ...document.content },
    provenance: document.provenance,
    completion: document.completion,
    version: 1,
  };
}

function changeMap<T>(map: ReadonlyMap<string, T>, put: Record<string, T>, remove: readonly string[]): Map<string, T> {
  const next = new Map(map);
  for (const id of remove) next.delete(id);
  for (const [id, value] of Object.entries(put)) next.set(id, value);
  return next;
}

function changeTracks(document: Document, { put = {}, remove = [] }: NonNullable<Diff["tracks"]>): Document["tracks"] {
  const tracks = [...changeMap(document.tracks, put, remove).values()].sort(compareTracks);
  return new Map(tracks.map((track) => [track.id, track]));
}

/** Only the lists of tracks that the diff touches are made anew. */
function changeLists(document: Document, diff: Diff): Pick<Document, "byTrack" | "sorted"> {
  const lists = new Map(document.byTrack);
  for (const track of Object.keys(diff.tracks?.put ?? {})) if (!lists.has(track)) lists.set(track, []);
  const put = Object.values(diff.segments?.put ?? {});
  const without = [...(diff.segments?.remove ?? []), ...put.map((segment) => segment.id)]
    .map((id) => document.segments.get(id))
    .filter((segment) => segment !== undefined);
  for (const track of new Set([...without, ...put].map((segment) => segment.track))) {
    const own = (segment: Segment) => segment.track === track;
    lists.set(track, changeList(lists.get(track) ?? [], without.filter(own), put.filter(own)));
  }
  const stay = diff.tracks?.put ?? {};
  for (const track of diff.tracks?.remove ?? []) {
    if (!Object.hasOwn(stay, track) && !lists.get(track)?.length) lists.delete(track);
  }
  return { byTrack: lists, sorted: changeList(document.sorted, without, put) };
}

export function apply(document: Document, diff: Diff): Document {
  const { tracks, segments, content } = diff;
  const kept = { ...document.content };
  for (const name of content?.remove ?? []) delete kept[name];
  return {
    ...document,
    tracks: tracks ? changeTracks(document, tracks) : document.tracks,
    segments: segments ? document.segments.changed(segments.put ?? {}, segments.remove ?? []) : document.segments,
    ...(tracks || segments ? changeLists(document, diff) : {}),
    content: content ? { ...kept, ...content.put } : document.content,
    completion: diff.completion ?? document.completion,
  };
}

interface Change<T> {
  put?: Record<string, T>;
  remove?: string[];
}

function invertChange<T>(change: Change<T> | undefined, get: (key: string) => T | undefined): Change<T> | undefined {
  if (!change) return undefined;
  const put: [string, T][] = [];
  const remove: string[] = [];
  for (const key of new Set([...Object.keys(change.put ?? {}), ...(change.remove ?? [])])) {
    const before = get(key);
    if (before !== undefined) put.push([key, before]);
    else if (change.put && Object.hasOwn(change.put, key)) remove.push(key);
  }
  return { ...(put.length ? { put: Object.fromEntries(put) } : {}), ...(remove.length ? { remove } : {}) };
}

/** The diff that undoes `diff`, made where `document` is the state before it. */
export function invert(document: Document, diff: Diff): Diff {
  const tracks = invertChange(diff.tracks, (id) => document.tracks.get(id));
  const segments = invertChange(diff.segments, (id) => document.segments.get(id));
  const content = invertChange(diff.content, (name) =>
    Object.hasOwn(document.content, name) ? document.content[name] : undefined,
  );
  return {
    ...(tracks ? { tracks } : {}),
    ...(segments ? { segments } : {}),
    ...(content ? { content } : {}),
    ...(diff.completion ? { completion: document.completion } : {}),
  };
}

export function isEmpty(diff: Diff): boolean {
  if (diff.completion) return false;
  return [diff.tracks, diff.segments, diff.content].every(
    (change) => !change || (Object.keys(change.put ?? {}).length === 0 && !change.remove?.length),
  );
}
