// Feeds an element from the port with the stretch that is played, and forgets what lies far off. Knows no document.
import type { Signal } from "@preact/signals-core";
import type { MediaInfo } from "../core/types";
import type { Fragment, StreamPort } from "../hosts/port";
import { FragmentBuffer, openSource } from "./source-buffer";

/** Seconds held ahead of the playhead while it plays and while it rests. */
const AHEAD = { playing: 25, resting: 6 };
/** Lengths in seconds of what is asked for: short where nothing is there to play, so that it comes soon. */
const LENGTHS = [
  { have: 0.5, ask: 1.5 },
  { have: 5, ask: 4 },
  { have: Number.POSITIVE_INFINITY, ask: 10 },
] as const;
/** Seconds kept behind and ahead of the playhead. */
const KEPT = { behind: 30, ahead: 60 };
/** How near the end counts as the end, in seconds. */
const CLOSE = 0.01;
/** When the wait for Python is told, and when a request counts as lost, in ms. */
const PATIENCE = 2_500;
const LOST = 15_000;

export const BUSY = "Python does not answer: it is busy, or the connection is lost. Playing goes on when it does.";

interface Track {
  readonly kind: "sound" | "picture";
  buffer: FragmentBuffer | null;
  busy: boolean;
  /** Where the last pictures ended, in the order of decoding, and how far the buffer then reached. */
  resume: { readonly at: number; readonly reached: number } | null;
}

export class StreamFeeder {
  /** Why the next stretch does not come; empty while it does. */
  readonly trouble: Signal<string>;
  readonly #element: HTMLMediaElement;
  readonly #port: StreamPort;
  readonly #duration: number;
  readonly #tracks: readonly Track[];
  readonly #scope = new AbortController();
  #source: MediaSource | null = null;
  /** The type of the pictures; empty before they come, and for sound. */
  #pictures = "";

  constructor(element: HTMLMediaElement, port: StreamPort, info: MediaInfo, trouble: Signal<string>) {
    this.trouble = trouble;
    this.#element = element;
    this.#port = port;
    this.#duration = info.duration ?? 0;
    const kinds = [
      ...(info.sample_rate ? ["sound" as const] : []),
      ...(info.kind === "video" ? ["picture" as const] : []),
    ];
    this.#tracks = kinds.map((kind) => ({ kind, buffer: null, busy: false, resume: null }));
  }

