// Thumbnails of a video: asked for a few at a time, kept while there is room. Draws nothing.
import { type Signal, signal } from "@preact/signals-core";
import type { MediaPort } from "../hosts/port";

/** Pictures of one request: few, so that a kernel has time for other things in between. */
const BATCH = 8;
/** Most pictures that are kept, some 10 MB. */
const MOST = 400;

interface Kept {
  readonly time: number;
  readonly image: ImageBitmap | null;
}

export class Thumbnails {
  /** Counts the answers, so that what is drawn follows. */
  readonly version: Signal<number> = signal(0);
  /** Why there are none; empty when there are. */
  readonly error: Signal<string> = signal("");

  readonly #media: MediaPort;
  readonly #kept = new Map<string, Kept>();
  #wanted: readonly number[] = [];
  #within = 0;
  #busy = false;
  #closed = false;

  constructor(media: MediaPort) {
    this.#media = media;
  }

  dispose(): void {
    this.#closed = true;
    this.#wanted = [];
    for (const { image } of this.#kept.values()) image?.close();
    this.#kept.clear();
  }

  /** The picture of a time, else the nearest there is at most `reach` seconds away. */
  get(time: number, within: number, reach: number): ImageBitmap | null {
    const exact = this.#kept.get(keyOf(time, within));
    if (exact?.image) return exact.image;
    let nearest: ImageBitmap | null = null;
    let distance = reach;
    for (const { time: other, image } of this.#kept.values()) {
      if (!image || Math.abs(other - time) > distance) continue;
      nearest = image;
      distance = Math.abs(other - time);
    }
    return nearest;
  }

  /** Ask for what is missing of these times; earlier wishes are forgotten. */
  want(times: readonly number[], within: number): void {
    this.#wanted = times;
    this.#within = within;
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#busy || this.#closed || !this.#media.thumbnails) return;
    this.#busy = true;
    try {
      for (let missing = this.#missing(); missing.length; missing = this.#missing()) {
        const within = this.#within;
        const images = await this.#media.thumbnails(missing, within);
        if (this.#closed) return;
        for (const [index, time] of missing.entries()) this.#keep(time, within, images[index] ?? null);
        this.error.value = "";
        this.version.value += 1;
      }
    } catch (error) {
      this.error.value = error instanceof Error ? error.message : String(error);
    } finally {
      this.#busy = false;
    }
  }

  #missing(): number[] {
    const times = new Set(this.#wanted.filter((time) => !this.#kept.has(keyOf(time, this.#within))));
    return [...times].slice(0, BATCH);
  }

  #keep(time: number, within: number, image: ImageBitmap | null): void {
    this.#kept.set(keyOf(time, within), { time, image });
    // What is wanted now stays: the oldest goes, and a window shows fewer than there is room for.
    for (const [key, old] of this.#kept) {
      if (this.#kept.size <= MOST) break;
      old.image?.close();
      this.#kept.delete(key);
    }
  }
}

const keyOf = (time: number, within: number): string => `${time}/${within}`;
