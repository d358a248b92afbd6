// Peaks for any window of the file, from tiles fetched as they are needed. Knows no canvas.
import { type Signal, signal } from "@preact/signals-core";
import { type MediaPort, PEAK_TILE_COLUMNS, type PeakTile } from "../hosts/port";

/** Columns of 4**level samples from column `first` on: for each channel min and max in turn. */
export interface PeakWindow {
  readonly level: number;
  readonly first: number;
  readonly channels: readonly Int16Array[];
}

const MOST_TILES = 400;

export class PeakCache {
  /** Grows when a tile arrives: read it to draw again. */
  readonly version: Signal<number> = signal(0);
  /** Why there are no peaks; empty when there are. */
  readonly error: Signal<string> = signal("");
  readonly #media: MediaPort;
  readonly #tiles = new Map<string, PeakTile | "asked">();
  readonly #samples: number;
  #closed = false;

  constructor(media: MediaPort, duration: number) {
    this.#media = media;
    this.#samples = Math.round(duration * media.info.sample_rate);
  }

  dispose(): void {
    this.#closed = true;
    this.#tiles.clear();
  }

  get topLevel(): number {
    return Math.max(0, Math.ceil(Math.log(this.#samples / PEAK_TILE_COLUMNS) / Math.log(4)));
  }

  /** The finest peaks at hand for a window in seconds drawn `width` pixels wide; asks for what is missing. */
  window(start: number, end: number, width: number): PeakWindow | null {
    const rate = this.#media.info.sample_rate;
    if (!rate || !this.#samples || width <= 0) return null;
    const perPixel = ((end - start) * rate) / width;
    const best = Math.min(this.topLevel, Math.max(0, Math.floor(Math.log(perPixel) / Math.log(4) + 1e-9)));
    for (let level = best; level <= this.topLevel; level += 1) {
      const found = this.#collect(level, start * rate, Math.min(end * rate, this.#samples), level === best);
      if (found) return found;
    }
    this.#tile(this.topLevel, 0, true);
    return null;
  }

  #collect(level: number, from: number, to: number, ask: boolean): PeakWindow | null {
    const size = 4 ** level;
    const first = Math.max(0, Math.floor(from / size) - 1);
    const last = Math.ceil(to / size) + 1;
    const tiles: PeakTile[] = [];
    let missing = false;
    for (
      let tile = Math.floor(first / PEAK_TILE_COLUMNS);
      tile <= Math.floor((last - 1) / PEAK_TILE_COLUMNS);
      tile += 1
    ) {
      if (tile * PEAK_TILE_COLUMNS * size >= this.#samples) break;
      const found = this.#tile(level, tile, ask);
      if (found) tiles.push(found);
      else missing = true;
    }
    if (missing || tiles.length === 0) return null;
    const skip = first % PEAK_TILE_COLUMNS;
    const channels = (tiles[0] as PeakTile).channels.map((_, channel) => {
      const parts = tiles.map((tile) => tile.channels[channel] ?? new Int16Array());
      const joined = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        joined.set(part, offset);
        offset += part.length;
      }
      return joined.subarray(skip * 2, (skip + last - first) * 2);
    });
    return { level, first, channels };
  }

  #tile(level: number, tile: number, ask: boolean): PeakTile | null {
    const key = `${level}/${tile}`;
    const known = this.#tiles.get(key);
    if (known && known !== "asked") {
      this.#tiles.delete(key);
      this.#tiles.set(key, known);
      return known;
    }
    if (!known && ask) this.#ask(key, level, tile);
    return null;
  }

  #ask(key: string, level: number, tile: number): void {
    this.#tiles.set(key, "asked");
    this.#media.peaks(level, tile).then(
      (peaks) => {
        if (this.#closed) return;
        this.#tiles.set(key, peaks);
        while (this.#tiles.size > MOST_TILES) this.#tiles.delete(this.#tiles.keys().next().value as string);
        this.version.value += 1;
      },
      (error: unknown) => {
        if (!this.#closed) this.error.value = error instanceof Error ? error.message : String(error);
      },
    );
  }
}
