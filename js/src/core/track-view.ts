// How one view shows and plays each track: hidden, locked, muted, its colour and height. Never synced, no DOM.
import { type Signal, signal } from "@preact/signals-core";
import type { Document } from "./document";
import type { Diff } from "./types";

/** Heights of a row in px that the editor offers; others are made by dragging. */
export const ROW_HEIGHTS = { small: 28, medium: 36, large: 64 } as const;
export const LOWEST_ROW = 26;
export const HIGHEST_ROW = 240;

export interface TrackView {
  readonly hidden: boolean;
  readonly locked: boolean;
  readonly muted: boolean;
  /** Place in the palette; null for the colour the track got when it came. */
  readonly color: number | null;
  readonly height: number;
}

const PLAIN: TrackView = { hidden: false, locked: false, muted: false, color: null, height: ROW_HEIGHTS.medium };

export class TrackViews {
  readonly #views: Signal<ReadonlyMap<string, TrackView>> = signal(new Map());
  /** The colour of each track that has none of its own, so that it keeps it when tracks move. */
  readonly #given = new Map<string, number>();

  of(id: string): TrackView {
    return this.#views.value.get(id) ?? PLAIN;
  }

  set(id: string, change: Partial<TrackView>): void {
    const views = this.#views.peek();
    this.#views.value = new Map(views).set(id, { ...(views.get(id) ?? PLAIN), ...change });
  }

  setHeight(id: string, height: number): void {
    this.set(id, { height: Math.min(Math.max(Math.round(height), LOWEST_ROW), HIGHEST_ROW) });
  }

  /** Place in the palette; tracks that never met a choice get the colours in turn. */
  color(id: string): number {
    const own = this.of(id).color;
    if (own !== null) return own;
    const given = this.#given.get(id) ?? this.#given.size;
    this.#given.set(id, given);
    return given;
  }

  /** Ids of the tracks of a document with a property switched on, in their order. */
  which(document: Document, property: "hidden" | "locked" | "muted"): string[] {
    return [...document.tracks.keys()].filter((id) => this.of(id)[property]);
  }

  showAll(): void {
    this.#views.value = new Map([...this.#views.peek()].map(([id, view]) => [id, { ...view, hidden: false }]));
  }
}

/** The locked tracks whose name or segments a diff would change; their place among the others is free. */
export function lockedBy(views: TrackViews, document: Document, diff: Diff): string[] {
  const touched = new Set<string>(diff.tracks?.remove ?? []);
  for (const [id, track] of Object.entries(diff.tracks?.put ?? {})) {
    const before = document.tracks.get(id);
    if (before && (before.category !== track.category || before.tag !== track.tag)) touched.add(id);
  }
  for (const segment of Object.values(diff.segments?.put ?? {})) touched.add(segment.track);
  for (const id of [...Object.keys(diff.segments?.put ?? {}), ...(diff.segments?.remove ?? [])]) {
    const before = document.segments.get(id);
    if (before) touched.add(before.track);
  }
  return [...touched].filter((id) => document.tracks.has(id) && views.of(id).locked);
}
