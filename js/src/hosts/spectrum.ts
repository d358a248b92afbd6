// Tiles of spectra out of samples, as spectrogram.py makes them: numbers in, numbers out, in slices of time.
import { clampRange, hertzAt } from "../core/frequencies";
import { windowSamples } from "../core/spectral-view";
import type { SpectrogramAnalysis } from "../core/types";
import { SPECTROGRAM_COLUMNS, SPECTROGRAM_ROWS } from "./port";

/** How long the page may be kept from its user, in ms. */
const SLICE = 10;
/** The level in dB that byte 0 stands for, and how many steps a dB has. */
const FLOOR = -124;
const STEPS = 2;

/** The columns `tile * SPECTROGRAM_COLUMNS` and on, each centred in its 2**level samples; fewer at the end. */
export async function spectrogramTile(
  channels: readonly Float32Array[],
  rate: number,
  analysis: SpectrogramAnalysis,
  level: number,
  tile: number,
): Promise<Uint8Array> {
  const hop = 2 ** level;
  const first = tile * SPECTROGRAM_COLUMNS;
  const columns = Math.ceil((channels[0]?.length ?? 0) / hop) - first;
  if (columns <= 0) return new Uint8Array();
  const spectrum = new Spectrum(analysis, rate);
  const bytes = new Uint8Array(Math.min(SPECTROGRAM_COLUMNS, columns) * SPECTROGRAM_ROWS);
  let until = performance.now() + SLICE;
  for (let at = 0; at < bytes.length; at += SPECTROGRAM_ROWS) {
    const middle = (first + at / SPECTROGRAM_ROWS) * hop + Math.floor(hop / 2);
    bytes.set(spectrum.levels(channels, middle), at);
    if (performance.now() < until) continue;
    await new Promise((resume) => setTimeout(resume));
    until = performance.now() + SLICE;
  }
  return bytes;
}

/** One analysis at one rate in Hz: its window, its transform, and the bins of each row. */
class Spectrum {
  readonly #fourier: Fourier;
  readonly #window: Float64Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #full: number;
  readonly #middles: Float64Array;
  readonly #edges: Int32Array;

  constructor(analysis: SpectrogramAnalysis, rate: number) {
    const size = windowSamples(analysis, rate);
    const count = 2 ** Math.ceil(Math.log2(2 * size));
    this.#fourier = new Fourier(count);
    this.#window = windowOf(analysis.window, size);
    this.#full = this.#window.reduce((sum, weight) => sum + weight, 0) / 2;
    this.#real = new Float64Array(count);
    this.#imaginary = new Float64Array(count);
    const step = rate / count;
    const [low, high] = clampRange(analysis.scale, analysis.low, analysis.high, rate);
    const bin = (part: number): number => hertzAt(part, analysis.scale, low, high) / step;
    this.#middles = Float64Array.from({ length: SPECTROGRAM_ROWS }, (_, row) => bin((row + 0.5) / SPECTROGRAM_ROWS));
    this.#edges = Int32Array.from({ length: SPECTROGRAM_ROWS + 1 }, (_, row) => Math.ceil(bin(row / SPECTROGRAM_ROWS)));
    this.#edges[SPECTROGRAM_ROWS] = Math.floor(high / step) + 1;
  }

  /** The levels of the mean of all channels around a sample, low to high. */
  levels(channels: readonly Float32Array[], middle: number): Uint8Array {
    const [real, imaginary] = [this.#real.fill(0), this.#imaginary.fill(0)];
    const first = middle - Math.floor(this.#window.length / 2);
    for (const samples of channels) {
      const last = Math.min(this.#window.length, samples.length - first);
      for (let place = Math.max(0, -first); place < last; place += 1)
        (real[place] as number) += (samples[first + place] as number) / channels.length;
    }
    for (let place = 0; place < this.#window.length; place += 1)
      (real[place] as number) *= this.#window[place] as number;
    this.#fourier.transform(real, imaginary);
    const bytes = new Uint8Array(SPECTROGRAM_ROWS);
    for (let row = 0; row < SPECTROGRAM_ROWS; row += 1) bytes[row] = byteOf(this.#levelOf(row));
    return bytes;
  }

  /** The highest of the bins that lie in a row, and of its middle between the two nearest. */
  #levelOf(row: number): number {
    const middle = this.#middles[row] as number;
    const below = Math.min(Math.floor(middle), this.#real.length / 2 - 1);
    const part = middle - below;
    let level = this.#decibels(below) * (1 - part) + this.#decibels(below + 1) * part;
    for (let bin = this.#edges[row] as number; bin < (this.#edges[row + 1] as number); bin += 1)
      level = Math.max(level, this.#decibels(bin));
    return level;
  }

  #decibels(bin: number): number {
    const [x, y] = [this.#real[bin] as number, this.#imaginary[bin] as number];
    return 20 * Math.log10(Math.max(1e-9, Math.sqrt(x * x + y * y) / this.#full));
  }
}

function byteOf(level: number): number {
  return Math.max(0, Math.min(255, Math.floor((level - FLOOR) * STEPS + 0.5)));
}

/** The Gaussian is Praat's, exp(-12) at its ends and that taken off. */
function windowOf(name: SpectrogramAnalysis["window"], size: number): Float64Array {
  const edge = Math.exp(-12);
  return Float64Array.from({ length: size }, (_, place) => {
    const phase = place / size;
    const turn = Math.cos(2 * Math.PI * phase);
    if (name === "gaussian") return (Math.exp(-48 * (phase - 0.5) ** 2) - edge) / (1 - edge);
    if (name === "hamming") return 0.54 - 0.46 * turn;
    return name === "hann" ? 0.5 - 0.5 * turn : 0.42 - 0.5 * turn + 0.08 * Math.cos(4 * Math.PI * phase);
  });
}

/** The discrete Fourier transform of one length, a power of two, by decimation in time. */
export class Fourier {
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  constructor(count: number) {
    const angles = Float64Array.from({ length: count / 2 }, (_, place) => (-2 * Math.PI * place) / count);
    this.#cosines = angles.map(Math.cos);
    this.#sines = angles.map(Math.sin);
  }

  /** In place. */
  transform(real: Float64Array, imaginary: Float64Array): void {
    reorder(real);
    reorder(imaginary);
    const count = real.length;
    for (let half = 1; half < count; half *= 2) {
      const stride = count / (2 * half);
      for (let start = 0; start < count; start += 2 * half) {
        for (let place = 0; place < half; place += 1) {
          const [even, odd] = [start + place, start + place + half];
          const cosine = this.#cosines[place * stride] as number;
          const sine = this.#sines[place * stride] as number;
          const [c, d] = [real[odd] as number, imaginary[odd] as number];
          const [x, y] = [c * cosine - d * sine, c * sine + d * cosine];
          real[odd] = (real[even] as number) - x;
          imaginary[odd] = (imaginary[even] as number) - y;
          (real[even] as number) += x;
          (imaginary[even] as number) += y;
        }
      }
    }
  }
}

/** Moves each value to the place whose binary digits are its own in reverse. */
function reorder(values: Float64Array): void {
  for (let place = 0, other = 0; place < values.length; place += 1) {
    if (place < other) {
      const value = values[place] ?? 0;
      values[place] = values[other] ?? 0;
      values[other] = value;
    }
    let bit = values.length >> 1;
    for (; bit > 0 && other & bit; bit >>= 1) other ^= bit;
    other |= bit;
  }
}
