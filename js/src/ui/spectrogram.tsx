// The spectrogram of the visible window, fetched when the window rests and stretched until the new one comes.
import { effect, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Viewport } from "../core/viewport";
import type { Spectrogram } from "../hosts/port";
import { timeToX } from "../timeline/layout";
import { useEditor } from "./context";
import { useCanvas } from "./use";

/** How long the window must rest before its spectrogram is asked for, in ms. */
const REST = 120;

interface Picture {
  readonly view: Viewport;
  readonly image: HTMLCanvasElement;
  readonly top: number;
}

export function SpectrogramView({ width }: { width: Signal<number> }) {
  const { controller, colors } = useEditor();
  const { session, port } = controller;
  const ref = useRef<HTMLCanvasElement>(null);
  const picture = useMemo(() => signal<Picture | null>(null), []);
  const failure = useMemo(() => signal(""), []);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    const stop = effect(() => {
      const view = session.viewport.value;
      const columns = Math.round(width.value);
      clearTimeout(timer);
      if (columns <= 0) return;
      asked += 1;
      const turn = asked;
      timer = setTimeout(() => {
        port.media.spectrogram(view.start, view.end, columns).then(
          (found) => {
            if (turn === asked && found.rows) picture.value = { view, image: paint(found), top: found.top };
          },
          (error: unknown) => {
            failure.value = error instanceof Error ? error.message : String(error);
          },
        );
      }, REST);
    });
    return () => {
      stop();
      clearTimeout(timer);
      asked = -1;
    };
  }, [session, port, width, picture, failure]);
  useCanvas(
    ref,
    (context, wide, high) => {
      context.clearRect(0, 0, wide, high);
      const shown = picture.value;
      if (!shown) return;
      const left = timeToX(shown.view.start, session.viewport.value, wide);
      const right = timeToX(shown.view.end, session.viewport.value, wide);
      context.drawImage(shown.image, left, 0, right - left, high);
      context.font = colors.value.font;
      context.textBaseline = "top";
      context.fillStyle = "#fff";
      context.fillText(`${(shown.top / 1000).toFixed(1)} kHz`, 4, 4);
    },
    width,
  );
  return (
    <div class="avseg-spectrogram">
      <canvas ref={ref} role="img" aria-label="Spectrogram" />
      {failure.value ? <p class="avseg-hint">{failure.value}</p> : null}
    </div>
  );
}

/** From black through violet and orange to a light yellow, evenly in lightness. */
const STOPS = [
  [0, 0, 4],
  [60, 15, 110],
  [150, 40, 110],
  [225, 85, 60],
  [250, 165, 30],
  [252, 250, 165],
] as const;

function paint(spectrogram: Spectrogram): HTMLCanvasElement {
  const { bytes, rows } = spectrogram;
  const columns = Math.floor(bytes.length / rows);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = rows;
  const context = canvas.getContext("2d");
  if (!context || columns === 0) return canvas;
  const image = context.createImageData(columns, rows);
  const table = colorTable();
  for (let column = 0; column < columns; column += 1) {
    for (let row = 0; row < rows; row += 1) {
      const at = ((rows - 1 - row) * columns + column) * 4;
      image.data.set(
        table.subarray((bytes[column * rows + row] as number) * 4, (bytes[column * rows + row] as number) * 4 + 4),
        at,
      );
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function colorTable(): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256 * 4);
  for (let value = 0; value < 256; value += 1) {
    const place = (value / 255) * (STOPS.length - 1);
    const index = Math.min(Math.floor(place), STOPS.length - 2);
    const [from, to] = [STOPS[index], STOPS[index + 1]];
    if (!from || !to) continue;
    for (let part = 0; part < 3; part += 1) {
      table[value * 4 + part] =
        (from[part] as number) + ((to[part] as number) - (from[part] as number)) * (place - index);
    }
    table[value * 4 + 3] = 255;
  }
  return table;
}
