// What gestures and selections of one view keep between them: snapping, the rubber band, the guide. Never synced, no DOM.
import { type Signal, signal } from "@preact/signals-core";

/** The rubber band: times in seconds and heights in px of the tracks' canvas. */
export interface Band {
  readonly start: number;
  readonly end: number;
  readonly top: number;
  readonly bottom: number;
}

export class EditingState {
  /** Whether gestures are drawn to edges and other marks. */
  readonly snapping: Signal<boolean> = signal(false);
  readonly band: Signal<Band | null> = signal(null);
  /** The time that the gesture under way was drawn to. */
  readonly guide: Signal<number | null> = signal(null);
  /** The segment that a range of selection begins with. */
  anchor: string | null = null;
  /** What was copied last in this view, as text: for hosts whose clipboard cannot be read. */
  copied = "";
}
