// The clock as wavesurfer sees it: an element whose file is the visible window. Plays nothing itself.
import { effect } from "@preact/signals-core";
import type { MediaClock } from "./clock";

/** Times are shifted by the window's start; wavesurfer only reads, playing stays with the clock. */
export class WindowMedia extends EventTarget {
  readonly #clock: MediaClock;
  readonly #stop: () => void;
  #start = 0;
  duration = 1;
  readonly volume = 1;
  readonly muted = false;
  readonly seeking = false;
  readonly ended = false;
  readonly readyState = 4;
  readonly src = "";
  readonly currentSrc = "";
  playbackRate = 1;

  constructor(clock: MediaClock) {
    super();
    this.#clock = clock;
    this.#stop = effect(() => {
      clock.time.value;
      this.dispatchEvent(new Event("timeupdate"));
    });
  }

  show(start: number, end: number): void {
    this.#start = start;
    this.duration = end - start;
  }

  get paused(): boolean {
    return true; // the clock's own frames move the progress
  }

  get currentTime(): number {
    return Math.min(Math.max(this.#clock.time.peek() - this.#start, 0), this.duration);
  }

  set currentTime(time: number) {
    this.#clock.seek(this.#start + time);
  }

  /** What part of the window lies before the playhead. */
  get part(): number {
    return this.currentTime / this.duration;
  }

  play(): Promise<void> {
    this.#clock.play();
    return Promise.resolve();
  }

  pause(): void {
    this.#clock.pause();
  }

  load(): void {}

  remove(): void {}

  removeAttribute(): void {}

  canPlayType(): string {
    return "";
  }

  dispose(): void {
    this.#stop();
  }
}
