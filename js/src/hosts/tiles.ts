// Peak tiles out of samples, and out of the columns of a finer level. Pure: numbers in, numbers out.
import { PEAK_TILE_COLUMNS, type PeakTile } from "./port";

/** The finest level that a peaks file holds; finer ones come from samples. */
export const BASE_LEVEL = 4;

/** A tile of columns of 4**level samples each, min and max in turn, for each channel of samples in [-1, 1]. */
export function tileOfSamples(channels: readonly Float32Array[], level: number, tile: number): PeakTile {
  const join = (samples: Float32Array): Int16Array => {
    const at = (place: number): number => samples[place] ?? 0;
    return joinColumns(samples.length, 4 ** level, tile, { low: at, high: at, scale: 32768 });
  };
  return { channels: channels.map(join) };
}

/** The same out of columns of the base level, min and max in turn; a finer level repeats its columns. */
export function tileOfColumns(channels: readonly Int16Array[], level: number, tile: number): PeakTile {
  if (level < BASE_LEVEL) {
    const times = 4 ** (BASE_LEVEL - level);
    return { channels: channels.map((columns) => repeatColumns(columns, times, tile)) };
  }
  const join = (columns: Int16Array): Int16Array => {
    const low = (place: number): number => columns[2 * place] ?? 0;
    const high = (place: number): number => columns[2 * place + 1] ?? 0;
    return joinColumns(columns.length / 2, 4 ** (level - BASE_LEVEL), tile, { low, high, scale: 1 });
  };
  return { channels: channels.map(join) };
}

/** Between which samples there is more than silence, by the columns of the base level; two zeros where there is none. */
export function soundingSamples(channels: readonly Int16Array[]): readonly [number, number] {
  const isLoud = (value: number): boolean => value !== 0;
  const loud = channels.filter((columns) => columns.some(isLoud));
  if (loud.length === 0) return [0, 0];
  const first = Math.min(...loud.map((columns) => columns.findIndex(isLoud)));
  const last = Math.max(...loud.map((columns) => columns.findLastIndex(isLoud)));
  return [Math.floor(first / 2) * 4 ** BASE_LEVEL, (Math.floor(last / 2) + 1) * 4 ** BASE_LEVEL];
}

interface Values {
  low(place: number): number;
  high(place: number): number;
  readonly scale: number;
}

function joinColumns(count: number, width: number, tile: number, values: Values): Int16Array {
  const first = tile * PEAK_TILE_COLUMNS;
  const columns = Math.max(0, Math.min(PEAK_TILE_COLUMNS, Math.ceil(count / width) - first));
  const peaks = new Int16Array(2 * columns);
  for (let column = 0; column < columns; column += 1) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    const end = Math.min(count, (first + column + 1) * width);
    for (let place = (first + column) * width; place < end; place += 1) {
      low = Math.min(low, values.low(place));
      high = Math.max(high, values.high(place));
    }
    peaks[2 * column] = toInt16(low * values.scale);
    peaks[2 * column + 1] = toInt16(high * values.scale);
  }
  return peaks;
}

function toInt16(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value)));
}

function repeatColumns(columns: Int16Array, times: number, tile: number): Int16Array {
  const first = tile * PEAK_TILE_COLUMNS;
  const count = Math.max(0, Math.min(PEAK_TILE_COLUMNS, (columns.length / 2) * times - first));
  const peaks = new Int16Array(2 * count);
  for (let column = 0; column < count; column += 1) {
    const place = 2 * Math.floor((first + column) / times);
    peaks[2 * column] = columns[place] ?? 0;
    peaks[2 * column + 1] = columns[place + 1] ?? 0;
  }
  return peaks;
}
