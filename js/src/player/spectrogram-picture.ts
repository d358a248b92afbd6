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
  readonly #joined: HTMLCanvasElement;
  #colors: { readonly display: SpectralDisplay; readonly table: Uint8ClampedArray } | null = null;

  constructor(document: Document) {
    this.#joined = document.createElement("canvas");
  }

  /** Fill with the colour of silence. */
  clear(context: CanvasRenderingContext2D, display: SpectralDisplay, width: number, height: number): void {
    const [red, green, blue] = colorTable(display.map);
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
    const joined = this.#joined;
    const wide = tiles.length * COLUMNS;
    const below = joined.getContext("2d");
    if (!below || wide === 0) return;
    joined.width = wide;
    joined.height = ROWS;
    tiles.forEach((tile, index) => {
      if (tile?.length) below.drawImage(this.#paint(tile, display), index * COLUMNS, 0);
    });
    // Side by side in one picture first: scaled one by one, the tiles would leave seams.
    const from = view.start / hop - first * COLUMNS;
    const { width, height } = size;
    context.imageSmoothingQuality = "medium";
    context.drawImage(joined, from, 0, (view.end - view.start) / hop, ROWS, 0, 0, width, height);
  }

  #paint(tile: Uint8Array, display: SpectralDisplay): HTMLCanvasElement {
    const known = this.#painted.get(tile);
    if (known?.display === display) return known.canvas;
    const columns = tile.length / ROWS;
    const canvas = known?.canvas ?? this.#joined.ownerDocument.createElement("canvas");
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
