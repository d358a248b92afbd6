// Edits of several segments at once, as pure functions from a document and arguments to a diff. Knows no view and no host.
import { newId, put } from "../commands";
import type { Document, FieldValue } from "../document";
import { isAsked } from "../fields";
import type { Placed } from "../overlap";
import type { Diff, Segment, Task } from "../types";

/** An edit, and the ids that should be selected after it. */
export interface Edited {
  readonly diff: Diff;
  readonly ids: readonly string[];
}

export function segmentsOf(document: Document, ids: Iterable<string>): Segment[] {
  return [...new Set(ids)].map((id) => document.segments.get(id)).filter((segment) => segment !== undefined);
}

/** The segments that hold a time inside them, not at an edge, in their order. */
export function segmentsAround(document: Document, time: number): Segment[] {
  return document.sorted.filter((segment) => segment.start < time && segment.end > time);
}

/** Cut segments in two at a time inside them; both parts have the fields, the later one a new id. */
export function splitSegments(document: Document, ids: Iterable<string>, time: number): Edited {
  const cut = segmentsOf(document, ids).filter((segment) => segment.start < time && segment.end > time);
  const later = cut.map((segment) => ({ ...segment, start: time, id: newId() }));
  const earlier = cut.map((segment) => ({ ...segment, end: time }));
  return { diff: cut.length ? put([...earlier, ...later]) : {}, ids: later.map((segment) => segment.id) };
}

/** Text answers of several segments as one text, in their order; undefined when none of them has any. */
function joinTexts(segments: readonly Segment[], name: string): string | undefined {
  const texts = segments
    .map((segment) => (Object.hasOwn(segment.fields, name) ? segment.fields[name] : undefined))
    .filter((text): text is string => typeof text === "string" && text.trim() !== "");
  return texts.length ? texts.join(" ") : undefined;
}

/**
 * Make one segment of several of one track, from the first start to the last end: texts joined with a space, other
 * fields those of the first, whose id it keeps; the origin of the first that has one. Null when they are fewer than two or not of one track.
 */
export function mergeSegments(document: Document, task: Task, ids: Iterable<string>): Edited | null {
  const chosen = new Set(segmentsOf(document, ids).map((segment) => segment.id));
  const [track, other] = new Set(segmentsOf(document, chosen).map((segment) => segment.track));
  if (chosen.size < 2 || track === undefined || other !== undefined) return null;
  const parts = (document.byTrack.get(track) ?? []).filter((segment) => chosen.has(segment.id));
  const [first, ...rest] = parts as [Segment, ...Segment[]];
  const texts = task.segment_fields
    .filter((field) => field.kind === "text")
    .map((field) => [field.name, joinTexts(parts, field.name)])
    .filter(([, text]) => text !== undefined);
  const origin = parts.find((segment) => segment.origin)?.origin;
  const whole: Segment = {
    ...first,
    end: parts.reduce((end, segment) => Math.max(end, segment.end), first.end),
    fields: { ...first.fields, ...Object.fromEntries(texts) },
    ...(origin ? { origin } : {}),
  };
  const remove = rest.map((segment) => segment.id);
  return { diff: { segments: { put: { [whole.id]: whole }, remove } }, ids: [whole.id] };
}

/** Give segments other times, other tracks, or both; those that stay where they are are not in the diff. */
export function placeSegments(document: Document, places: readonly Placed[]): Diff {
  const moved = places.flatMap(({ id, track, start, end }) => {
    const segment = id === null ? undefined : document.segments.get(id);
    if (!segment || (segment.track === track && segment.start === start && segment.end === end)) return [];
    return [{ ...segment, track, start, end }];
  });
  return moved.length ? put(moved) : {};
}

/** Add segments with new ids. */
export function insertSegments(segments: readonly Omit<Segment, "id">[]): Edited {
  const added = segments.map((segment) => ({ ...segment, id: newId() }));
  return { diff: added.length ? put(added) : {}, ids: added.map((segment) => segment.id) };
}

/** Answers by field name; `undefined` takes an answer back. */
export type Answers = ReadonlyMap<string, FieldValue | undefined>;

/** What a segment answers once it is given some answers: only those that it is then asked for. */
export function answersWith(document: Document, task: Task, segment: Segment, answers: Answers): Segment["fields"] {
  const category = document.tracks.get(segment.track)?.category;
  const given = task.segment_fields.filter(({ name }) => answers.has(name));
  let fields = segment.fields;
  let last = "";
  // One answer may lead to the next question, and so on.
  for (let left = given.length; left > 0; left -= 1) {
    const names = given.filter((field) => isAsked(field, fields, category)).map(({ name }) => name);
    if (names.join() === last) break;
    last = names.join();
    const kept = Object.entries(segment.fields).filter(([name]) => !names.includes(name));
    const added = names.map((name) => [name, answers.get(name)] as const).filter(([, value]) => value !== undefined);
    fields = Object.fromEntries([...kept, ...added]) as Segment["fields"];
  }
  return fields;
}

/** Give several segments the same answers, each as far as it is asked for them. */
export function setFields(document: Document, task: Task, ids: Iterable<string>, answers: Answers): Diff {
  const changed = segmentsOf(document, ids).flatMap((segment) => {
    const fields = answersWith(document, task, segment, answers);
    const same = [...answers.keys()].every(
      (name) => JSON.stringify(answerOf(segment.fields, name)) === JSON.stringify(answerOf(fields, name)),
    );
    return same ? [] : [{ ...segment, fields }];
  });
  return changed.length ? put(changed) : {};
}

function answerOf(fields: Segment["fields"], name: string): FieldValue | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Where the segments of a track that begin before a time have all ended, which may be after it; 0 when there are none. */
export function endBefore(document: Document, track: string, time: number): number {
  const before = (document.byTrack.get(track) ?? []).filter((segment) => segment.start < time);
  return before.reduce((end, segment) => Math.max(end, segment.end), 0);
}

/** The segments between two of one track, both included; only the second when they are not on one track. */
export function rangeOf(document: Document, from: string | null, to: string): string[] {
  const last = document.segments.get(to);
  if (!last) return [];
  const list = document.byTrack.get(last.track) ?? [];
  const [a, b] = [list.findIndex((segment) => segment.id === from), list.indexOf(last)];
  return a < 0 ? [to] : list.slice(Math.min(a, b), Math.max(a, b) + 1).map((segment) => segment.id);
}
