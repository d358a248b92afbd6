// Small hooks the components share: sizes, canvases that redraw when what they read changes.
import { effect, type Signal, signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { offFrame, onFrame } from "./frames";

/** The width of an element in CSS px, followed while the component lives. */
export function useWidth(ref: { readonly current: HTMLElement | null }): Signal<number> {
  const width = useMemo(() => signal(0), []);
  // Before the first frame, so that nothing is shown empty and then jumps.
  useLayoutEffect(() => {
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
export function useCanvas(ref: { readonly current: HTMLCanvasElement | null }, draw: Draw, size: Signal<number>): void {
  const latest = useRef(draw);
  latest.current = draw;
  useLayoutEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    let height = canvas.clientHeight;
    let stop: () => void = () => {};
    const run = () => {
      stop();
      offFrame(run);
      let first = true;
      stop = effect(() => {
        if (first) {
          first = false;
          paint(context, latest.current, size.value, height);
        } else {
          // Reading anew happens in the next frame, where the effect is made again.
          size.peek();
          onFrame(run);
        }
      });
    };
    run();
    // Asking for the height in each frame would have the page laid out in the middle of it.
    const observer = new ResizeObserver(() => {
      if (canvas.clientHeight === height) return;
      height = canvas.clientHeight;
      run();
    });
    observer.observe(canvas);
    return () => {
      stop();
      observer.disconnect();
      offFrame(run);
    };
  }, [ref, size]);
}

type Draw = (context: CanvasRenderingContext2D, width: number, height: number) => void;

/** What `useLayer` returns: draws what is below, anew only when one of the keys or the size has changed. */
export type Layer = (
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  keys: readonly unknown[],
  draw: Draw,
) => void;

/** A picture of its own for a part of a canvas that changes more seldom than the rest. */
export function useLayer(): Layer {
  return useMemo(() => {
    let kept: HTMLCanvasElement | null = null;
    let known: readonly unknown[] = [];
    return (context, width, height, keys, draw) => {
      const { canvas } = context;
      const now = [...keys, width, height, canvas.width, canvas.height];
      if (!kept || now.some((key, index) => key !== known[index])) {
        kept ??= canvas.ownerDocument.createElement("canvas");
        const below = kept.getContext("2d");
        if (!below) return;
        paint(below, draw, width, height);
        known = now;
      }
      context.drawImage(kept, 0, 0, width, height);
    };
  }, []);
}

function paint(context: CanvasRenderingContext2D, draw: Draw, width: number, height: number): void {
  const { canvas } = context;
  const scale = canvas.ownerDocument.defaultView?.devicePixelRatio ?? 1;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  // Of what a notebook hides, the height is known to be 0 before the width is.
  if (wide <= 0 || high <= 0) return;
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  draw(context, width, height);
}
