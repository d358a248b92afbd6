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

/** The time in the middle of a frame, where every browser shows that frame. */
export function frameCentre(frames: Float64Array, index: number): number {
  const start = frames[index] ?? 0;
  const next = frames[index + 1];
  if (next !== undefined) return (start + next) / 2;
  const before = frames[index - 1];
  return before === undefined ? start : start + (start - before) / 2;
}
