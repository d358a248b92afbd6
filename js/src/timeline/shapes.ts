// What of a lane's segments to draw: each that is wide enough to be told from others, and runs of those that are not.
// Pure geometry; its work grows with the segments in sight, what it returns only with the lane's width.
import type { Segment } from "../core/types";
import type { Viewport } from "../core/viewport";
import { firstFrom } from "./layout";

/** Narrower than this, in px, a segment is drawn as part of a run. */
export const NARROW = 6;

/** Left and right sides in turn. Kept from one frame to the next: new ones would have to be cleared away in many. */
export class Spans {
  #sides = new Float64Array(512);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  add(left: number, right: number): void {
    if (this.length === this.#sides.length) {
      const sides = new Float64Array(2 * this.length);
      sides.set(this.#sides);
      this.#sides = sides;
    }
    this.#sides[this.length] = left;
    this.#sides[this.length + 1] = right;
    this.length += 2;
  }

  /** The left side of a pair at an even index, the right one at the next. */
  side(index: number): number {
    return this.#sides[index] as number;
  }

  each(call: (left: number, right: number) => void): void {
    for (let index = 0; index < this.length; index += 2) call(this.side(index), this.side(index + 1));
  }
}

export interface Shapes {
  /** Sides of segments drawn one by one, and their places in the list, in its order. */
  readonly boxes: Spans;
  readonly places: number[];
  /** Whole pixel columns that narrow segments touch: left and right (excluded) of each run in turn. */
  readonly runs: readonly number[];
}

interface Times {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** The latest end within each block of segments. */
  readonly latest: Float64Array;
}

const BLOCK = 64;
// Lists are never changed in place, so what is known of one stays true as long as it lives.
const timesOf = new WeakMap<readonly Segment[], Times>();

function times(list: readonly Segment[]): Times {
  const known = timesOf.get(list);
  if (known) return known;
  const starts = new Float64Array(list.length);
  const ends = new Float64Array(list.length);
  const latest = new Float64Array(Math.ceil(list.length / BLOCK));
  for (let index = 0; index < list.length; index += 1) {
    const { start, end } = list[index] as Segment;
    starts[index] = start;
    ends[index] = end;
    const block = Math.floor(index / BLOCK);
    if (end > (latest[block] as number)) latest[block] = end;
  }
  const made = { starts, ends, latest };
  timesOf.set(list, made);
  return made;
}

/** The next segment from `index` on, and before `last`, that ends after a time. */
function nextEnding({ ends, latest }: Times, index: number, last: number, after: number): number {
  let next = index;
  while (next < last && (ends[next] as number) <= after) {
    const block = Math.floor(next / BLOCK);
    next = (latest[block] as number) <= after ? (block + 1) * BLOCK : next + 1;
  }
  return next;
}

/** Joins narrow pieces that come in the order of their left sides. */
class Runs {
  readonly found: number[] = [];
  readonly #width: number;
  #from = 0;
  #to = -1;

  constructor(width: number) {
    this.#width = width;
  }

  hides(left: number, right: number): boolean {
    return left >= this.#from && right <= this.#to;
  }

  add(left: number, right: number): void {
    const first = Math.max(Math.floor(left), 0);
    const beyond = Math.min(Math.max(Math.ceil(right), first + 1), this.#width);
    if (first <= this.#to) {
      this.#to = Math.max(this.#to, beyond);
    } else {
      this.finish();
      this.#from = first;
      this.#to = beyond;
    }
  }

  finish(): number[] {
    if (this.#to > this.#from) this.found.push(this.#from, this.#to);
    return this.found;
  }
}

/**
 * Shapes of the segments of a sorted list, in px of a lane `width` wide that shows `view`, without those in `skip`.
 * Their boxes replace others, so that no frame makes new lists.
 */
export function shapesOf(
  list: readonly Segment[],
  view: Viewport,
  width: number,
  skip: ReadonlySet<string> | null,
  { boxes, places }: Pick<Shapes, "boxes" | "places">,
): Shapes {
  const all = times(list);
  boxes.clear();
  const runs = new Runs(width);
  const scale = width / (view.end - view.start);
  const last = firstFrom(list, view.end);
  for (
    let index = nextEnding(all, 0, last, view.start);
    index < last;
    index = nextEnding(all, index + 1, last, view.start)
  ) {
    const left = ((all.starts[index] as number) - view.start) * scale;
    const right = ((all.ends[index] as number) - view.start) * scale;
    const narrow = right - left < NARROW;
    if (narrow && runs.hides(left, right)) continue;
    if (skip?.has((list[index] as Segment).id)) continue;
    if (narrow) runs.add(left, right);
    else {
      places[boxes.length / 2] = index;
      boxes.add(left, right);
    }
  }
  return { boxes, places, runs: runs.finish() };
}
