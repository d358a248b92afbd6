// Where thumbnails stand along the time axis: on a grid of its own for each zoom, so that scrolling meets them again. Pure.
import type { Viewport } from "./viewport";

/** At steps as short as this, in seconds, only the very frame will do; above, a key frame some way before it. */
const EXACT = 0.25;

export interface ThumbnailGrid {
  /** Seconds from one picture to the next. */
  readonly step: number;
  /** How long before a place the picture that stands for it may be, in seconds. */
  readonly within: number;
  /** Where pictures begin, in seconds. */
  readonly starts: readonly number[];
}

/** The grid for a window of a width in px and pictures of a width in px: cells are 4/5 of that wide, up to all of it. */
export function thumbnailGrid(view: Viewport, width: number, picture: number, duration: number): ThumbnailGrid {
  const most = (picture * (view.end - view.start)) / Math.max(width, 1);
  const power = 2 ** Math.floor(Math.log2(most));
  // Few enough steps to meet pictures again, near enough to cut off little of one.
  const step = (Math.floor((most / power) * 4) / 4) * power;
  const starts: number[] = [];
  const end = Math.min(view.end, duration);
  for (let place = Math.max(0, Math.floor(view.start / step)); place * step < end; place += 1)
    starts.push(place * step);
  return { step, within: step > EXACT ? step / 2 : 0, starts };
}
