// Which frame of a video is shown at a time, from presentation times, never from a rate. Pure.

/** The index of the last frame that starts at or before a time; 0 before the first. */
export function frameAt(frames: Float64Array, time: number): number {
  let low = 0;
  let high = frames.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((frames[middle] as number) <= time + 1e-9) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** The index of the frame nearest to a time that a browser gives for it, rounded to its own units. */
export function frameOf(frames: Float64Array, mediaTime: number): number {
  const before = frameAt(frames, mediaTime);
  const [start, next] = [frames[before] ?? 0, frames[before + 1]];
  return next !== undefined && next - mediaTime < Math.abs(mediaTime - start) ? before + 1 : before;
}

/** When a frame ends; the last one is taken to be as long as the one before it. */
export function frameEnd(frames: Float64Array, index: number): number {
  const start = frames[index] ?? 0;
  return frames[index + 1] ?? start + (start - (frames[index - 1] ?? start));
}

/** The time in the middle of a frame, where browsers show that frame. */
export function frameCentre(frames: Float64Array, index: number): number {
  return ((frames[index] ?? 0) + frameEnd(frames, index)) / 2;
}

/** Where browsers are sent for a frame: to its middle, but the first of those that begin late is there before it begins. */
export function frameSpot(frames: Float64Array, index: number): number {
  const start = frames[0] ?? 0;
  const isLate = index === 0 && start > frameEnd(frames, 0) - start;
  return isLate ? start / 2 : frameCentre(frames, index);
}
