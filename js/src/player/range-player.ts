// Plays exactly the samples of a range, once or round and round without a gap. Knows no file and no document.
import type { MediaInfo } from "../core/types";
import type { Fragment, StreamPort } from "../hosts/port";
import { FragmentBuffer, openSource } from "./source-buffer";

/** Length of the first stretch and of the others, in seconds: the first short, so that it comes soon. */
const FIRST = 1.5;
const LENGTH = 10;
/** Seconds of sound laid out ahead. */
const AHEAD = 12;
/** A round is not taken back when it begins sooner than this, in seconds: the browser has it already. */
const TAKEN = 1;
/** Fragments of a range up to this long, in seconds, are kept for the next rounds. */
const KEPT = 60;
/** Seconds of silence after a range that is stretched: browsers drop an end that is shorter than their stretcher's window. */
const QUIET = 0.1;
/** How long silence is waited for, in ms; a range ends without it, too. */
const LATE = 500;

interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly to: number;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

/**
 * An element of its own whose sound is the range and nothing else, so that it runs dry on the sample. A loop is the
 * range laid out again and again along the element's time; a picture is not in it.
 */
export class RangePlayer {
  readonly element: HTMLAudioElement;
  readonly #loops: () => boolean;
  readonly #port: StreamPort;
  readonly #rate: number;
  readonly #last: number;
  readonly #failed: (error: unknown) => void;
  #range: Range | null = null;
  #source: MediaSource | null = null;
  #buffer: FragmentBuffer | null = null;
  #pieces: Piece[] = [];
  /** Where the next sound goes on the element's time. */
  #laid = 0;
  #busy = false;
  /** Of which range sound is being taken back. */
  #taking: Range | null = null;
  #silence: Promise<Fragment | null> | null = null;
  /** After which place silence is no more to be laid out, 0 for none. */
  #quiet = 0;
  readonly #scope = new AbortController();

