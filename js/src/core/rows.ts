// The segments as a list that is sorted and filtered, kept up to date edit by edit. Pure: no DOM, no signals.
import { compareSegments, type Document, type FieldValue } from "./document";
import { isAnswer } from "./fields";
import { isSuggested, originText } from "./suggestions";
import type { Field, Segment, Task, Track } from "./types";

/** What the list is sorted by: `start`, `end`, `track`, or a field's name; a task may not name a field like these. */
export interface Order {
  readonly by: string;
  readonly down: boolean;
}

/** Segments whose answer to a field is an option, is there at all, or is missing. */
export interface AnswerFilter {
  readonly field: string;
  readonly want: "option" | "any" | "none";
  readonly option: string;
}

export interface Filter {
  /** Found in any answer, category or tag, or in where a segment comes from, whatever its case. */
  readonly text: string;
  /** A track's id; empty for all. */
  readonly track: string;
  readonly answer: AnswerFilter | null;
  readonly problems: boolean;
  /** Only what nobody has accepted or changed. */
  readonly suggestions: boolean;
}

export const BY_START: Order = { by: "start", down: false };
export const NO_FILTER: Filter = { text: "", track: "", answer: null, problems: false, suggestions: false };

export function isFiltering(filter: Filter): boolean {
  const { text, track, answer, problems, suggestions } = filter;
  return text.trim() !== "" || track !== "" || answer !== null || problems || suggestions;
}

export interface RowsInput {
  readonly document: Document;
  readonly task: Task;
  readonly order: Order;
  readonly filter: Filter;
  /** Ids of segments with a problem; asked for only when the filter is. */
  readonly problems: ReadonlySet<string>;
  /** The segment under edit: it stays where it is, whatever its answers become, until another is. */
  readonly pinned: string | null;
}

type Compare = (a: Segment, b: Segment) => number;

/** One state of the list. */
export class Rows {
  readonly #list: readonly Segment[];
  readonly #compare: Compare;
  readonly #held: Segment | null;
  readonly #segments: ReadonlyMap<string, Segment>;

  constructor(list: readonly Segment[], compare: Compare, held: Segment | null, document: Document) {
    this.#list = list;
    this.#compare = compare;
    this.#held = held;
    this.#segments = document.segments;
  }

  get length(): number {
    return this.#list.length;
  }

  at(index: number): Segment | undefined {
    const segment = this.#list[index];
    return segment && segment.id === this.#held?.id ? this.#segments.get(segment.id) : segment;
  }

  /** The place of a segment; -1 when the filter leaves it out. */
  indexOf(id: string | null): number {
    const segment = id === null ? undefined : id === this.#held?.id ? this.#held : this.#segments.get(id);
    if (!segment) return -1;
    const index = placeBy(this.#list, segment, this.#compare);
    return this.#list[index]?.id === id ? index : -1;
  }
}

interface Change {
  readonly gone: readonly Segment[];
  readonly come: readonly Segment[];
}

/** Makes the rows of one view; what one edit changes is moved, and nothing is sorted or filtered anew. */
export class RowList {
  #input: RowsInput | null = null;
  #rows: Rows | null = null;
  #compare: Compare = compareSegments;
  #test: (segment: Segment) => boolean = () => true;
  /** All segments in the order asked for; `document.sorted` itself where it is by start. */
  #ordered: readonly Segment[] = [];
  #shown: readonly Segment[] = [];
  /** What the pinned segment was when it was placed. */
  #held: Segment | null = null;

  update(input: RowsInput): Rows {
    const before = this.#input;
    if (before && this.#rows && sameInput(before, input)) return this.#rows;
    this.#input = input;
    if (isDefault(input.order) && !isFiltering(input.filter)) {
      this.#held = null;
      this.#compare = compareSegments;
      this.#ordered = this.#shown = input.document.sorted;
    } else {
      const change = before && keepsOrder(before, input) ? this.#changeOf(before, input) : null;
      this.#order(input, change);
      this.#filter(input, before && keepsFilter(before, input) ? change : null);
    }
    this.#rows = new Rows(this.#shown, this.#compare, this.#held, input.document);
    return this.#rows;
  }

  #order(input: RowsInput, change: Change | null): void {
    if (!change) {
      this.#held = null;
      this.#compare = comparing(input);
    }
    if (isDefault(input.order)) this.#ordered = input.document.sorted;
    else this.#ordered = change ? moved(this.#ordered, change, this.#compare) : sortBy(input.document.sorted, input);
  }

