// The media's clock: where playing is, to the sample, and playing of exact ranges. Knows no document.
import { type Signal, signal } from "@preact/signals-core";
import { frameAt, frameSpot } from "./frames";
import { HeardTime } from "./heard";
import type { RangePlayer } from "./range-player";

/** Pictures farther from their sound than this jump to it; nearer ones run a little faster or slower, in seconds. */
const APART = 0.15;

/** Nearer to a stop than this, a timer takes over from animation frames, in seconds of playing. */
const FINAL = 0.06;

/** Errors of an element that come from one place in the media, or pass: its connection, and decoding. */
const ELSEWHERE = [2, 3];

const REASONS: Record<number, string> = {
  1: "loading was stopped",
  2: "the connection was lost while it loaded",
  3: "it is damaged or can't be decoded here; go to another place to play on from there",
  4: "it could not be found, or this browser does not play its format",
};

export class MediaClock {
  readonly element: HTMLMediaElement;
  /** Where playing is, in seconds; after a seek exactly what was asked for. */
  readonly time: Signal<number> = signal(0);
  readonly playing: Signal<boolean> = signal(false);
  readonly rate: Signal<number> = signal(1);
  readonly duration: Signal<number> = signal(0);
  /** Whether a range, or without one the whole file, starts again at its end. */
  readonly loop: Signal<boolean> = signal(false);
  /** Counts what was started, so that what holds for one time of playing knows when it is over. */
  readonly starts: Signal<number> = signal(0);
  /** Why the media does not play; empty when it does. */
  readonly error: Signal<string> = signal("");
  /** Why the next stretch is waited for; empty while it is not. */
  readonly trouble: Signal<string> = signal("");
  /** Presentation times of the video's frames; empty for sound or when they are not known. */
  frames: Float64Array = new Float64Array();

  /** Whether nothing should be heard at a time. */
  silence: (time: number) => boolean = () => false;

  /** Asks again for what did not come. */
  retry: () => void = () => {};

  /** Loads it once more after a fault in one place; null where that is of no use. */
  reload: (() => void) | null = null;

  /** Plays ranges to the sample, where their sound can be had in pieces; the element plays all else. */
  #ranges: RangePlayer | null = null;
  #canRange: () => boolean = () => false;
  #range: { readonly start: number; readonly end: number } | null = null;
  readonly #heard = new HeardTime(navigator.userAgent.includes("Chrome/"));
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #scope = new AbortController();

