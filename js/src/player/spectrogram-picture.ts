// Paints spectrogram tiles in the colours of a map, and puts those of a window together. Knows no host and no session.
import { colorTable } from "../core/color-maps";
import { decibelsOf } from "../core/frequencies";
import type { SpectralDisplay } from "../core/spectral-view";
import type { Viewport } from "../core/viewport";
import { SPECTROGRAM_COLUMNS as COLUMNS, SPECTROGRAM_ROWS as ROWS } from "../hosts/port";

interface Painted {
  readonly display: SpectralDisplay;
  readonly canvas: HTMLCanvasElement;
}

/** Joined pictures that are kept: of the level that is drawn, and of one that stands in for it. */
const MOST_JOINED = 2;

interface Joined {
  readonly canvas: HTMLCanvasElement;
  /** What it was put together from. */
  readonly parts: readonly unknown[];
}

/** The tiles of one level that a window shows. */
export interface LevelTiles {
  /** Seconds of one column. */
  readonly hop: number;
  /** The number of the first tile. */
  readonly first: number;
  readonly tiles: readonly (Uint8Array | undefined)[];
}

export class SpectrogramPicture {
  readonly #painted = new WeakMap<Uint8Array, Painted>();
  readonly #document: Document;
  /** By the seconds of a column, the one used last at the end. */
  readonly #joined = new Map<number, Joined>();
  #colors: { readonly display: SpectralDisplay; readonly table: Uint8ClampedArray } | null = null;

  constructor(document: Document) {
    this.#document = document;
  }

  /** Fill with the colour of silence. */
  clear(context: CanvasRenderingContext2D, display: SpectralDisplay, width: number, height: number): void {
    const [red, green, blue] = this.#table(display);
    context.fillStyle = `rgb(${red} ${green} ${blue})`;
    context.fillRect(0, 0, width, height);
  }

  draw(
    context: CanvasRenderingContext2D,
    { hop, first, tiles }: LevelTiles,
    display: SpectralDisplay,
    view: Viewport,
    size: { readonly width: number; readonly height: number },
  ): void {
    if (tiles.length === 0) return;
    const joined = this.#join(hop, first, tiles, display);
    const from = view.start / hop - first * COLUMNS;
    const { width, height } = size;
    context.drawImage(joined, from, 0, (view.end - view.start) / hop, ROWS, 0, 0, width, height);
  }

  /** The tiles side by side in one picture: scaled one by one they would leave seams. Kept while it is the same. */
  #join(hop: number, first: number, tiles: LevelTiles["tiles"], display: SpectralDisplay): HTMLCanvasElement {
    const known = this.#joined.get(hop);
    const parts = [first, display, ...tiles];
    this.#joined.delete(hop);
    const canvas = known?.canvas ?? this.#document.createElement("canvas");
    this.#joined.set(hop, { parts, canvas });
    for (const oldest of this.#joined.keys()) if (this.#joined.size > MOST_JOINED) this.#joined.delete(oldest);
    if (known && parts.length === known.parts.length && parts.every((part, at) => part === known.parts[at]))
      return canvas;
    canvas.width = tiles.length * COLUMNS;
    canvas.height = ROWS;
    const context = canvas.getContext("2d");
    tiles.forEach((tile, index) => {
      if (tile?.length) context?.drawImage(this.#paint(tile, display), index * COLUMNS, 0);
    });
    return canvas;
  }

  #paint(tile: Uint8Array, display: SpectralDisplay): HTMLCanvasElement {
    const known = this.#painted.get(tile);
    if (known?.display === display) return known.canvas;
    const columns = tile.length / ROWS;
    const canvas = known?.canvas ?? this.#document.createElement("canvas");
    canvas.width = columns;
    canvas.height = ROWS;
    const context = canvas.getContext("2d");
    if (!context) return canvas;
    const image = context.createImageData(columns, ROWS);
    const pixels = new Uint32Array(image.data.buffer);
    const table = new Uint32Array(this.#table(display).buffer);
    for (let column = 0; column < columns; column += 1)
      for (let row = 0; row < ROWS; row += 1)
        pixels[(ROWS - 1 - row) * columns + column] = table[tile[column * ROWS + row] as number] as number;
    context.putImageData(image, 0, 0);
    this.#painted.set(tile, { display, canvas });
    return canvas;
  }

  /** The colour of each byte of a tile. */
  #table(display: SpectralDisplay): Uint8ClampedArray {
    if (this.#colors?.display !== display) this.#colors = { display, table: levelColors(display) };
    return this.#colors.table;
  }
}

/** 256 colours, for the bytes of a tile: the map's from `loudest - range` to `loudest` dB, its ends outside. */
export function levelColors({ map, loudest, range }: SpectralDisplay): Uint8ClampedArray {
  const colors = colorTable(map);
  const table = new Uint8ClampedArray(256 * 4);
  for (let byte = 0; byte < 256; byte += 1) {
    const part = (decibelsOf(byte) - (loudest - range)) / range;
    const index = Math.round(255 * Math.max(0, Math.min(1, part)));
    table.set(colors.subarray(index * 4, index * 4 + 4), byte * 4);
  }
  return table;
}