  #filter(input: RowsInput, change: Change | null): void {
    const passes = (segment: Segment) => segment.id === input.pinned || this.#test(segment);
    if (!change) {
      this.#test = matching(input);
      // An order by start has the pinned segment where it is now.
      if (isDefault(input.order)) this.#held = null;
    }
    if (!isFiltering(input.filter)) this.#shown = this.#ordered;
    else if (!change) this.#shown = this.#ordered.filter(passes);
    else this.#shown = moved(this.#shown, { gone: change.gone, come: change.come.filter(passes) }, this.#compare);
  }

  /** What moves since the last update, where the pinned segment does not; null when that is too much. */
  #changeOf(before: RowsInput, input: RowsInput): Change | null {
    const { pinned } = input;
    const change = changes(before.document.sorted, input.document.sorted);
    if (!change) return null;
    const gone = new Map(change.gone.map((segment) => [segment.id, segment]));
    const come = new Map(change.come.map((segment) => [segment.id, segment]));
    if (before.pinned !== null && before.pinned !== pinned) {
      // What was under edit is looked at again: its answers may have moved it or taken it out.
      const [then, now] = [before, input].map(({ document }) => document.segments.get(before.pinned ?? ""));
      const placed = this.#held ?? then;
      if (placed) gone.set(placed.id, placed);
      if (now) come.set(now.id, now);
      this.#held = null;
    }
    const was = pinned === null ? undefined : gone.get(pinned);
    if (pinned !== null && was) {
      gone.delete(pinned);
      if (come.delete(pinned)) this.#held ??= was;
      else {
        gone.set(pinned, this.#held ?? was);
        this.#held = null;
      }
    }
    return { gone: [...gone.values()], come: [...come.values()] };
  }
}

const isDefault = (order: Order): boolean => order.by === BY_START.by && !order.down;

function sameInput(a: RowsInput, b: RowsInput): boolean {
  const same = a.document === b.document && a.task === b.task && a.pinned === b.pinned;
  return same && a.order === b.order && a.filter === b.filter && a.problems === b.problems;
}

function keepsOrder(a: RowsInput, b: RowsInput): boolean {
  const same = a.order.by === b.order.by && a.order.down === b.order.down && a.task === b.task;
  return same && (b.order.by !== "track" || a.document.tracks === b.document.tracks);
}

function keepsFilter(a: RowsInput, b: RowsInput): boolean {
  if (a.filter !== b.filter) return false;
  if (b.filter.problems && a.problems !== b.problems) return false;
  return b.filter.text === "" || a.document.tracks === b.document.tracks;
}

/** The first place in a sorted list whose segment does not come before `segment`. */
function placeBy(list: readonly Segment[], segment: Segment, compare: Compare): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(list[middle] as Segment, segment) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** More changes than this are worth sorting anew. */
const MANY = 256;

/** What two sorted lists that share most of their segments differ by; null when that is much. */
function changes(before: readonly Segment[], after: readonly Segment[]): Change | null {
  const gone: Segment[] = [];
  const come: Segment[] = [];
  if (before === after) return { gone, come };
  let [a, b] = [0, 0];
  while (gone.length + come.length <= MANY) {
    while (a < before.length && before[a] === after[b]) [a, b] = [a + 1, b + 1];
    const [old, now] = [before[a], after[b]];
    if (!old && !now) return { gone, come };
    const first = order(old, now);
    if (old && first <= 0) {
      gone.push(old);
      a += 1;
    }
    if (now && first >= 0) {
      come.push(now);
      b += 1;
    }
  }
  return null;
}

/** The end of a list comes after everything in the other. */
function order(a: Segment | undefined, b: Segment | undefined): number {
  if (!a || !b) return a ? -1 : 1;
  return compareSegments(a, b);
}

function moved(list: readonly Segment[], { gone, come }: Change, compare: Compare): readonly Segment[] {
  if (gone.length + come.length === 0) return list;
  const next = [...list];
  for (const segment of gone) {
    const index = placeBy(next, segment, compare);
    if (next[index]?.id === segment.id) next.splice(index, 1);
  }
  for (const segment of come) next.splice(placeBy(next, segment, compare), 0, segment);
  return next;
}

