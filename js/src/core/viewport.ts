// The visible window of the file: zooming and panning, always inside the file. Pure.

/** What is visible, in seconds. */
export interface Viewport {
  readonly start: number;
  readonly end: number;
}

/** The shortest window, in seconds: a few samples wide. */
export const SHORTEST = 0.0005;

/** The window moved and, when it must be, shortened to lie inside a file of this duration. */
export function clampViewport(start: number, length: number, duration: number): Viewport {
  const whole = Math.max(duration, SHORTEST);
  const span = Math.min(Math.max(length, SHORTEST), whole);
  const from = Math.min(Math.max(start, 0), whole - span);
  return { start: from, end: Math.min(from + span, whole) };
}

/** Zoom by a factor (above 1: closer) so that the time `at` stays where it is. */
export function zoomViewport(view: Viewport, factor: number, at: number, duration: number): Viewport {
  const span = view.end - view.start;
  const length = Math.min(Math.max(span / factor, SHORTEST), Math.max(duration, SHORTEST));
  const share = span > 0 ? Math.min(Math.max((at - view.start) / span, 0), 1) : 0.5;
  return clampViewport(at - share * length, length, duration);
}

/** Move by a part of the visible length. */
export function panViewport(view: Viewport, seconds: number, duration: number): Viewport {
  return clampViewport(view.start + seconds, view.end - view.start, duration);
}

/** The window that has `time` in sight: the same, or turned like a page. */
export function showTime(view: Viewport, time: number, duration: number): Viewport {
  if (time >= view.start && time < view.end) return view;
  const span = view.end - view.start;
  const start = time >= view.end && time < view.end + span ? view.end : time - span * 0.1;
  return clampViewport(start, span, duration);
}
