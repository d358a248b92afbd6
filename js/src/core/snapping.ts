// Which times a gesture is drawn to: edges, the playhead, frames, silence and zero crossings. Pure; geometry is not known.
import type { Document } from "./document";

/** Times that attract, ascending; the first group with one in reach wins, so that dense groups come last. */
export type Attractors = readonly ArrayLike<number>[];

/** The place of the first time that is not below `time` in an ascending list. */
function firstFrom(times: ArrayLike<number>, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The time of the first group that has one within `reach` of `time`, there the nearest; null when nothing is near. */
export function attract(time: number, groups: Attractors, reach: number): number | null {
  for (const times of groups) {
    const place = firstFrom(times, time);
    const near = [times[place - 1], times[place]]
      .filter((found) => found !== undefined)
      .filter((found) => Math.abs(found - time) <= reach)
      .sort((a, b) => Math.abs(a - time) - Math.abs(b - time));
    if (near[0] !== undefined) return near[0];
  }
  return null;
}

/** Every start and end but those of some segments, ascending. */
export function edgeTimes(document: Document, without: ReadonlySet<string>): Float64Array {
  const times = new Float64Array(document.sorted.length * 2);
  let count = 0;
  for (const segment of document.sorted) {
    if (without.has(segment.id)) continue;
    times[count] = segment.start;
    times[count + 1] = segment.end;
    count += 2;
  }
  return times.subarray(0, count).sort();
}

/** Columns of 4**level samples from column `first` on: for each channel min and max in turn. */
export interface Columns {
  readonly level: number;
  readonly first: number;
  readonly channels: readonly Int16Array[];
}

/**
 * The samples nearest to where the mean of the channels changes its sign, as times in seconds from `from` to `to`;
 * none unless each column is one sample.
 */
export function zeroCrossings(columns: Columns, rate: number, from: number, to: number): number[] {
  const { level, first, channels } = columns;
  if (level !== 0 || channels.length === 0) return [];
  const at = (index: number) => channels.reduce((sum, channel) => sum + (channel[2 * index] ?? 0), 0);
  const length = (channels[0]?.length ?? 0) >> 1;
  const last = Math.min(length - 1, Math.ceil(to * rate) - first);
  const found: number[] = [];
  for (let index = Math.max(1, Math.floor(from * rate) - first); index <= last; index += 1) {
    const [before, now] = [at(index - 1), at(index)];
    if (before < 0 === now < 0) continue;
    const time = (first + (Math.abs(before) < Math.abs(now) ? index - 1 : index)) / rate;
    if (found.at(-1) !== time) found.push(time);
  }
  return found;
}

/** Loudest sample that still counts as silence: 2 % of full scale, about -34 dB. */
const SILENT = 655;
/** Shortest silence that counts, and widest column that tells where it ends, in seconds. */
const SHORTEST = 0.05;
const COARSEST = 0.025;

/** Where silence of at least 50 ms begins or ends, ascending, in seconds; none where the columns are too coarse. */
export function silenceEdges({ level, first, channels }: Columns, rate: number): number[] {
  const size = 4 ** level / rate;
  const length = (channels[0]?.length ?? 0) >> 1;
  if (size > COARSEST) return [];
  const loud = (index: number) =>
    channels.some((channel) => Math.max(-(channel[2 * index] ?? 0), channel[2 * index + 1] ?? 0) > SILENT);
  const timeOf = (index: number) => ((first + index) * 4 ** level) / rate;
  const found: number[] = [];
  let from = 0;
  for (let index = 0; index <= length; index += 1) {
    if (index < length && !loud(index)) continue;
    if ((index - from) * size >= SHORTEST) {
      if (from > 0) found.push(timeOf(from));
      if (index < length) found.push(timeOf(index));
    }
    from = index + 1;
  }
  return found;
}
