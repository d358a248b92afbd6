// Which time is heard while an element plays: what a browser tells comes in steps, and leaves out the stretching of
// slow and fast sound. Knows no element.

/** Steps of an element's time even out over so many readings. */
const READINGS = 16;
/** Farther from the even line than this, in seconds of playing, time has jumped: after a seek or while it waits. */
const JUMP = 0.05;
/** An element whose time stands for longer, in ms, has no sound to play. */
const STANDS = 40;

/**
 * How far the sound is ahead of the element's time, in seconds of the media, once it plays at a speed.
 *
 * Chromium keeps the pitch by joining pieces of sound that go together well, and its clock knows nothing of where they
 * were taken: from after the time told when slower, from before it when faster. The lines are those of what was
 * recorded from 0.25 to 4 times the speed (`make bench-exact`).
 */
export function stretchLead(rate: number): number {
  if (rate === 1) return 0;
  return rate < 1 ? 0.0415 - 0.018 * rate : Math.max(0.0159 - 0.0159 * rate, 0.0049 - 0.0104 * rate);
}

/** The lead after `played` seconds of the media: it grows from none, as the first piece goes on at normal speed. */
export function leadAfter(rate: number, played: number): number {
  const most = stretchLead(rate);
  const grown = Math.max(0, played) * (1 / rate - 1);
  return rate < 1 ? Math.min(grown, most) : Math.max(grown, most);
}

/** An element's times as an even line. */
export class HeardTime {
  readonly #stretches: boolean;
  /** Where the line is: media time and moment in ms of the last reading. */
  #time = 0;
  #at = 0;
  #count = 0;
  #told = Number.NaN;
  #toldAt = 0;
  #from = 0;

  /** `stretches`: the browser keeps the pitch as Chromium does. */
  constructor(stretches: boolean) {
    this.#stretches = stretches;
  }

  /** Begin anew, as after a seek or with another speed. */
  reset(): void {
    this.#count = 0;
    this.#told = Number.NaN;
  }

  /** The time heard at a moment in ms, when the element tells a time in seconds. */
  at(told: number, now: number, rate: number): number {
    const line = this.#time + ((now - this.#at) / 1000) * rate;
    const stands = told === this.#told && (this.#count === 1 || now - this.#toldAt > STANDS);
    if (told !== this.#told) this.#toldAt = now;
    if (this.#count === 0) this.#from = told;
    if (this.#count === 0 || stands || Math.abs(line - told) > JUMP * rate) {
      this.#count = 1;
      this.#time = told;
    } else {
      this.#count = Math.min(this.#count + 1, READINGS);
      this.#time = Math.max(this.#time, line + (told - line) / this.#count);
    }
    this.#told = told;
    this.#at = now;
    return this.#time + (this.#stretches ? leadAfter(rate, this.#time - this.#from) : 0);
  }
}
