// Tiles fetched as they are wanted and kept up to so many bytes. Knows no canvas and not what is in a tile.
import { type Signal, signal } from "@preact/signals-core";

export interface Wanted<Tile> {
  readonly key: string;
  fetch(): Promise<Tile>;
}

/** Requests that wait for an answer at one time: the rest can still be dropped when the window moves on. */
const MOST_ASKED = 2;
/** What a tile costs beside its bytes. */
const OVERHEAD = 256;

export class TileStore<Tile extends { readonly byteLength: number }> {
  /** Grows when a tile arrives: read it to draw again. */
  readonly version: Signal<number> = signal(0);
  /** Why a tile that is wanted does not come; empty when none failed. */
  readonly error: Signal<string> = signal("");
  readonly #most: number;
  readonly #tiles = new Map<string, Tile>();
  readonly #asked = new Set<string>();
  /** Why tiles did not come; they are asked for again by `retry`. */
  readonly #failed = new Map<string, string>();
  #wanted: readonly Wanted<Tile>[] = [];
  #bytes = 0;
  #closed = false;

  constructor(mostBytes: number) {
    this.#most = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  dispose(): void {
    this.#closed = true;
    this.#wanted = [];
    this.#tiles.clear();
  }

  /** A tile at hand, which counts as used. */
  get(key: string): Tile | undefined {
    const tile = this.#tiles.get(key);
    if (tile) {
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
    }
    return tile;
  }

  /** Fetch these and no others, the first ones first. */
  want(tiles: readonly Wanted<Tile>[]): void {
    this.#wanted = tiles.filter(({ key }) => !this.#tiles.has(key));
    this.#tell();
    this.#ask();
  }

  /** Ask again for what failed. */
  retry(): void {
    this.#failed.clear();
    this.#tell();
    this.#ask();
  }

  #ask(): void {
    for (const { key, fetch } of this.#wanted) {
      if (this.#asked.size >= MOST_ASKED) return;
      if (this.#asked.has(key) || this.#failed.has(key) || this.#tiles.has(key)) continue;
      this.#asked.add(key);
      fetch().then(
        (tile) => this.#settle(key, () => this.#keep(key, tile)),
        (error: unknown) => this.#settle(key, () => this.#fail(key, error)),
      );
    }
  }

  #settle(key: string, done: () => void): void {
    this.#asked.delete(key);
    if (this.#closed) return;
    done();
    this.#tell();
    this.#ask();
  }

  #keep(key: string, tile: Tile): void {
    this.#tiles.set(key, tile);
    this.#bytes += tile.byteLength + OVERHEAD;
    for (const [oldest, dropped] of this.#tiles) {
      if (this.#bytes <= this.#most || oldest === key) break;
      this.#tiles.delete(oldest);
      this.#bytes -= dropped.byteLength + OVERHEAD;
    }
    this.version.value += 1;
  }

  #fail(key: string, error: unknown): void {
    this.#failed.set(key, error instanceof Error ? error.message : String(error));
  }

  #tell(): void {
    const failed = this.#wanted.find(({ key }) => this.#failed.has(key));
    this.error.value = failed ? (this.#failed.get(failed.key) ?? "") : "";
  }
}
