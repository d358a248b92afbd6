// Spectra of samples, as bytes on the scale of the wire. Pure: numbers in, numbers out.
import type { Spectrogram } from "./port";

/** Seconds of one window, about, and its least and most samples; the same as in spectrogram.py. */
const WINDOW_SECONDS = 0.03;
const LEAST_WINDOW = 64;
const MOST_WINDOW = 2048;
/** The level in dB that 0 stands for; 255 is a sine at full scale. */
const FLOOR = -80;

/** Spectra of the mean of all channels, each centred in its column of the time from `start` to `end` in seconds. */
export function spectrogramOf(
  channels: readonly Float32Array[],
  rate: number,
  start: number,
  end: number,
  columns: number,
): Spectrogram {
  const size = Math.min(MOST_WINDOW, Math.max(LEAST_WINDOW, 2 ** Math.round(Math.log2(rate * WINDOW_SECONDS))));
  const rows = size / 2 + 1;
  const bytes = new Uint8Array(rows * columns);
  const window = Float64Array.from({ length: size }, (_, place) => 0.5 - 0.5 * Math.cos((2 * Math.PI * place) / size));
  // A sine at full scale has the magnitude (sum of the window) / 2, and that sum is size / 2.
  const full = size / 4;
  for (let column = 0; column < columns; column += 1) {
    const middle = Math.round((start + (column + 0.5) * ((end - start) / columns)) * rate);
    const real = window.map((weight, place) => weight * mean(channels, middle - size / 2 + place));
    const imaginary = new Float64Array(size);
    transform(real, imaginary);
    for (let row = 0; row < rows; row += 1) {
      const level = 20 * Math.log10(Math.hypot(real[row] ?? 0, imaginary[row] ?? 0) / full);
      bytes[column * rows + row] = Math.max(0, Math.min(255, Math.round(255 * (1 - level / FLOOR))));
    }
  }
  return { bytes, rows, top: rate / 2 };
}

function mean(channels: readonly Float32Array[], place: number): number {
  let sum = 0;
  for (const samples of channels) sum += samples[place] ?? 0;
  return sum / channels.length;
}

/** The discrete Fourier transform in place, by decimation in time; the length is a power of two. */
export function transform(real: Float64Array, imaginary: Float64Array): void {
  reorder(real);
  reorder(imaginary);
  for (let size = 2; size <= real.length; size *= 2) {
    for (let place = 0; place < size / 2; place += 1) {
      const angle = (-2 * Math.PI * place) / size;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let even = place; even < real.length; even += size)
        butterfly(real, imaginary, even, even + size / 2, cosine, sine);
    }
  }
}

function butterfly(
  real: Float64Array,
  imaginary: Float64Array,
  even: number,
  odd: number,
  cosine: number,
  sine: number,
): void {
  const [a, b] = [real[even] ?? 0, imaginary[even] ?? 0];
  const [c, d] = [real[odd] ?? 0, imaginary[odd] ?? 0];
  const [x, y] = [c * cosine - d * sine, c * sine + d * cosine];
  real[even] = a + x;
  imaginary[even] = b + y;
  real[odd] = a - x;
  imaginary[odd] = b - y;
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
