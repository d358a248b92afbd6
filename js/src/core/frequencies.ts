// Scales of frequency and of level, and the marks on their axes; frequencies.py has the same scales. Pure.
import type { SpectrogramAnalysis } from "./types";

export type Scale = SpectrogramAnalysis["scale"];

/** A logarithm has no zero: its axis starts here, in Hz, below all hearing. */
const LEAST_LOG = 20;

/** The part of a range in Hz that sound of a rate in Hz has, never empty. */
export function clampRange(scale: Scale, low: number, high: number, rate: number): readonly [number, number] {
  const top = rate / 2;
  const bottom = scale === "log" ? Math.min(LEAST_LOG, top / 2) : 0;
  const [first, last] = [Math.max(low, bottom), Math.min(high, top)];
  return first < last ? [first, last] : [bottom, top];
}

/** The place of a frequency in Hz on an axis; mel by 2595 log10(1 + f / 700) (O'Shaughnessy 1987, as in HTK). */
export function toScale(hertz: number, scale: Scale): number {
  if (scale === "log") return Math.log2(hertz);
  return scale === "mel" ? 2595 * Math.log10(1 + hertz / 700) : hertz;
}

export function fromScale(place: number, scale: Scale): number {
  if (scale === "log") return 2 ** place;
  return scale === "mel" ? 700 * (10 ** (place / 2595) - 1) : place;
}

/** The frequency in Hz at a part of an axis, 0 at its lowest and 1 at its highest. */
export function hertzAt(part: number, scale: Scale, low: number, high: number): number {
  if (part <= 0) return low;
  if (part >= 1) return high;
  const [first, last] = [toScale(low, scale), toScale(high, scale)];
  return fromScale(first + part * (last - first), scale);
}

/** Where on an axis a frequency in Hz lies, 0 to 1. */
export function partOf(hertz: number, scale: Scale, low: number, high: number): number {
  const [first, last] = [toScale(low, scale), toScale(high, scale)];
  return (toScale(hertz, scale) - first) / (last - first);
}

/** Frequencies in Hz to mark on an axis so that each has a part of it, `apart`, for itself; low to high. */
export function frequencyTicks(scale: Scale, low: number, high: number, apart: number): number[] {
  const taken: { readonly hertz: number; readonly part: number }[] = [];
  // Powers of ten before others, where there is no room for all.
  for (const hertz of candidates(scale, low, high, apart).sort((a, b) => rank(a) - rank(b))) {
    const part = partOf(hertz, scale, low, high);
    if (taken.every((other) => Math.abs(other.part - part) >= apart - 1e-9)) taken.push({ hertz, part });
  }
  return taken.map(({ hertz }) => hertz).sort((a, b) => a - b);
}

function rank(hertz: number): number {
  return Number.isInteger(Math.log10(hertz)) ? 0 : 1;
}

/** Round frequencies: even steps on a linear axis, 1-2-5 on the others. */
function candidates(scale: Scale, low: number, high: number, apart: number): number[] {
  const found: number[] = [];
  if (scale === "linear") {
    const step = roundStep((high - low) * apart);
    for (let number = Math.max(0, Math.ceil(low / step - 1e-9)); number * step <= high * (1 + 1e-9); number += 1)
      found.push(number * step);
    return found;
  }
  if (low === 0) found.push(0);
  const first = Math.max(low, scale === "mel" ? 100 : 1);
  for (let power = 10 ** Math.floor(Math.log10(first)); power <= high; power *= 10)
    for (const factor of [1, 2, 5]) if (factor * power >= first && factor * power <= high) found.push(factor * power);
  return found.length > 1 ? found : candidates("linear", low, high, apart);
}

/** The smallest of 1, 2, 5, 10, 20 ... that is at least `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

/** `250 Hz`, `1.5 kHz`; with `digits` decimals of kHz at most. */
export function formatHertz(hertz: number, digits = 2): string {
  return hertz < 1000 ? `${Math.round(hertz)} Hz` : `${Number((hertz / 1000).toFixed(digits))} kHz`;
}

/** The level in dB of full scale that a byte of a spectrogram stands for; 248 is a sine at full scale. */
export function decibelsOf(byte: number): number {
  return byte / 2 - 124;
}
