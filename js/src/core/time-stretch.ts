// Slow or fast sound at its own pitch, beginning and ending on its samples. Pure; the same sums as in time_stretch.py, whose
// words hold here, too.

/** Seconds of a piece, and from its place that it may be taken, to the one side and to the other. */
const PIECE = 0.02;
const NEAR = 0.008;
const FAR = 0.016;
/** The rate at which pieces are first compared, in Hz. */
const COARSE = 8000;

/** The frame of stretched sound where a frame is heard. */
export const stretchedPlace = (frame: number, speed: number): number => Math.floor(frame / speed + 0.5);

/** Each channel, `count` frames long, at least 1, of the pitch that it has at `rate` in Hz. */
export function stretched(channels: readonly Float32Array[], count: number, rate: number): Float32Array[] {
  const frames = channels[0]?.length ?? 0;
  const size = Math.min(Math.round((PIECE * rate) / 2) * 2, frames, count);
  if (count === frames || size < 2) {
    return channels.map((sound) =>
      new Float32Array(count).map((_, at) => sound[Math.floor((at * frames) / count)] ?? 0),
    );
  }
  const hop = size >> 1;
  const starts = [0];
  for (let start = hop; start < count - size; start += hop) starts.push(start);
  starts.push(count - size);
  const places = choosePlaces(channels, starts, size, rate);
  return channels.map((sound) => joined(sound, starts, places, size));
}

/** The pieces of a sound, each faded into the next. */
function joined(sound: Float32Array, starts: readonly number[], places: readonly number[], size: number): Float32Array {
  const out = new Float32Array((starts.at(-1) ?? 0) + size);
  let [end, fades] = [0, new Float64Array()];
  starts.forEach((start, index) => {
    const place = places[index] ?? 0;
    const shared = Math.min(Math.max(0, end - start), size >> 1);
    if (fades.length !== shared) {
      fades = new Float64Array(shared).map((_, at) => 0.5 - 0.5 * Math.cos((Math.PI * (at + 0.5)) / shared));
    }
    for (let at = 0; at < shared; at += 1) {
      const fade = fades[at] ?? 1;
      out[start + at] = (out[start + at] ?? 0) * (1 - fade) + fade * (sound[place + at] ?? 0);
    }
    out.set(sound.subarray(place + shared, place + size), start + shared);
    end = start + size;
  });
  return out;
}

/** Where in the sound each piece is taken, the first at its beginning and the last at its end. */
function choosePlaces(
  channels: readonly Float32Array[],
  starts: readonly number[],
  size: number,
  rate: number,
): number[] {
  const frames = channels[0]?.length ?? 0;
  const part = Math.max(1, Math.floor(rate / COARSE));
  const mix = new Float64Array(frames + size + part);
  // Channels of opposite sign are not to cancel.
  channels.forEach((sound, channel) => {
    for (let at = 0; at < frames; at += 1) mix[at] = (mix[at] ?? 0) + (sound[at] ?? 0) / (channel + 1);
  });
  const coarse = new Float64Array(Math.floor(mix.length / part));
  for (let at = 0; at < coarse.length * part; at += 1) {
    coarse[Math.floor(at / part)] = (coarse[Math.floor(at / part)] ?? 0) + (mix[at] ?? 0) / part;
  }
  const [fine, rougher] = [comparable(mix), comparable(coarse)];
  const most = frames - size;
  const final = starts.at(-1) ?? 0;
  const speed = frames / (final + size);
  const [behind, ahead] = speed > 1 ? [NEAR, FAR] : [FAR, NEAR];
  const places = [0];
  for (let index = 1; index < starts.length - 1; index += 1) {
    const [before = 0, start = 0, after = 0] = starts.slice(index - 1, index + 2);
    const goals: Goal[] = [[(places.at(-1) ?? 0) + start - before, 0]];
    let limit = most;
    if (after === final) {
      goals.push([most, after - start]);
      limit -= after - start;
    }
    const ideal = start * speed + ((speed - 1) * size) / 2;
    const high = Math.max(0, Math.min(limit, Math.round(ideal + ahead * rate)));
    const low = Math.max(0, Math.min(high, Math.round(ideal - behind * rate)));
    const down = (frame: number): number => Math.floor(frame / part);
    const rough = goals.map(([goal, step]): Goal => [down(goal), down(step)]);
    const near = part * mostAlike(rougher, rough, down(low), down(high), Math.max(1, down(size)));
    places.push(mostAlike(fine, goals, Math.max(low, near - part), Math.min(high, near + part), size));
  }
  return [...places, most];
}

/** A place that a piece is to be like, and by how much later. */
type Goal = readonly [place: number, step: number];

/** A sound, and of each place the power of all before it. */
interface Comparable {
  readonly sound: Float64Array;
  readonly powers: Float64Array;
}

function comparable(sound: Float64Array): Comparable {
  const powers = new Float64Array(sound.length + 1);
  sound.forEach((value, at) => {
    powers[at + 1] = (powers[at] ?? 0) + value * value;
  });
  return { sound, powers };
}

/** The place from `low` to `high` where a piece is most alike that at each goal, some steps later. */
function mostAlike(
  { sound, powers }: Comparable,
  goals: readonly Goal[],
  low: number,
  high: number,
  size: number,
): number {
  const power = (place: number): number => Math.max(0, (powers[place + size] ?? 0) - (powers[place] ?? 0));
  let [best, found] = [Number.NEGATIVE_INFINITY, low];
  for (let place = low; place <= high; place += 1) {
    let alike = 0;
    for (const [goal, step] of goals) {
      let product = 0;
      for (let at = 0; at < size; at += 1) product += (sound[place + step + at] ?? 0) * (sound[goal + at] ?? 0);
      alike += product / Math.sqrt(power(place + step) * power(goal) + 1e-18);
    }
    if (alike > best) [best, found] = [alike, place];
  }
  return found;
}