  /** Begin; rejects where the browser cannot be fed at all. */
  async start(): Promise<void> {
    this.#source = await openSource(this.#element, this.#scope.signal);
    if (this.#scope.signal.aborted) return;
    this.#source.duration = this.#duration;
    for (const name of ["timeupdate", "seeking", "play", "waiting"]) {
      this.#element.addEventListener(name, () => this.#feed(), { signal: this.#scope.signal });
    }
    await this.#open();
  }

  dispose(): void {
    this.#scope.abort();
  }

  /** Let the pictures be asked for in another form, by whoever feeds next; false where there is none. */
  avoid(): boolean {
    return this.#pictures !== "" && this.#port.avoid?.(this.#pictures) === true;
  }

  /** Ask again after a fault. */
  retry(): void {
    this.trouble.value = "";
    if (this.#tracks.every((track) => track.buffer)) this.#feed();
    else if (!this.#tracks.some((track) => track.busy)) void this.#open();
  }

  /** The first stretch of each; every buffer must be there before the first takes anything. */
  async #open(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    const start = Math.min(this.#element.currentTime, Math.max(0, this.#duration - 1));
    const end = Math.min(start + LENGTHS[0].ask, this.#duration);
    const fragments = await Promise.all(this.#tracks.map((track) => this.#ask(track, start, end, false)));
    if (this.#scope.signal.aborted) return;
    this.#pictures = fragments[this.#tracks.findIndex(({ kind }) => kind === "picture")]?.mime ?? "";
    if (this.#pictures && !MediaSource.isTypeSupported(this.#pictures) && this.avoid()) return this.#open();
    if (fragments.includes(null)) {
      if (this.trouble.peek() === BUSY) await this.#open();
      return;
    }
    for (const [index, track] of this.#tracks.entries()) {
      const fragment = fragments[index] as Fragment;
      if (!MediaSource.isTypeSupported(fragment.mime)) throw new Error(`this browser does not play ${fragment.mime}`);
      track.buffer = new FragmentBuffer(source, fragment.mime);
    }
    await Promise.all(this.#tracks.map((track, index) => this.#take(track, fragments[index] as Fragment)));
    this.#feed();
  }

  #feed(): void {
    for (const track of this.#tracks) void this.#step(track);
    this.#finish();
  }

  async #step(track: Track): Promise<void> {
    const { buffer } = track;
    const halted = this.trouble.peek() !== "" && this.trouble.peek() !== BUSY;
    if (!buffer || track.busy || halted || this.#scope.signal.aborted) return;
    const time = this.#element.currentTime;
    const reached = buffer.reaches(time);
    if (reached >= this.#duration - CLOSE) return;
    const have = reached - time;
    if (have > (this.#element.paused ? AHEAD.resting : AHEAD.playing)) return;
    const length = LENGTHS.find((each) => have <= each.have)?.ask ?? 10;
    const { resume } = track;
    const goesOn = have > 0 && resume !== null && Math.abs(resume.reached - reached) < 0.05;
    const start = goesOn && track.kind === "picture" ? resume.at : reached;
    const fragment = await this.#ask(track, start, Math.min(reached + length, this.#duration), goesOn);
    if (this.#scope.signal.aborted) return;
    if (fragment) await this.#take(track, fragment);
    this.#feed();
  }

  /** Ask for a stretch; nothing where it does not come, and why in `trouble`. */
  async #ask(track: Track, start: number, end: number, resume: boolean): Promise<Fragment | null> {
    track.busy = true;
    const slow = setTimeout(() => {
      this.trouble.value = BUSY;
    }, PATIENCE);
    try {
      const fragment = await inTime(this.#port.fragment(track.kind, start, end, resume), this.#scope.signal);
      if (this.trouble.peek() === BUSY) this.trouble.value = "";
      return fragment;
    } catch (error) {
      if (!this.#scope.signal.aborted) this.trouble.value = error instanceof Error ? error.message : String(error);
      return null;
    } finally {
      clearTimeout(slow);
      track.busy = false;
    }
  }

  async #take(track: Track, fragment: Fragment): Promise<void> {
    const { buffer } = track;
    if (!buffer) return;
    track.busy = true;
    try {
      await buffer.append(fragment.bytes, fragment.offset);
      const time = this.#element.currentTime;
      track.resume = { at: fragment.end, reached: buffer.reaches(Math.max(fragment.start, 0)) };
      if (buffer.first < time - KEPT.behind) await buffer.remove(0, time - KEPT.behind / 2);
      if (buffer.last > time + KEPT.ahead) await buffer.remove(time + KEPT.ahead / 2, Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!this.#scope.signal.aborted) this.trouble.value = error instanceof Error ? error.message : String(error);
    } finally {
      track.busy = false;
    }
  }

  /** Where all is there up to the end, the element ends by itself. */
  #finish(): void {
    const source = this.#source;
    if (source?.readyState !== "open") return;
    const whole = this.#tracks.every(
      ({ buffer, busy }) =>
        buffer && !busy && !buffer.updating && buffer.reaches(this.#element.currentTime) >= this.#duration - CLOSE,
    );
    if (whole) source.endOfStream();
  }
}

/** Wait for an answer, for some time, or until `signal` says that it is of no use any more. */
async function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const lost = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(BUSY)), LOST);
    const abort = () => reject(new Error("The editor was closed."));
    signal.addEventListener("abort", abort);
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
  });
  try {
    return await Promise.race([answer, lost]);
  } finally {
    stop();
  }
}
