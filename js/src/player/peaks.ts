// Peaks for any window of the file, from tiles fetched as they are needed, again while they grow. Knows no canvas.
import { batch, type Signal, signal } from "@preact/signals-core";
import { type MediaPort, PEAK_TILE_COLUMNS, type PeakProgress, type PeakTile } from "../hosts/port";

/** Columns of 4**level samples from column `first` on: for each channel min and max in turn. */
export interface PeakWindow {
  readonly level: number;
  readonly first: number;
  readonly channels: readonly Int16Array[];
  /** Some columns are not known yet: their min is above their max. */
  readonly complete: boolean;
}

const MOST_TILES = 400;
/** Of so many levels the tiles in sight are kept joined. */
const MOST_JOINED = 3;
/** Time between two looks at tiles that grow, in ms, and at those that do not: Python may go on with them. */
const AGAIN = [4000, 250];
const DONE: PeakProgress = { progress: 1, running: false, complete: true, problem: "" };

interface Known {
  tile: PeakTile | null;
  asked: boolean;
  failed: boolean;
}

export class PeakCache {
  /** Grows when a tile arrives: read it to draw again. */
  readonly version: Signal<number> = signal(0);
  /** Why there are no peaks, or not all; empty when there are. */
  readonly error: Signal<string> = signal("");
  /** How far the host is with making the peaks. */
  readonly progress: Signal<PeakProgress> = signal(DONE);
  readonly #media: MediaPort;
  readonly #tiles = new Map<string, Known>();
  /** Tiles that were drawn and are not complete. */
  readonly #growing = new Map<string, readonly [level: number, tile: number]>();
  readonly #joined = new Map<number, { tiles: readonly PeakTile[]; channels: readonly Int16Array[] }>();
  readonly #samples: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(media: MediaPort, duration: number) {
    this.#media = media;
    this.#samples = Math.round(duration * media.info.sample_rate);
  }

  dispose(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#tiles.clear();
    this.#joined.clear();
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

  /** Have the host go on with the peaks, again after an error, or stop. */
  async run(run: boolean): Promise<void> {
    if (run) {
      this.error.value = "";
      for (const known of this.#tiles.values()) known.failed = false;
    }
    try {
      const progress = await this.#media.buildPeaks?.(run);
      if (this.#closed) return;
      if (progress) this.#hear(progress);
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#growing.clear();
    } catch (error) {
      if (!this.#closed) this.error.value = reasonOf(error);
    }
    this.version.value += 1;
  }

  #collect(level: number, from: number, to: number, ask: boolean): PeakWindow | null {
    const size = 4 ** level;
    const first = Math.max(0, Math.floor(from / size) - 1);
    const last = Math.min(Math.ceil(to / size) + 1, Math.ceil(this.#samples / size));
    const tiles: PeakTile[] = [];
    let missing = false;
    for (
      let tile = Math.floor(first / PEAK_TILE_COLUMNS);
      tile <= Math.floor((last - 1) / PEAK_TILE_COLUMNS);
      tile += 1
    ) {
      const found = this.#tile(level, tile, ask);
      if (found) tiles.push(found);
      else missing = true;
    }
    if (missing || tiles.length === 0) return null;
    const skip = first % PEAK_TILE_COLUMNS;
    const beyond = skip + last - first;
    const channels = this.#join(level, tiles).map((columns) => columns.subarray(2 * skip, 2 * beyond));
    const complete = tiles.every((tile, place) => {
      const wanted = Math.min(PEAK_TILE_COLUMNS, beyond - place * PEAK_TILE_COLUMNS);
      return tile.channels.every((part) => part.length >= 2 * wanted);
    });
    return { level, first, channels, complete };
  }

  /** Tiles side by side, kept while a window moves over the same ones. */
  #join(level: number, tiles: readonly PeakTile[]): readonly Int16Array[] {
    const known = this.#joined.get(level);
    if (known?.tiles.length === tiles.length && tiles.every((tile, place) => tile === known.tiles[place]))
      return known.channels;
    const channels = join(tiles);
    this.#joined.delete(level);
    this.#joined.set(level, { tiles, channels });
    if (this.#joined.size > MOST_JOINED) this.#joined.delete(this.#joined.keys().next().value as number);
    return channels;
  }

  #tile(level: number, tile: number, ask: boolean): PeakTile | null {
    const key = `${level}/${tile}`;
    const known = this.#tiles.get(key);
    if (!known) {
      if (ask) this.#ask(key, level, tile);
      return null;
    }
    // The least recently used go first.
    this.#tiles.delete(key);
    this.#tiles.set(key, known);
    if (!known.tile && ask && !known.asked && !known.failed) this.#ask(key, level, tile);
    if (known.tile?.progress?.complete === false) this.#watch(key, level, tile);
    return known.tile;
  }

  #ask(key: string, level: number, tile: number): void {
    const known = this.#tiles.get(key) ?? { tile: null, asked: false, failed: false };
    known.asked = true;
    this.#tiles.set(key, known);
    this.#media.peaks(level, tile).then(
      (found) => {
        if (this.#closed) return;
        known.asked = false;
        known.tile = found;
        while (this.#tiles.size > MOST_TILES) this.#tiles.delete(this.#tiles.keys().next().value as string);
        batch(() => {
          if (found.progress) this.#hear(found.progress);
          // The samples' own are whole long before the pass is: one of those asks how far it is.
          const { progress = DONE } = found;
          if (progress.progress < 1 && progress.complete && !this.#growing.size) this.#watch(key, level, tile);
          this.version.value += 1;
        });
      },
      (error: unknown) => {
        known.asked = false;
        known.failed = true;
        if (!this.#closed) this.error.value = reasonOf(error);
      },
    );
  }

  #hear(heard: PeakProgress): void {
    this.progress.value = heard;
    if (heard.problem) this.error.value = heard.problem;
  }

  /** Look again at what is drawn and grows; where the host stopped, seldom. */
  #watch(key: string, level: number, tile: number): void {
    this.#growing.set(key, [level, tile]);
    const { running, progress } = this.progress.peek();
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const growing = [...this.#growing];
        this.#growing.clear();
        for (const [name, [at, place]] of growing) {
          const known = this.#tiles.get(name);
          if (known && !known.asked && !known.failed) this.#ask(name, at, place);
        }
      },
      AGAIN[+(running || progress >= 1)],
    );
  }
}

/** Whole tiles one after the other, for each channel; what is not known of them has its min above its max. */
function join(tiles: readonly PeakTile[]): Int16Array[] {
  return (tiles[0] as PeakTile).channels.map((_, channel) => {
    const joined = new Int16Array(2 * tiles.length * PEAK_TILE_COLUMNS);
    for (let at = 0; at < joined.length; at += 2) {
      joined[at] = 32767;
      joined[at + 1] = -32768;
    }
    tiles.forEach((tile, place) => {
      joined.set(tile.channels[channel] ?? [], 2 * place * PEAK_TILE_COLUMNS);
    });
    return joined;
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
