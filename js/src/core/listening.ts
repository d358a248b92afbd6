// What one view keeps of listening: how the window follows, and the marked stretch of time. Never synced, no DOM.
import { type Signal, signal } from "@preact/signals-core";
import type { Problem } from "./types";
import type { Viewport } from "./viewport";

export type FollowMode = "page" | "center" | "off";

export class Listening {
  readonly follow: Signal<FollowMode> = signal("page");
  /** Whether a hand has scrolled while it plays; the window stays then until the next play. */
  readonly held: Signal<boolean> = signal(false);
  /** The marked stretch of time. */
  readonly range: Signal<Viewport | null> = signal(null);
  /** Whether the form that asks for a time is open. */
  readonly asking: Signal<boolean> = signal(false);
  /** Counts how often the user asked to type a frame's number. */
  readonly frameAsks: Signal<number> = signal(0);
  /** The problem to bring to the user; a new value each time, also for the same one. */
  readonly problem: Signal<Problem | null> = signal(null);
}
