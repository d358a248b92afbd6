// How many segments lie over each part of the file. Pure.
import type { Segment } from "./types";

/** For each of `columns` equal parts of the file, how many segments reach into it; in steps of one over all segments. */
export function countSegments(segments: readonly Segment[], duration: number, columns: number): Uint32Array {
  const counts = new Uint32Array(Math.max(0, columns));
  if (duration <= 0 || columns <= 0) return counts;
  const changes = new Int32Array(columns + 1);
  const scale = columns / duration;
  for (const { start, end } of segments) {
    const first = Math.min(Math.max(Math.floor(start * scale), 0), columns - 1);
    const last = Math.min(Math.max(Math.ceil(end * scale), first + 1), columns);
    changes[first] = (changes[first] as number) + 1;
    changes[last] = (changes[last] as number) - 1;
  }
  let running = 0;
  for (let column = 0; column < columns; column += 1) {
    running += changes[column] as number;
    counts[column] = running;
  }
  return counts;
}
