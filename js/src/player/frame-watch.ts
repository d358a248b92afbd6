// Which frame of a video is on the screen, as the browser says; seeks again when it is not the one asked for.
import { type Signal, signal } from "@preact/signals-core";
import type { MediaClock } from "./clock";
import { frameAt, frameEnd, frameOf } from "./frames";

/** How long after a seek a picture may still come, in ms; a page in the background gets none. */
const PATIENCE = 200;
/**
 * Where in a frame to look for it when its centre brings another one, as shares of its length: nearer to its end when
 * an earlier one came. Matroska and WebM keep no lengths of frames, and browsers take a short one for a usual one.
 */
const LATER = [0.9, 0.98] as const;
const EARLIER = [0.1, 0.02] as const;

export class FrameWatch {
  /** Presentation times of the frames, in seconds; empty for sound or when they are not known. */
  readonly times: Signal<Float64Array> = signal(new Float64Array());
  /** The index of the frame on the screen; null when there is none. */
  readonly shown: Signal<number | null> = signal(null);

  readonly #clock: MediaClock;
  readonly #video: HTMLVideoElement | null;
  readonly #scope = new AbortController();
  #request = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = false;
  /** The frame that seeks were made for again, and how often. */
  #retried = { frame: -1, times: 0 };
  /** Ends what listens while the last frames are played. */
  #playout: AbortController | null = null;

  constructor(clock: MediaClock) {
    this.#clock = clock;
    const { element } = clock;
    this.#video = "requestVideoFrameCallback" in element ? (element as HTMLVideoElement) : null;
    const on = (name: string, act: () => void) => element.addEventListener(name, act, { signal: this.#scope.signal });
    on("seeking", () => {
      this.#waiting = true;
    });
    on("seeked", () => this.#check());
    on("pause", () => this.#check());
    this.#watch();
  }

  dispose(): void {
    this.#scope.abort();
    this.#playout?.abort();
    clearTimeout(this.#timer);
    this.#video?.cancelVideoFrameCallback(this.#request);
  }

  learn(times: Float64Array): void {
    this.times.value = times;
    this.#check();
  }

  /** Whether the frame that was asked for is on the screen, so that the next may be. */
  get settled(): boolean {
    return this.times.peek().length === 0 || !(this.#waiting || this.#clock.element.seeking);
  }

  #watch(): void {
    this.#request =
      this.#video?.requestVideoFrameCallback((_, { mediaTime }) => {
        this.#watch();
        if (this.times.peek().length) this.shown.value = frameOf(this.times.peek(), mediaTime);
        this.#check();
      }) ?? 0;
  }

  /** While it rests, see that the frame of the clock's time is the one that is shown. */
  #check(): void {
    clearTimeout(this.#timer);
    const { element, time } = this.#clock;
    const times = this.times.peek();
    if (!element.paused || element.seeking || element.readyState < 2 || times.length === 0) return;
    const wanted = frameAt(times, time.peek());
    // Without news of frames, what was asked for is all that is known.
    if (!this.#video) this.shown.value = wanted;
    if (this.shown.peek() !== wanted) {
      this.#waiting = true;
      this.#timer = setTimeout(() => this.#correct(wanted), PATIENCE);
      return;
    }
    this.#waiting = false;
    this.#retried = { frame: -1, times: 0 };
  }

  #correct(wanted: number): void {
    const times = this.times.peek();
    const shares = (this.shown.peek() ?? -1) < wanted ? LATER : EARLIER;
    const tried = this.#retried.frame === wanted ? this.#retried.times : 0;
    const share = shares[tried];
    const isLast = wanted === times.length - 1 && tried === shares.length;
    this.#waiting = share !== undefined || isLast;
    if (!this.#waiting) return;
    this.#retried = { frame: wanted, times: tried + 1 };
    if (share === undefined) return this.#playOut();
    const start = times[wanted] ?? 0;
    this.#clock.element.currentTime = start + (frameEnd(times, wanted) - start) * share;
  }
  /**
   * Play to the end, unheard and unseen by the clock: in some files the last frame begins after the end that a browser
   * finds, which seeks no further.
   */
  #playOut(): void {
    const { element } = this.#clock;
    const { muted } = element;
    this.#playout = new AbortController();
    const { signal } = this.#playout;
    const end = () => {
      this.#playout?.abort();
      element.muted = muted;
      this.#check();
    };
    const hide = (event: Event) => event.stopImmediatePropagation();
    for (const name of ["play", "pause", "timeupdate"]) {
      element.addEventListener(name, hide, { capture: true, signal });
    }
    const ended = (event: Event) => {
      hide(event);
      end();
    };
    element.addEventListener("ended", ended, { capture: true, signal });
    // Someone goes elsewhere meanwhile.
    const left = () => {
      element.pause();
      end();
    };
    element.addEventListener("seeking", left, { signal });
    element.muted = true;
    element.play().catch(end);
  }
}