  constructor(
    document: Document,
    port: StreamPort,
    { sample_rate: rate, duration }: Pick<MediaInfo, "sample_rate" | "duration">,
    { loops, failed }: { loops: () => boolean; failed: (error: unknown) => void },
  ) {
    this.element = document.createElement("audio");
    this.element.preservesPitch = true;
    this.#port = port;
    this.#rate = rate;
    this.#last = Math.round((duration ?? 0) * rate);
    this.#loops = loops;
    this.#failed = failed;
    for (const name of ["timeupdate", "ratechange"]) {
      this.element.addEventListener(name, () => void this.#feed(), { signal: this.#scope.signal });
    }
  }

  get active(): boolean {
    return this.#range !== null;
  }

  /** For how long it can play on with what is laid out, in seconds. */
  get ahead(): number {
    return this.#range ? (this.#laid - this.element.currentTime) / this.element.playbackRate : 0;
  }

  /** Where in the media a time of the element is, in seconds. */
  timeAt(played: number): number {
    const range = this.#range;
    if (!range) return 0;
    const rounds = this.#loops() ? Math.floor(played / range.length) : this.#roundsBefore(played);
    return range.start + Math.min(Math.max(played - rounds * range.length, 0), range.length);
  }

  /** Play `[start, end)`, in seconds; rejects with words for the user. */
  async play(start: number, end: number): Promise<void> {
    const first = Math.min(Math.round(start * this.#rate), this.#last - 1);
    const last = Math.min(Math.max(first + 1, Math.round(end * this.#rate)), this.#last);
    const range = { start: first / this.#rate, end: last / this.#rate, length: (last - first) / this.#rate };
    this.#range = range;
    this.#pieces = [];
    this.#laid = 0;
    this.#quiet = 0;
    this.#source = null;
    this.#buffer = null;
    this.#busy = true;
    const opening = openSource(this.element, this.#scope.signal);
    const playing = this.element.play();
    // It is waited for below; until then nothing else may take its refusal.
    playing.catch(() => {});
    if (this.element.playbackRate !== 1) void this.#askSilence();
    try {
      const [source, piece] = await Promise.all([opening, this.#ask(range, 0)]);
      if (this.#range !== range) return;
      this.#source = source;
      this.#buffer = new FragmentBuffer(source, piece.mime);
      await this.#lay(range, piece);
    } catch (error) {
      // Of a range that was stopped meanwhile nobody needs to know.
      if (this.#range === range) throw error;
    } finally {
      if (this.#range === range) this.#busy = false;
    }
    void this.#feed();
    await playing;
  }

  stop(): void {
    if (!this.#range) return;
    this.#range = null;
    this.element.pause();
  }

  /** Let a loop that was switched on or off be heard from the end of this round on. */
  async change(): Promise<void> {
    const { element } = this;
    const range = this.#range;
    if (!range || !this.#buffer) return;
    if (!this.#loops()) {
      const rounds = Math.ceil((element.currentTime + TAKEN * element.playbackRate) / range.length);
      try {
        if (this.#laid > rounds * range.length) await this.#takeBack(range, this.#buffer, rounds * range.length);
      } catch (error) {
        if (this.#range === range) this.#failed(error);
      }
    }
    void this.#feed();
  }

  /** Let nothing be laid out after a time of the element. */
  async #takeBack(range: Range, buffer: FragmentBuffer, end: number): Promise<void> {
    // At once, so that a piece on its way is known to be of no use.
    this.#laid = end;
    this.#taking = range;
    try {
      await settled(buffer);
      if (this.#range !== range) return;
      // A sample early: a fragment is removed when it begins there, and the browser rounds to microseconds.
      await buffer.remove(end - 0.5 / this.#rate, Number.POSITIVE_INFINITY);
    } finally {
      if (this.#taking === range) this.#taking = null;
    }
  }

  dispose(): void {
    this.#scope.abort();
    this.stop();
    // One that never played has nothing to let go of, and loading nothing would keep it alive.
    if (!this.element.src) return;
    this.element.removeAttribute("src");
    this.element.load();
  }

  /** Rounds that lie wholly before a time, where the last one ends at what was laid out. */
  #roundsBefore(played: number): number {
    const range = this.#range as Range;
    const all = Math.max(1, Math.ceil(this.#laid / range.length - 1e-6));
    return Math.min(Math.floor(played / range.length), all - 1);
  }

  /** Lay out what comes next, until there is enough of it. */
  async #feed(): Promise<void> {
    const range = this.#range;
    const buffer = this.#buffer;
    if (!range || !buffer || this.#busy || this.#taking === range) return;
    const next = this.#due(range, buffer);
    if (!next) return;
    this.#busy = true;
    try {
      await next();
    } catch (error) {
      // What is full has room again when more was played.
      const isFull = error instanceof DOMException && error.name === "QuotaExceededError";
      if (this.#range === range && !isFull) this.#failed(error);
      return;
    } finally {
      if (this.#range === range) this.#busy = false;
    }
    void this.#feed();
  }

  /** What is to be laid out now, if anything; at the end of all there is nothing. */
  #due(range: Range, buffer: FragmentBuffer): (() => Promise<void>) | null {
    const { currentTime, playbackRate: speed } = this.element;
    const into = this.#laid % range.length;
    const whole = this.#laid > 0 && Math.min(into, range.length - into) < 0.5 / this.#rate;
    if (whole && !this.#loops()) {
      if (speed !== 1 && this.#quiet !== this.#laid) return () => this.#layQuiet(range, buffer);
      if (this.#source?.readyState === "open" && !buffer.updating) this.#source.endOfStream();
      return null;
    }
    if (this.#laid - currentTime > AHEAD * Math.max(1, speed)) return null;
    return () => this.#next(range, buffer, whole ? 0 : into);
  }

  async #next(range: Range, buffer: FragmentBuffer, from: number): Promise<void> {
    const laid = this.#laid;
    const known = this.#pieces.find((each) => Math.abs(each.from - from) < 0.5 / this.#rate);
    const piece = known ?? (await this.#ask(range, from));
    // Meanwhile the loop may have been switched off, and this be of a round that is not to come.
    if (this.#range !== range || this.#laid !== laid || (from === 0 && !this.#loops())) return;
    this.#quiet = 0;
    await this.#lay(range, piece);
    const played = this.element.currentTime;
    if (buffer.first < played - KEPT) await buffer.remove(0, played - KEPT / 2);
  }

  async #layQuiet(range: Range, buffer: FragmentBuffer): Promise<void> {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), LATE));
    const silence = await Promise.race([this.#askSilence(), late]);
    if (this.#range !== range) return;
    if (silence) await buffer.append(silence.bytes, this.#laid);
    this.#quiet = this.#laid;
  }

  /** Silence, null where it does not come. */
  #askSilence(): Promise<Fragment | null> {
    this.#silence ??= this.#port.fragment("silence", 0, QUIET, false).catch(() => {
      this.#silence = null;
      return null;
    });
    return this.#silence;
  }

  async #ask(range: Range, from: number): Promise<Piece & { mime: string }> {
    const start = range.start + from;
    const end = Math.min(start + (from === 0 ? FIRST : LENGTH), range.end);
    const { bytes, mime, ...got } = await this.#port.fragment("sound", start, end, false);
    const piece = { bytes, mime, from: got.start - range.start, to: got.end - range.start };
    if (range.length <= KEPT) this.#pieces.push(piece);
    return piece;
  }

  async #lay(range: Range, piece: Piece): Promise<void> {
    const round = Math.round((this.#laid - piece.from) / range.length);
    const [before, after] = [this.#laid, round * range.length + piece.to];
    // Before the buffer has it, so that what is taken back meanwhile is this, too.
    this.#laid = after;
    try {
      await this.#buffer?.append(piece.bytes, round * range.length - range.start);
    } catch (error) {
      if (this.#range === range && this.#laid === after) this.#laid = before;
      throw error;
    }
  }
}

async function settled(buffer: FragmentBuffer): Promise<void> {
  while (buffer.updating) await new Promise((resolve) => setTimeout(resolve, 5));
}
