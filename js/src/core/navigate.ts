// Where to go from a time: segments, gaps and problems before and after it. Pure.
import type { Problem, Segment } from "./types";
import type { Viewport } from "./viewport";

/**
 * The next segment of a sorted list by start: after the present one when `now` is its start, or its end as when it was
 * just heard, which those that overlap it begin before; else the first that does not start before `now`.
 */
export function nextSegment(list: readonly Segment[], now: number, present: string | null): Segment | undefined {
  const here = list.findIndex(({ id, start, end }) => id === present && (start === now || end === now));
  return here >= 0 ? list[here + 1] : list.find((segment) => segment.start >= now);
}

export function previousSegment(list: readonly Segment[], now: number, present: string | null): Segment | undefined {
  const here = list.findIndex((segment) => segment.id === present && segment.start === now);
  return here >= 0 ? list[here - 1] : list.findLast((segment) => segment.start < now);
}

/** The first stretch without any segment of a sorted list that starts after `now`. */
export function nextGap(list: readonly Segment[], now: number, duration: number): Viewport | undefined {
  let end = 0;
  for (const segment of list) {
    if (segment.start > end && end > now) return { start: end, end: segment.start };
    end = Math.max(end, segment.end);
  }
  return end < duration && end > now ? { start: end, end: duration } : undefined;
}

const keyOf = ({ segment, field }: Problem): string => `${segment}/${field}`;

/** The problem after or before the last visited one, from the end to the other; without one the first or last. */
export function nearProblem(
  problems: readonly Problem[],
  last: Problem | null,
  direction: 1 | -1,
): Problem | undefined {
  const here = last ? problems.findIndex((problem) => keyOf(problem) === keyOf(last)) : -1;
  if (here < 0) return direction > 0 ? problems[0] : problems.at(-1);
  return problems[(here + direction + problems.length) % problems.length];
}

/** From the first start to the last end of some segments; null when there is none. */
export function extent(segments: readonly Segment[]): Viewport | null {
  if (segments.length === 0) return null;
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const segment of segments) {
    start = Math.min(start, segment.start);
    end = Math.max(end, segment.end);
  }
  return { start, end };
}