type Key = number | string | undefined;

const inWords = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compareKeys(a: Key, b: Key, down: boolean): number {
  if (a === b) return 0;
  // What has no answer comes last in either direction.
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  const up = typeof a === "number" && typeof b === "number" ? a - b : inWords.compare(String(a), String(b));
  return down ? -up : up;
}

function comparing(input: RowsInput): Compare {
  const key = keying(input);
  const { down } = input.order;
  return (a, b) => compareKeys(key(a), key(b), down) || compareSegments(a, b);
}

/** A copy in order; each key is made once. */
function sortBy(list: readonly Segment[], input: RowsInput): readonly Segment[] {
  const key = keying(input);
  const { down } = input.order;
  const keyed = list.map((segment, index) => ({ segment, key: key(segment), index }));
  // The list is in the order of start already, and so decides between equal keys by its places.
  return keyed.sort((a, b) => compareKeys(a.key, b.key, down) || a.index - b.index).map(({ segment }) => segment);
}

function keying({ order, task, document }: RowsInput): (segment: Segment) => Key {
  if (order.by === "start") return (segment) => segment.start;
  if (order.by === "end") return (segment) => segment.end;
  if (order.by === "track") {
    const named = [...document.tracks.values()].sort((a, b) => inWords.compare(trackName(a), trackName(b)));
    const ranks = new Map(named.map((track, rank) => [track.id, rank]));
    return (segment) => ranks.get(segment.track);
  }
  const field = task.segment_fields.find(({ name }) => name === order.by);
  return (segment) => (field ? keyOf(field, answerOf(segment, order.by)) : undefined);
}

/** Options sort as the field lists them, ticks before their absence. */
function keyOf(field: Field, value: FieldValue | undefined): Key {
  if (!isAnswer(field, value)) return undefined;
  if (typeof value === "boolean") return Number(!value);
  if (Array.isArray(value)) {
    const options = "options" in field ? field.options : [];
    return value.map((option) => String(options.indexOf(option)).padStart(4, "0")).join();
  }
  return "options" in field ? field.options.indexOf(String(value)) : value;
}

export function trackName(track: Track): string {
  return `${track.category}: ${track.tag}`;
}

function answerOf(segment: Segment, name: string): FieldValue | undefined {
  return Object.hasOwn(segment.fields, name) ? segment.fields[name] : undefined;
}

type Matched = Pick<RowsInput, "document" | "task" | "filter" | "problems">;

/** Whether a filter lets a segment through. */
export function isListed(input: Matched, segment: Segment): boolean {
  return matching(input)(segment);
}

function matching({ document, task, filter, problems }: Matched): (segment: Segment) => boolean {
  const tests: ((segment: Segment) => boolean)[] = [];
  if (filter.track) tests.push((segment) => segment.track === filter.track);
  if (filter.problems) tests.push((segment) => problems.has(segment.id));
  if (filter.suggestions) tests.push(isSuggested);
  if (filter.answer) tests.push(answering(task, filter.answer));
  const needle = filter.text.trim().toLowerCase();
  if (needle) {
    const has = (text: unknown) => String(text).toLowerCase().includes(needle);
    const tracks = new Set([...document.tracks.values()].filter((track) => has(trackName(track))).map(({ id }) => id));
    const inFields = ({ fields }: Segment) => {
      for (const name in fields) if (typeof fields[name] !== "boolean" && has(fields[name])) return true;
      return false;
    };
    tests.push((segment) => tracks.has(segment.track) || inFields(segment) || has(originText(segment)));
  }
  return (segment) => tests.every((test) => test(segment));
}

function answering(task: Task, { field: name, want, option }: AnswerFilter): (segment: Segment) => boolean {
  const field = task.segment_fields.find((candidate) => candidate.name === name);
  if (!field) return () => true;
  if (want !== "option") return (segment) => isAnswer(field, answerOf(segment, name)) === (want === "any");
  return (segment) => {
    const value = answerOf(segment, name);
    return Array.isArray(value) ? value.includes(option) : String(value) === option;
  };
}
