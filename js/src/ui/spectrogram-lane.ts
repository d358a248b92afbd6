// The spectrogram of one view: which tiles its window needs, and what lies under the pointer. Draws nothing.
import { type Signal, signal } from "@preact/signals";
import { decibelsOf, hertzAt, partOf } from "../core/frequencies";
import { levelFor, MOST_CURVE_SECONDS } from "../core/spectral-view";
import type { Viewport } from "../core/viewport";
import {
  SPECTROGRAM_COLUMNS as COLUMNS,
  CURVE_TILE_SECONDS,
  type CurveTile,
  SPECTROGRAM_ROWS as ROWS,
} from "../hosts/port";
import type { LevelTiles } from "../player/spectrogram-picture";
import { TileStore, type Wanted } from "../player/tile-store";
import type { Controller } from "./controller";

/** How long a new window waits before its tiles are asked for, in ms: it may move on at once. */
const REST = 80;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_CURVE_BYTES = 2 * 1024 * 1024;
/** Levels that stand in for tiles on their way, from coarse to fine. */
const STAND_INS = [3, 2, 1, -1];

export interface Reading {
  readonly time: number;
  readonly hertz: number;
}

export class SpectrogramLane {
  /** Where the pointer is; null outside. */
  readonly pointer: Signal<Reading | null> = signal(null);
  readonly tiles = new TileStore<Uint8Array>(MOST_BYTES);
  readonly curves = new TileStore<CurveTile>(MOST_CURVE_BYTES);
  readonly #controller: Controller;
  #level = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ask: () => void = () => {};

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  /** Whether the host can find curves; false on a task's page. */
  get canHaveCurves(): boolean {
    return this.#controller.port.media.curves !== undefined;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.tiles.dispose();
    this.curves.dispose();
  }

  /** What there is to draw of a window, coarse first; asks for what is missing. Read in an effect, it tells of more. */
  look(view: Viewport, width: number): LevelTiles[] {
    this.tiles.version.value;
    const { sample_rate: rate } = this.#controller.session.info;
    const analysis = this.#controller.session.spectral.analysis.value;
    const level = levelFor(((view.end - view.start) * rate) / width, analysis, rate);
    this.#level = level;
    const now = this.#tilesOf(level, view);
    const { media } = this.#controller.port;
    this.#later(() => {
      const curves = this.#wantedCurves(view);
      this.tiles.want(
        now.tiles.map((_, index) => {
          const tile = now.first + index;
          return { key: this.#key(level, tile), fetch: () => media.spectrogram(analysis, level, tile) };
        }),
      );
      this.curves.want(curves);
    });
    const isWhole = now.tiles.every(Boolean);
    const under = isWhole ? [] : STAND_INS.map((by) => level + by).filter((other) => other >= 0 && other <= 30);
    return [...under.map((other) => this.#tilesOf(other, view)), now].filter(({ tiles }) => tiles.some(Boolean));
  }

  /** The level in dB at a place, when its tile is there. */
  decibels({ time, hertz }: Reading): number | null {
    const { spectral, info } = this.#controller.session;
    const { scale } = spectral.analysis.value;
    const [low, high] = spectral.range();
    const column = Math.floor((time * info.sample_rate) / 2 ** this.#level);
    const tile = this.tiles.get(this.#key(this.#level, Math.floor(column / COLUMNS)));
    const row = Math.min(ROWS - 1, Math.max(0, Math.floor(partOf(hertz, scale, low, high) * ROWS)));
    const byte = tile?.[(column % COLUMNS) * ROWS + row];
    return byte === undefined ? null : decibelsOf(byte);
  }

  /** The frequency in Hz at a part of the height, 0 at the foot. */
  hertz(part: number): number {
    const { spectral } = this.#controller.session;
    const [low, high] = spectral.range();
    return hertzAt(part, spectral.analysis.value.scale, low, high);
  }

  /** Whether something of a window has still to come. Read in an effect, it tells of what came. */
  isBusy(view: Viewport): boolean {
    this.curves.version.value;
    const curves = this.#wantedCurves(view);
    return !this.#tilesOf(this.#level, view).tiles.every(Boolean) || curves.some(({ key }) => !this.curves.get(key));
  }

  /** The curves of a window that are there; none of one that is too long for them. */
  curvesIn(view: Viewport): CurveTile[] {
    this.curves.version.value;
    return this.#wantedCurves(view).flatMap(({ key }) => this.curves.get(key) ?? []);
  }

  #wantedCurves(view: Viewport): Wanted<CurveTile>[] {
    const { media } = this.#controller.port;
    const { pitch, intensity, floor, ceiling } = this.#controller.session.spectral.curves.value;
    if (!media.curves || !(pitch || intensity) || view.end - view.start > MOST_CURVE_SECONDS) return [];
    const fetch = media.curves.bind(media);
    const first = Math.floor(view.start / CURVE_TILE_SECONDS);
    const count = Math.ceil(view.end / CURVE_TILE_SECONDS) - first;
    return Array.from({ length: count }, (_, index) => {
      const tile = first + index;
      return { key: `${floor}/${ceiling}/${tile}`, fetch: () => fetch(tile, floor, ceiling) };
    });
  }

  #key(level: number, tile: number): string {
    const { scale, window, length, low, high } = this.#controller.session.spectral.analysis.value;
    return [scale, window, length, low, high, level, tile].join("/");
  }

  #tilesOf(level: number, view: Viewport): LevelTiles {
    const { info, duration } = this.#controller.session;
    const hop = 2 ** level / info.sample_rate;
    const first = Math.floor(view.start / hop / COLUMNS);
    const end = Math.min(view.end, duration.value);
    const count = Math.max(0, Math.ceil(end / hop / COLUMNS) - first);
    // A level far finer than the pixels is no stand-in worth its painting.
    const tiles = Array.from({ length: Math.min(count, 64) }, (_, index) =>
      this.tiles.get(this.#key(level, first + index)),
    );
    return { hop, first, tiles };
  }

  /** While the window goes on moving, what it needs is asked for now and then, and last when it rests. */
  #later(ask: () => void): void {
    this.#ask = ask;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#ask();
    }, REST);
  }
}
