// The strip of small pictures along the time axis; those of the visible window are asked for when it rests.
import { effect, type Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { thumbnailGrid } from "../core/thumbnail-grid";
import { frameAt, frameCentre } from "../player/frames";
import { Thumbnails } from "../player/thumbnails";
import { timeToX } from "../timeline/layout";
import { useEditor } from "./context";
import { useTimePress } from "./time-press";
import { useCanvas } from "./use";

/** How long the window must rest before its pictures are asked for, in ms. */
const REST = 120;
/** Height of the strip and least width of a picture's place, in px. */
const HEIGHT = 48;
const LEAST = 40;
/** How many steps of the grid away a picture may be that stands for one still to come. */
const REACH = 8;

export function ThumbnailStrip({ width }: { width: Signal<number> }) {
  const { controller } = useEditor();
  const { session, port, frames } = controller;
  const { info } = session;
  const ref = useRef<HTMLCanvasElement>(null);
  const picture = HEIGHT * (info.width && info.height ? info.width / info.height : 16 / 9);
  const thumbnails = useMemo(() => new Thumbnails(port.media), [port]);
  const grid = useMemo(() => {
    return () => {
      const times = frames.times.value;
      const found = thumbnailGrid(
        session.viewport.value,
        width.value,
        Math.max(picture, LEAST),
        session.duration.value,
      );
      // Pictures are of frames: places within one frame share its picture, and a frame is sure to show in its middle.
      const shown = (time: number) => (times.length ? frameCentre(times, frameAt(times, time)) : time);
      return { ...found, times: found.starts.map(shown) };
    };
  }, [session, frames, width, picture]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const { times, within } = grid();
      clearTimeout(timer);
      if (width.value > 0) timer = setTimeout(() => thumbnails.want(times, within), REST);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [grid, thumbnails, width]);
  useEffect(() => () => thumbnails.dispose(), [thumbnails]);
  useCanvas(
    ref,
    (context, wide, high) => {
      thumbnails.version.value;
      context.clearRect(0, 0, wide, high);
      const { starts, times, step, within } = grid();
      const end = timeToX(session.duration.value, session.viewport.value, wide);
      starts.forEach((start, index) => {
        const image = thumbnails.get(times[index] ?? start, within, step * REACH);
        const left = Math.round(timeToX(start, session.viewport.value, wide));
        const right = Math.min(Math.round(timeToX(start + step, session.viewport.value, wide)), Math.round(end)) - 1;
        if (image && right > left) drawCell(context, image, left, right - left, high);
      });
    },
    width,
  );
  return (
    <div class="avseg-thumbnails" {...useTimePress()}>
      <canvas ref={ref} role="img" aria-label="Thumbnails" />
      {thumbnails.error.value ? <p class="avseg-hint">No thumbnails: {thumbnails.error.value}</p> : null}
    </div>
  );
}

/** The middle of a picture as wide as its cell; a picture narrower than the cell stands in its middle. */
function drawCell(context: CanvasRenderingContext2D, image: ImageBitmap, left: number, wide: number, high: number) {
  const whole = (image.width / image.height) * high;
  const shown = Math.min(wide, whole);
  const cut = (shown / whole) * image.width;
  context.drawImage(image, (image.width - cut) / 2, 0, cut, image.height, left + (wide - shown) / 2, 0, shown, high);
}
