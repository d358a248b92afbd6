// Plays exactly the samples of a range, once or round and round without a gap. Knows no file and no document.

import { stretchedPlace } from "../core/time-stretch";
import type { MediaInfo } from "../core/types";
import type { StreamPort } from "../hosts/port";
import { FragmentBuffer, openSource } from "./source-buffer";

/** How long pieces are heard, in seconds: the first, so that it comes soon, and at most. */
const FIRST = 1.5;
const LENGTH = 10;
/** Seconds of sound laid out ahead. */
const AHEAD = 12;
/** A round is not taken back when it begins sooner than this, in seconds: the browser has it already. */
const TAKEN = 1;
/** Fragments of a range up to this long, in seconds, are kept for the next rounds. */
const KEPT = 60;
/** What is shorter than this at a range's end, in seconds, comes with the piece before. */
const LEAST = 0.1;

/** Sound of the media's frames from `first` on; stretched it has another number of them. */
interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mime: string;
  readonly first: number;
  readonly last: number;
}

/** Frames of the media `[first, last)`, and how many seconds a round of them lasts at the range's speed. */
interface Range {
  readonly first: number;
  readonly last: number;
  readonly speed: number;
  readonly lasts: number;
}

/**
 * An element of its own whose sound is the range and nothing else, so that it runs dry on the sample. A loop is the
 * range laid out again and again along the element's time; a picture is not in it. Slow and fast sound comes stretched:
 * a browser's own stretching leaves out some of the end.
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
  /** What was laid out: whole rounds, and of the next one what comes before this frame. */
  #rounds = 0;
  #next = 0;
  #busy = false;
  /** Of which range sound is being taken back. */
  #taking: Range | null = null;
  readonly #scope = new AbortController();

  constructor(
    document: Document,
    port: StreamPort,
    { sample_rate: rate, duration }: Pick<MediaInfo, "sample_rate" | "duration">,
    { loops, failed }: { loops: () => boolean; failed: (error: unknown) => void },
  ) {
    this.element = document.createElement("audio");
    this.#port = port;
    this.#rate = rate;
    this.#last = Math.round((duration ?? 0) * rate);
    this.#loops = loops;
    this.#failed = failed;
    this.element.addEventListener("timeupdate", () => void this.#feed(), { signal: this.#scope.signal });
  }

  get active(): boolean {
    return this.#range !== null;
  }

  /** For how long it can play on with what is laid out, in seconds. */
  get ahead(): number {
    return this.#range ? this.#laid - this.element.currentTime : 0;
  }

  /** Where in the media a time of the element is, in seconds. */
  timeAt(played: number): number {
    const range = this.#range;
    if (!range) return 0;
    const { first, last, speed, lasts } = range;
    // What is laid out ends in the last of them, unless it loops.
    const most = Math.max(0, this.#rounds - (this.#next > first ? 0 : 1));
    const rounds = Math.min(Math.floor(played / lasts), this.#loops() ? Number.POSITIVE_INFINITY : most);
    return first / this.#rate + Math.min(Math.max((played - rounds * lasts) * speed, 0), (last - first) / this.#rate);
  }

  /** Play `[start, end)`, in seconds, at a speed, the first time from a place in it; rejects with words for the user. */
  async play(start: number, end: number, speed: number, from = start): Promise<void> {
    const frame = (time: number, low: number, high: number) =>
      Math.min(Math.max(low, Math.round(time * this.#rate)), high);
    const first = frame(start, 0, this.#last - 1);
    const last = frame(end, first + 1, this.#last);
    const lasts = Math.max(1, stretchedPlace(last, speed) - stretchedPlace(first, speed)) / this.#rate;
    const range = { first, last, speed, lasts };
    this.#range = range;
    this.#pieces = [];
    this.#rounds = 0;
    this.#next = frame(from, first, last - 1);
    this.#source = null;
    this.#buffer = null;
    this.#busy = true;
    const opening = openSource(this.element, this.#scope.signal);
    this.element.currentTime = this.#laid;
    const playing = this.element.play();
    // It is waited for below; until then nothing else may take its refusal.
    playing.catch(() => {});
    try {
      const [source, piece] = await Promise.all([opening, this.#ask(range)]);
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
      const rounds = Math.ceil((element.currentTime + TAKEN) / range.lasts);
      try {
        if (this.#laid > rounds * range.lasts) await this.#takeBack(range, this.#buffer, rounds);
      } catch (error) {
        if (this.#range === range) this.#failed(error);
      }
    }
    void this.#feed();
  }

  /** Let nothing be laid out after some rounds. */
  async #takeBack(range: Range, buffer: FragmentBuffer, rounds: number): Promise<void> {
    // At once, so that a piece on its way is known to be of no use.
    this.#rounds = rounds;
    this.#next = range.first;
    this.#taking = range;
    try {
      await settled(buffer);
      if (this.#range !== range) return;
      // A sample early: a fragment is removed when it begins there, and the browser rounds to microseconds.
      await buffer.remove(rounds * range.lasts - 0.5 / this.#rate, Number.POSITIVE_INFINITY);
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

  /** Where the next sound goes on the element's time. */
  get #laid(): number {
    const { first, speed, lasts } = this.#range as Range;
    return this.#rounds * lasts + (stretchedPlace(this.#next, speed) - stretchedPlace(first, speed)) / this.#rate;
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
    if (this.#rounds > 0 && this.#next === range.first && !this.#loops()) {
      if (this.#source?.readyState === "open" && !buffer.updating) this.#source.endOfStream();
      return null;
    }
    if (this.ahead > AHEAD) return null;
    return () => this.#more(range, buffer);
  }

  async #more(range: Range, buffer: FragmentBuffer): Promise<void> {
    const [rounds, next] = [this.#rounds, this.#next];
    const piece = this.#pieces.find(({ first }) => first === next) ?? (await this.#ask(range));
    // Meanwhile the loop may have been switched off, and this be of a round that is not to come.
    const isNext = this.#range === range && this.#rounds === rounds && this.#next === next;
    if (!isNext || (next === range.first && !this.#loops())) return;
    await this.#lay(range, piece);
    const played = this.element.currentTime;
    if (buffer.first < played - KEPT) await buffer.remove(0, played - KEPT / 2);
  }

  async #ask(range: Range): Promise<Piece> {
    const first = this.#next;
    // The less is left to play, the sooner it has to come; Python sends 30 s at most.
    const seconds = Math.min(Math.max(FIRST, 2 * this.ahead), LENGTH);
    const reach = first + Math.round(Math.min(seconds * range.speed, LENGTH) * this.#rate);
    const last = range.last - reach < LEAST * this.#rate ? range.last : reach;
    const asked = [first / this.#rate, last / this.#rate, false, range.speed] as const;
    const { bytes, mime, end } = await this.#port.fragment("sound", ...asked);
    const piece = { bytes, mime, first, last: Math.round(end * this.#rate) };
    // What was stopped meanwhile may have had another end or speed.
    if (this.#range === range && range.last - range.first <= KEPT * this.#rate) this.#pieces.push(piece);
    return piece;
  }

  async #lay(range: Range, piece: Piece): Promise<void> {
    const before = [this.#rounds, this.#next] as const;
    const at = this.#laid;
    // Before the buffer has it, so that what is taken back meanwhile is this, too.
    this.#next = piece.last;
    if (piece.last >= range.last) {
      this.#next = range.first;
      this.#rounds += 1;
    }
    const after = this.#laid;
    try {
      await this.#buffer?.append(piece.bytes, at - piece.first / this.#rate);
    } catch (error) {
      if (this.#range === range && this.#laid === after) [this.#rounds, this.#next] = before;
      throw error;
    }
  }
}

async function settled(buffer: FragmentBuffer): Promise<void> {
  while (buffer.updating) await new Promise((resolve) => setTimeout(resolve, 5));
}
