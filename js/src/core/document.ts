// The document as an immutable value, and the algebra of diffs over it. Knows no view, host or field rules.
import { IndexById } from "./index-by-id";
import type { Annotation, Diff, Segment, Track } from "./types";

export type FieldValue = boolean | number | string | string[];

/** An annotation, indexed for the editor; `sorted` and each list of `byTrack` are in the order of start, end and id. */
export interface Document {
  readonly tracks: ReadonlyMap<string, Track>;
  readonly segments: IndexById<Segment>;
  readonly sorted: readonly Segment[];
  readonly byTrack: ReadonlyMap<string, readonly Segment[]>;
  readonly content: Readonly<Record<string, FieldValue>>;
  readonly provenance: Annotation["provenance"];
}

export function compareSegments(a: Segment, b: Segment): number {
  return a.start - b.start || a.end - b.end || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
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
  };
}

export function toAnnotation(document: Document): Annotation {
  return {
    tracks: [...document.tracks.values()],
    segments: [...document.sorted],
    content: { ...document.content },
    provenance: document.provenance,
    version: 1,
  };
}

function changeMap<T>(
  map: ReadonlyMap<string, T>,
  put: Record<string, T>,
  remove: readonly string[],
): ReadonlyMap<string, T> {
  const next = new Map(map);
  for (const id of remove) next.delete(id);
  for (const [id, value] of Object.entries(put)) next.set(id, value);
  return next;
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
    tracks: tracks ? changeMap(document.tracks, tracks.put ?? {}, tracks.remove ?? []) : document.tracks,
    segments: segments ? document.segments.changed(segments.put ?? {}, segments.remove ?? []) : document.segments,
    ...(tracks || segments ? changeLists(document, diff) : {}),
    content: content ? { ...kept, ...content.put } : document.content,
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

/** Tracks have an order, and one that is put again comes last: so those behind it are taken out and put after it. */
function invertTracks(tracks: Document["tracks"], change: Change<Track> | undefined): Change<Track> | undefined {
  const plain = invertChange(change, (id) => tracks.get(id));
  if (!change || !plain) return undefined;
  const after = changeMap(tracks, change.put ?? {}, change.remove ?? []);
  const restored = [...changeMap(after, plain.put ?? {}, plain.remove ?? []).keys()];
  const wanted = [...tracks.keys()];
  const first = wanted.findIndex((id, row) => id !== restored[row]);
  if (first < 0) return plain;
  const moved = wanted.slice(first);
  const stay = Object.entries(plain.put ?? {}).filter(([id]) => !moved.includes(id));
  const again = [...tracks].filter(([id]) => moved.includes(id));
  return { put: Object.fromEntries([...stay, ...again]), remove: [...(plain.remove ?? []), ...moved] };
}

/** The diff that undoes `diff`, made where `document` is the state before it. */
export function invert(document: Document, diff: Diff): Diff {
  const tracks = invertTracks(document.tracks, diff.tracks);
  const segments = invertChange(diff.segments, (id) => document.segments.get(id));
  const content = invertChange(diff.content, (name) =>
    Object.hasOwn(document.content, name) ? document.content[name] : undefined,
  );
  return { ...(tracks ? { tracks } : {}), ...(segments ? { segments } : {}), ...(content ? { content } : {}) };
}

export function isEmpty(diff: Diff): boolean {
  return [diff.tracks, diff.segments, diff.content].every(
    (change) => !change || (Object.keys(change.put ?? {}).length === 0 && !change.remove?.length),
  );
}
