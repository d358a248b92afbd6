// Times in seconds: snapping to the media's grid, reading, writing, and the marks of a ruler. Pure.

/** The sample nearest to a time, as the time of that sample; the time itself when the rate is not known. */
export function snapToSample(time: number, rate: number): number {
  return rate > 0 ? Math.round(time * rate) / rate : time;
}

/** `1:02:03.450` or `0:03.450`, with `digits` decimals. */
export function formatClock(time: number, digits = 3): string {
  const scale = 10 ** digits;
  const whole = Math.round(time * scale);
  const seconds = (whole % (60 * scale)) / scale;
  const minutes = Math.floor(whole / (60 * scale)) % 60;
  const hours = Math.floor(whole / (3600 * scale));
  const tail = seconds.toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** Seconds with six decimals, enough to tell samples apart up to 500 kHz. */
export function formatSeconds(time: number): string {
  return time.toFixed(6);
}

const CLOCK = /^(?:(?:(\d+):)?(\d+):)?(\d+\.?\d*|\.\d+)$/;

/** Read `12.5`, `1:02.5` or `1:02:03.456` as seconds, `48000#` or `48000 samples` by the rate; null when it is none. */
export function parseTime(text: string, rate = 0): number | null {
  const plain = text.trim().replace(",", ".");
  const samples = /^(\d+)\s*(?:#|samples?)$/i.exec(plain);
  if (samples) return rate > 0 ? Number(samples[1]) / rate : null;
  const parts = CLOCK.exec(plain.replace(/\s*s$/i, ""));
  if (!parts) return null;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000];

/** The smallest round step in seconds that is at least `least`. */
export function rulerStep(least: number): number {
  const whole = STEPS.find((step) => step >= least);
  if (least > 1) return whole ?? Math.ceil(least / 36000) * 36000;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Decimals that tell neighbouring marks of a ruler apart. */
export function rulerDigits(step: number): number {
  return step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step) - 1e-9));
}