  constructor(element: HTMLMediaElement) {
    this.element = element;
    element.preservesPitch = true;
    // What is played is loaded in time; of hours, more would be some megabytes for nothing.
    element.preload = "metadata";
    const on = (name: string, act: () => void) => element.addEventListener(name, act, { signal: this.#scope.signal });
    const alone = (act: () => void) => () => this.#ranges?.active || act();
    on(
      "play",
      alone(() => this.#started()),
    );
    on(
      "pause",
      alone(() => this.#stopped()),
    );
    on(
      "ended",
      alone(() => this.#finished()),
    );
    on("timeupdate", () => this.#tick());
    on("durationchange", () => this.learnDuration(element.duration));
    on(
      "ratechange",
      alone(() => {
        this.rate.value = element.playbackRate;
      }),
    );
    on("error", () => {
      if (this.#ranges?.active) this.#restAt(this.#timeHeard());
      this.#stopped();
      this.error.value = REASONS[element.error?.code ?? 0] ?? "it does not load";
    });
    on("loadeddata", () => this.#place());
  }

  dispose(): void {
    this.#scope.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
  }

  load(url: string): void {
    this.error.value = "";
    this.element.src = url;
  }

  /** Take the media's length; a browser rounds that of what is streamed to what it was sent. */
  learnDuration(duration: number): void {
    const rounded = Math.abs(duration - this.duration.peek()) < 0.1 && this.isStreamed;
    if (Number.isFinite(duration) && !rounded) this.duration.value = duration;
  }

  /** Whether the element is given its media in pieces, or has none yet. */
  get isStreamed(): boolean {
    return !this.element.src || this.element.src.startsWith("blob:");
  }

  /** Let ranges be played by a player of their own, as soon as it can. */
  useRanges(player: RangePlayer, can: () => boolean): void {
    this.#ranges = player;
    this.#canRange = can;
    const on = (name: string, act: () => void) =>
      player.element.addEventListener(name, () => player.active && act(), { signal: this.#scope.signal });
    on("play", () => this.#started());
    // At its end a browser pauses first, and may be some microseconds short of it.
    on("pause", () => this.#restAt(player.element.ended ? (this.#range?.end ?? this.#timeHeard()) : this.#timeHeard()));
    on("error", () => this.playInstead());
    const stop = this.loop.subscribe(() => void player.change());
    this.#scope.signal.addEventListener("abort", stop, { once: true });
  }

  /** Every element that may sound. */
  get elements(): readonly HTMLMediaElement[] {
    return this.#ranges ? [this.element, this.#ranges.element] : [this.element];
  }

  /** Say why there is nothing to play. */
  fail(error: unknown): void {
    this.error.value = error instanceof Error ? error.message : String(error);
  }

  /** Play on, beyond the range that is played. */
  play(): void {
    if (this.#ranges?.active) this.seek(this.#timeHeard());
    this.#range = null;
    this.#start();
  }

  /** Play `[start, end)` and rest exactly on its end, or start again there when it loops. */
  playRange(start: number, end: number): void {
    this.seek(start);
    this.#range = { start, end };
    if (!this.#ranges || !this.#canRange()) return this.#start();
    this.starts.value += 1;
    this.#runRange(this.#ranges, start, end);
  }

  pause(): void {
    if (this.#ranges?.active) return this.#restAt(this.#timeHeard());
    this.#range = null;
    this.element.pause();
    // At once: the event comes later, when a seek may have changed where it is.
    this.#stopped();
  }

  toggle(): void {
    if (this.playing.peek()) this.pause();
    else this.play();
  }

  seek(time: number): void {
    this.#range = null;
    this.#heard.reset();
    clearTimeout(this.#timer);
    this.time.value = Math.max(0, time);
    if (ELSEWHERE.includes(this.element.error?.code ?? 0)) this.reload?.();
    const goesOn = this.#ranges?.active === true && this.playing.peek();
    this.#ranges?.stop();
    if (goesOn) this.#run();
    else this.#place();
  }

  /** Go to the frame before or after the one `shown`, else that of the time; without frames by a hundredth of a second. */
  step(direction: 1 | -1, duration: number, shown?: number): void {
    this.pause();
    const now = this.time.peek();
    if (this.frames.length === 0) return this.seek(Math.min(Math.max(now + direction * 0.01, 0), duration));
    const next = (shown ?? frameAt(this.frames, now)) + direction;
    const time = this.frames[Math.min(Math.max(next, 0), this.frames.length - 1)] ?? now;
    if (time !== now) this.seek(time);
  }

  setRate(rate: number): void {
    if (rate === this.rate.peek()) return;
    this.rate.value = rate;
    this.#heard.reset();
    this.element.playbackRate = rate;
    this.element.defaultPlaybackRate = rate;
    const range = this.#range;
    // Anew from the place heard: stretched in the browser its end would not be exact.
    if (range && this.#ranges?.active) this.#runRange(this.#ranges, range.start, range.end, this.#timeHeard());
  }

  #start(): void {
    this.starts.value += 1;
    this.#run();
  }

  #run(): void {
    const duration = this.duration.peek() || this.element.duration;
    this.element.muted = this.silence(this.time.peek());
    // With a range its pictures were hurried, or slowed down.
    this.element.playbackRate = this.rate.peek();
    if (this.#range === null && this.time.peek() >= duration) this.time.value = 0;
    // A resting video shows its frame's centre; sound must start where the playhead is.
    if (Math.abs(this.element.currentTime - this.time.peek()) > 1e-6) this.element.currentTime = this.time.peek();
    this.element.play().catch((error: unknown) => this.#refused(error));
  }

  #refused(error: unknown): void {
    if (isAbort(error)) return;
    this.#ranges?.stop();
    this.playing.value = false;
    const said = error instanceof DOMException ? "the browser refused to play it; press Play again" : String(error);
    if (!this.error.peek())
      this.error.value = error instanceof Error && !(error instanceof DOMException) ? error.message : said;
  }

  #runRange(player: RangePlayer, start: number, end: number, from = start): void {
    player.play(start, end, this.rate.peek(), from).catch((error: unknown) => {
      // Stopped, it is refused its playing, too.
      if (player.active && !isAbort(error)) this.playInstead();
    });
    player.element.muted = this.silence(from);
    if (this.frames.length === 0) return this.element.pause();
    this.element.muted = true;
    this.element.currentTime = from;
    this.element.play().catch(() => {});
  }

  /** Let the element go on with a range whose sound can't be had in pieces: it needs none, or says what is amiss. */
  playInstead(): void {
    if (!this.#ranges?.active) return;
    const time = this.#timeHeard();
    this.#ranges.stop();
    this.#heard.reset();
    this.time.value = time;
    this.#run();
  }

  /** A range is over, or was stopped. */
  #restAt(time: number): void {
    this.#ranges?.stop();
    this.element.pause();
    this.element.playbackRate = this.rate.peek();
    cancelAnimationFrame(this.#frame);
    this.playing.value = false;
    this.seek(time);
  }

  /** Keep the pictures with the sound of a range. */
  #follow(time: number): void {
    const { element } = this;
    if (this.frames.length === 0 || element.seeking) return;
    const apart = element.currentTime - time;
    const rate = this.rate.peek();
    if (Math.abs(apart) > APART) element.currentTime = time;
    else element.playbackRate = Math.abs(apart) > 0.01 ? rate * (1 - apart) : rate;
  }

  #place(): void {
    const time = this.time.peek();
    if (this.element.readyState === 0) return;
    const resting = this.element.paused && this.frames.length > 0;
    this.element.currentTime = resting ? frameSpot(this.frames, frameAt(this.frames, time)) : time;
  }

  #started(): void {
    this.error.value = "";
    this.#heard.reset();
    this.playing.value = true;
    cancelAnimationFrame(this.#frame);
    const loop = () => {
      this.#tick();
      if (this.playing.peek()) this.#frame = requestAnimationFrame(loop);
    };
    this.#frame = requestAnimationFrame(loop);
  }

  #stopped(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    if (!this.playing.peek()) return;
    // Of a video the frame shown counts.
    this.time.value = this.frames.length ? this.element.currentTime : this.#timeHeard();
    this.playing.value = false;
  }

  #finished(): void {
    const range = this.#range;
    this.#stopped();
    this.time.value = range?.end ?? (this.duration.peek() || this.element.duration);
    if (!this.loop.peek()) {
      this.#range = null;
      return;
    }
    this.time.value = range?.start ?? 0;
    this.#run();
  }

  #timeHeard(): number {
    const player = this.#ranges?.active ? this.#ranges : null;
    const { currentTime, playbackRate } = (player ?? this).element;
    const heard = this.#heard.at(currentTime, performance.now(), playbackRate);
    return player ? player.timeAt(heard) : heard;
  }

  #tick(): void {
    const player = this.#ranges?.active ? this.#ranges : null;
    if (!this.playing.peek() || (!player && this.element.seeking)) return;
    if (player) {
      const heard = this.#timeHeard();
      const silent = this.silence(heard);
      if (player.element.muted !== silent) player.element.muted = silent;
      this.time.value = heard;
      return this.#follow(heard);
    }
    const now = this.element.currentTime;
    const range = this.#range;
    const silent = this.silence(now);
    if (this.element.muted !== silent) this.element.muted = silent;
    const heard = Math.min(this.#timeHeard(), this.duration.peek() || now);
    this.time.value = Math.min(heard, range?.end ?? heard);
    if (range === null) return;
    const left = range.end - now;
    if (left <= 0) this.#end(range);
    else if (left < FINAL) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#end(range), (left / this.element.playbackRate) * 1000);
    }
  }

  /** A range has been played: rest on its end, or go back to its start without a pause. */
  #end(range: { readonly start: number; readonly end: number }): void {
    if (this.#range !== range) return;
    if (this.loop.peek()) {
      clearTimeout(this.#timer);
      this.time.value = range.start;
      this.#heard.reset();
      this.element.currentTime = range.start;
      return;
    }
    this.pause();
    this.seek(range.end);
  }
}

/** Whether playing was refused only because it was stopped before it began. */
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";
