// Small hooks the components share: sizes, canvases that redraw when what they read changes.
import { effect, type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

/** The width of an element in CSS px, followed while the component lives. */
export function useWidth(ref: { readonly current: HTMLElement | null }): Signal<number> {
  const width = useMemo(() => signal(0), []);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    width.value = element.clientWidth;
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, width]);
  return width;
}

/**
 * Draw on a canvas once a frame at most, whenever a signal that `draw` reads has changed. The context is scaled to
 * CSS px.
 */
export function useCanvas(
  ref: { readonly current: HTMLCanvasElement | null },
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
  size: Signal<number>,
): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    let frame = 0;
    let stop: () => void = () => {};
    const run = () => {
      stop();
      let first = true;
      stop = effect(() => {
        if (first) {
          first = false;
          paint(ref.current, latest.current, size.value);
        } else {
          // Reading anew happens in the next frame, where the effect is made again.
          size.peek();
          cancelAnimationFrame(frame);
          frame = requestAnimationFrame(run);
        }
      });
    };
    run();
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [ref, size]);
}

function paint(
  canvas: HTMLCanvasElement | null,
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
  width: number,
): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context || width <= 0) return;
  const height = canvas.clientHeight;
  const scale = canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  draw(context, width, height);
}
