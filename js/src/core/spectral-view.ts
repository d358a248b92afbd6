// How one view shows its spectrogram: what is analysed, how it is coloured, and which curves lie over it. No DOM.
import { type Signal, signal } from "@preact/signals-core";
import { clampRange } from "./frequencies";
import type { SpectrogramAnalysis } from "./types";

export type ColorMapName = "grey" | "viridis" | "magma" | "inferno";

/** Applied where it is drawn: nothing is fetched anew. */
export interface SpectralDisplay {
  readonly map: ColorMapName;
  /** The level in dB of full scale that has the map's last colour. */
  readonly loudest: number;
  /** How many dB below that have colours of their own. */
  readonly range: number;
}

export interface CurveOptions {
  readonly pitch: boolean;
  readonly intensity: boolean;
  /** The lowest and highest pitch that is looked for, in Hz. */
  readonly floor: number;
  readonly ceiling: number;
}

/** Least and most of each number that a user may set; lengths in seconds. */
export const LIMITS = {
  length: [0.005, 0.1],
  frequency: [0, 200_000],
  loudest: [-100, 3],
  range: [10, 120],
  pitch: [30, 3000],
} as const;

/** Longest window in seconds with curves, so that their cost has a bound. */
export const MOST_CURVE_SECONDS = 60;

export class SpectralView {
  readonly analysis: Signal<SpectrogramAnalysis>;
  readonly display: Signal<SpectralDisplay> = signal({ map: "magma", loudest: -20, range: 80 });
  readonly curves: Signal<CurveOptions> = signal({ pitch: false, intensity: false, floor: 75, ceiling: 600 });
  readonly #rate: number;

  constructor(rate: number) {
    this.#rate = rate;
    const high = Math.min(8000, rate / 2 || 8000);
    this.analysis = signal({ scale: "linear", window: "gaussian", length: 0.03, low: 0, high });
  }

  /** The lowest and highest frequency in Hz that are drawn. */
  range(): readonly [number, number] {
    const { scale, low, high } = this.analysis.value;
    return clampRange(scale, low, high, this.#rate);
  }
}

/** The samples of a window: a Gaussian reaches twice as far as its length says, as in Praat. */
export function windowSamples(analysis: SpectrogramAnalysis, rate: number): number {
  const length = analysis.length * (analysis.window === "gaussian" ? 2 : 1);
  return Math.min(65_536, Math.max(4, Math.round(length * rate)));
}

/**
 * The level of the grid whose columns of 2**level samples are nearest to a pixel's samples, and not finer than a
 * window can tell apart.
 */
export function levelFor(samplesPerPixel: number, analysis: SpectrogramAnalysis, rate: number): number {
  const finest = Math.max(0, Math.floor(Math.log2(windowSamples(analysis, rate) / 16)));
  return Math.min(30, Math.max(finest, Math.round(Math.log2(samplesPerPixel))));
}
