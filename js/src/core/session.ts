// What one view looks at: window, selection, recording, drag preview. Never synced, no DOM.
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { EditingState } from "./editing";
import { ListState } from "./list-state";
import { Listening } from "./listening";
import { RefusedTexts } from "./refused";
import { SpectralView } from "./spectral-view";
import { snapToSample } from "./time";
import { TrackViews } from "./track-view";
import type { MediaInfo } from "./types";
import { clampViewport, panViewport, type Viewport, zoomViewport } from "./viewport";

/** A segment as it would be if the pointer were released now; `id` is null for one being drawn or recorded. */
export interface Preview {
  readonly id: string | null;
  readonly track: string;
  readonly start: number;
  readonly end: number;
}

export interface Recording {
  readonly start: number;
  readonly tracks: readonly string[];
}

/** How many zooms can be taken back. */
const MOST_WINDOWS = 100;

export class Session {
  readonly info: MediaInfo;
  /** Length of the media in seconds; 0 until it is known. */
  readonly duration: Signal<number>;
  readonly viewport: Signal<Viewport>;
  readonly selectedIds: Signal<ReadonlySet<string>> = signal(new Set<string>());
  readonly selectedTracks: Signal<ReadonlySet<string>> = signal(new Set<string>());
  readonly recording: Signal<Recording | null> = signal(null);
  readonly drag: Signal<readonly Preview[]> = signal([]);
  readonly editing = new EditingState();
  readonly spectrogram: Signal<boolean> = signal(false);
  readonly spectral: SpectralView;
  /** Whether the strip of small pictures is shown. */
  readonly thumbnails: Signal<boolean>;
  /** Which dialog is open, if any. */
  readonly dialog: Signal<"help" | "palette" | null> = signal(null);
  readonly tracks = new TrackViews();
  readonly listening = new Listening();
  readonly list: ListState = new ListState();
  readonly refused: RefusedTexts;
  /** The last thing the user should be told, in words. */
  readonly notice: Signal<string> = signal("");
  readonly selectedId: ReadonlySignal<string | null>;
  /** The windows that were zoomed away from, the last one last. */
  readonly past: Signal<readonly Viewport[]> = signal([]);

  constructor(info: MediaInfo, refused = new RefusedTexts()) {
    this.info = info;
    this.refused = refused;
    this.thumbnails = signal(info.kind === "video");
    this.duration = signal(info.duration ?? 0);
    this.spectral = new SpectralView(info.sample_rate);
    this.viewport = signal({ start: 0, end: info.duration || 1 });
    this.selectedId = computed(() =>
      this.selectedIds.value.size === 1 ? ([...this.selectedIds.value][0] ?? null) : null,
    );
  }

  /** Python knows the length better than a browser, which rounds it to microseconds. */
  learnDuration(seconds: number): void {
    if (this.info.duration !== null || !Number.isFinite(seconds) || seconds === this.duration.peek()) return;
    const whole = this.viewport.peek().end - this.viewport.peek().start >= (this.duration.peek() || 1);
    this.duration.value = seconds;
    if (whole) this.viewport.value = { start: 0, end: seconds };
  }

  /** The nearest time of the media's own grid, inside the media. */
  snap(time: number): number {
    const inside = Math.min(Math.max(time, 0), this.duration.peek());
    return Math.min(snapToSample(inside, this.info.sample_rate), this.duration.peek());
  }

  zoom(factor: number, at: number): void {
    this.viewport.value = zoomViewport(this.viewport.peek(), factor, at, this.duration.peek());
  }

  /** Scroll by hand; while it plays the window then stays where the user put it. */
  pan(seconds: number): void {
    this.listening.held.value = true;
    this.viewport.value = panViewport(this.viewport.peek(), seconds, this.duration.peek());
  }

  look(start: number, end: number): void {
    this.viewport.value = clampViewport(start, end - start, this.duration.peek());
  }

  /** Keep the window to come back to, before another is looked through. */
  remember(): void {
    this.past.value = [...this.past.peek().slice(-MOST_WINDOWS + 1), this.viewport.peek()];
  }

  lookBack(): void {
    const last = this.past.peek().at(-1);
    if (!last) return;
    this.past.value = this.past.peek().slice(0, -1);
    this.viewport.value = last;
  }

  select(ids: Iterable<string>): void {
    this.selectedIds.value = new Set(ids);
  }

  toggleTrack(id: string, on: boolean): void {
    const next = new Set(this.selectedTracks.peek());
    if (on) next.add(id);
    else next.delete(id);
    this.selectedTracks.value = next;
  }
}
