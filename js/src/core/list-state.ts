// How one view lists the segments: as a table or a dialogue, in which order, which of them. Never synced, no DOM.
import { type Signal, signal } from "@preact/signals-core";
import { BY_START, type Filter, NO_FILTER, type Order } from "./rows";

export class ListState {
  readonly view: Signal<"table" | "dialogue"> = signal("table");
  readonly order: Signal<Order> = signal(BY_START);
  readonly filter: Signal<Filter> = signal(NO_FILTER);
  /** How many segments the list shows, of those there are. */
  readonly shown: Signal<number> = signal(0);
  /** The segment under edit, which keeps its place. */
  readonly pinned: Signal<string | null> = signal(null);
  /** Counts how often the user asked to type a filter. */
  readonly searches: Signal<number> = signal(0);

  /** Sort by a column; by the one sorted by already, the other way round. */
  sortBy(by: string): void {
    const { by: last, down } = this.order.peek();
    this.order.value = { by, down: by === last && !down };
  }

  narrow(change: Partial<Filter>): void {
    this.filter.value = { ...this.filter.peek(), ...change };
  }

  clear(): void {
    this.filter.value = NO_FILTER;
  }
}
