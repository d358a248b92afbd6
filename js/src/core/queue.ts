// The list of a labeling queue: what of it is shown, in which order, and where next and previous lead. No DOM, no host.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { hasWords } from "./search";
import type { Picture, QueueRow, QueueState } from "./types";

export type ItemFilter = "all" | "open" | "new" | "started" | "done" | "flagged" | "noted" | "broken";
export type ItemSort = "order" | "name" | "status" | "seconds";

/** What the user looks at; kept by the host. */
export interface ListView {
  readonly query: string;
  readonly filter: ItemFilter;
  readonly sort: ItemSort;
  readonly collapsed: boolean;
}

export const PLAIN_VIEW: ListView = { query: "", filter: "all", sort: "order", collapsed: false };

/** A row's picture; `peaks` are SMALL_COLUMNS bytes, `url` is of a JPEG. */
export interface RowPicture {
  readonly length: number | null;
  readonly peaks?: Uint8Array;
  readonly url?: string;
}

/** Columns of the small waveform of one row; the same number as in queue_wire.py. */
export const SMALL_COLUMNS = 48;

const STATUSES = ["new", "started", "done"];

export const statusOf = (row: QueueRow): "new" | "started" | "done" => row.status ?? "new";

/** What the search box looks through. */
function textOf(row: QueueRow): string {
  return [row.item, row.note ?? "", ...Object.entries(row.details ?? {}).map((pair) => pair.join(" "))].join(" ");
}

function passes(row: QueueRow, filter: ItemFilter): boolean {
  if (filter === "all") return true;
  if (filter === "open") return statusOf(row) !== "done";
  if (filter === "flagged") return row.flagged ?? false;
  if (filter === "noted") return (row.note ?? "") !== "";
  if (filter === "broken") return (row.problem ?? "") !== "";
  return statusOf(row) === filter;
}

const COLLATOR = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function compare(sort: ItemSort, a: QueueRow, b: QueueRow): number {
  const order = a.index - b.index;
  if (sort === "name") return COLLATOR.compare(a.item, b.item) || order;
  if (sort === "status") return STATUSES.indexOf(statusOf(a)) - STATUSES.indexOf(statusOf(b)) || order;
  if (sort === "seconds") return (b.seconds ?? 0) - (a.seconds ?? 0) || order;
  return order;
}

export class QueueList {
  readonly rows: Signal<readonly QueueRow[]>;
  /** The place in the queue of the item that is open, or was asked for. */
  readonly current: Signal<number>;
  readonly view: Signal<ListView>;
  readonly progress: Signal<string>;
  readonly pictures: Signal<ReadonlyMap<number, RowPicture>> = signal(new Map());
  /** What the user is told of the queue itself. */
  readonly notice: Signal<string> = signal("");
  /** Whether marking an item as done leads to the next that is not. */
  readonly advance: Signal<boolean> = signal(true);
  /** The field that an action leads to, until it has the focus. */
  readonly wanted: Signal<"search" | "note" | null> = signal(null);
  /** All rows in the order that the user wants. */
  readonly ordered: ReadonlySignal<readonly QueueRow[]>;
  /** Those that the filter leaves, and always the one that is open. */
  readonly shown: ReadonlySignal<readonly QueueRow[]>;

  constructor(state: QueueState, view: ListView) {
    this.rows = signal(state.rows);
    this.current = signal(state.opened.index);
    this.view = signal(view);
    this.progress = signal(state.progress);
    const sort = computed(() => this.view.value.sort);
    this.ordered = computed(() => {
      const rows = this.rows.value;
      return sort.value === "order" ? rows : [...rows].sort((a, b) => compare(sort.value, a, b));
    });
    this.shown = computed(() => {
      const { query, filter } = this.view.value;
      if (query.trim() === "" && filter === "all") return this.ordered.value;
      const current = this.current.value;
      return this.ordered.value.filter((row) => row.index === current || this.#fits(row));
    });
  }

  get row(): QueueRow | undefined {
    return this.rows.value[this.current.value];
  }

  get isNarrowed(): boolean {
    const { query, filter } = this.view.value;
    return query.trim() !== "" || filter !== "all";
  }

  look(change: Partial<ListView>): void {
    this.view.value = { ...this.view.peek(), ...change };
  }

  take(rows: readonly QueueRow[], progress: string): void {
    const all = [...this.rows.peek()];
    for (const row of rows) all[row.index] = row;
    this.rows.value = all;
    this.progress.value = progress;
  }

  /** The shown item after or before the one that is open; null at the ends. */
  next(direction: 1 | -1): number | null {
    const shown = this.shown.peek();
    const at = shown.findIndex((row) => row.index === this.current.peek());
    return shown[at + direction]?.index ?? null;
  }

  /** The next shown item that is not done and opens, from the one that is open around to it; null when there is none. */
  nextOpen(): number | null {
    const shown = this.shown.peek();
    const at = shown.findIndex((row) => row.index === this.current.peek());
    const around = [...shown.slice(at + 1), ...shown.slice(0, Math.max(at, 0))];
    return around.find((row) => statusOf(row) !== "done" && !row.problem)?.index ?? null;
  }

  /** The item that comes after the one that is open, whichever way the user goes on: it is made ready. */
  following(): number | null {
    const row = this.row;
    return row && statusOf(row) === "done" ? this.next(1) : this.nextOpen();
  }

  learn(pictures: readonly (readonly [Picture, RowPicture])[]): void {
    const all = new Map(this.pictures.peek());
    for (const [{ index }, picture] of pictures) all.set(index, picture);
    this.pictures.value = all;
  }

  #fits(row: QueueRow): boolean {
    const { query, filter } = this.view.value;
    return passes(row, filter) && hasWords(query.trim(), textOf(row));
  }
}

/** Pauses longer than this, in ms, are no work. */
const LONGEST_PAUSE = 60_000;

/** Counts the time that somebody works: from sign of life to sign of life, long pauses left out. */
export class ActiveTime {
  #last: number | null = null;
  #counted = 0;

  /** A sign of life at a time in ms. */
  touch(now: number): void {
    const passed = this.#last === null ? 0 : now - this.#last;
    if (passed > 0 && passed <= LONGEST_PAUSE) this.#counted += passed;
    this.#last = now;
  }

  /** Milliseconds counted and not taken yet. */
  get counted(): number {
    return this.#counted;
  }

  /** Take what was counted, in seconds. */
  take(): number {
    const seconds = this.#counted / 1000;
    this.#counted = 0;
    return seconds;
  }
}

/** A length in seconds as people read it: `0:07`, `3:05`, `1:02:03`. */
export function showLength(seconds: number): string {
  const whole = Math.max(seconds > 0 ? 1 : 0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours, minutes, rest] = parts as [number, number, number];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
