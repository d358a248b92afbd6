// What a category's rule makes of segments of one track that overlap: problems, and gestures cut short. Pure.
import { compareSegments, type Document } from "./document";
import type { Problem, Segment, Task } from "./types";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What lies on a track: a segment, or one that is still being made. */
export interface Placed extends Span {
  readonly id: string | null;
  readonly track: string;
}

/** The rule for one track, by its category. */
export function overlapRule(document: Document, task: Task, track: string): "allow" | "forbid" | "trim" {
  const category = document.tracks.get(track)?.category;
  return (category !== undefined && Object.hasOwn(task.overlap, category) && task.overlap[category]) || "allow";
}

const overlapping = new WeakMap<readonly Segment[], readonly Segment[]>();

/** The segments of a sorted list that begin before one in front of them has ended; remembered while the list lives. */
function overlapsOf(list: readonly Segment[]): readonly Segment[] {
  const known = overlapping.get(list);
  if (known) return known;
  let reached = 0;
  const found = list.filter((segment) => {
    const over = segment.start < reached;
    reached = Math.max(reached, segment.end);
    return over;
  });
  overlapping.set(list, found);
  return found;
}

/** Segments of a track that overlap one before them where its category's rule is not "allow", in their order. */
export function brokenOn(document: Document, task: Task, track: string): readonly Segment[] {
  return overlapRule(document, task, track) === "allow" ? [] : overlapsOf(document.byTrack.get(track) ?? []);
}

/** Whether a segment overlaps one before it against its category's rule. */
export function isOverlapping(document: Document, task: Task, { id, track }: Segment): boolean {
  return brokenOn(document, task, track).some((segment) => segment.id === id);
}

/** Segments that overlap one before them against their category's rule, in their order; as in model.py. */
export function findOverlaps(document: Document, task: Task): Problem[] {
  return [...document.tracks.values()]
    .flatMap((track) => brokenOn(document, task, track.id).map((segment) => ({ segment, track })))
    .sort((a, b) => compareSegments(a.segment, b.segment))
    .map(({ segment, track }) => ({
      field: "start",
      message: `overlaps the segment before it on ${track.category}: ${track.tag}`,
      segment: segment.id,
    }));
}

/** The part of a span that none of the others covers: the one that touches `anchor`, else the longest; null when none is. */
function freePart(span: Span, others: readonly Span[], anchor: number | null): Span | null {
  const parts: Span[] = [];
  let from = span.start;
  for (const other of [...others].sort((a, b) => a.start - b.start)) {
    if (other.start > from) parts.push({ start: from, end: Math.min(other.start, span.end) });
    from = Math.max(from, other.end);
  }
  if (from < span.end) parts.push({ start: from, end: span.end });
  const near = parts.filter((part) => anchor !== null && part.start <= anchor && part.end >= anchor);
  const choice = near.length ? near : parts;
  return choice.reduce<Span | null>(
    (best, part) => (best && best.end - best.start >= part.end - part.start ? best : part),
    null,
  );
}

/**
 * What becomes of segments put where they are wanted: cut at the edges of their tracks' other segments where the rule
 * is "trim", null for one that has no room, as wanted elsewhere. `anchor` is a time that the cut one must still touch.
 */
export function fitToRules<T extends Placed>(
  document: Document,
  task: Task,
  wanted: readonly T[],
  anchor: (item: T) => number | null = () => null,
): (T | null)[] {
  const moving = new Set(wanted.map((item) => item.id));
  const done: T[] = [];
  return wanted.map((item) => {
    if (overlapRule(document, task, item.track) !== "trim") return item;
    const there = (document.byTrack.get(item.track) ?? []).filter((segment) => !moving.has(segment.id));
    const others = [...there, ...done.filter(({ track }) => track === item.track)].filter(
      (other) => other.start < item.end && other.end > item.start,
    );
    const part = freePart(item, others, anchor(item));
    if (!part) return null;
    const fitted = { ...item, ...part };
    done.push(fitted);
    return fitted;
  });
}
