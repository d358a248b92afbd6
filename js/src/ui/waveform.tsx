// The waveform's place in the page; a click or drag on it moves the playhead, with Shift it marks time.
import { effect, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Waveform } from "../player/waveform";
import { useEditor } from "./context";
import { offFrame, onFrame } from "./frames";
import { PeakProgress } from "./peak-progress";
import { useTimePress } from "./time-press";

/** Height in CSS px, so that the controls of each channel have room beside it; of more than eight they scroll. */
export function waveHeight(channels: number): number {
  return Math.max(96, 44 + 26 * Math.min(channels, 8));
}

export function WaveformView({ width }: { width: Signal<number> }) {
  const { controller, peaks, colors } = useEditor();
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const container = ref.current;
    if (!container) return;
    const { clock, session } = controller;
    const { sample_rate: rate, channels } = session.info;
    let latest = () => {};
    const show = () => latest();
    // In a frame of its own: onFrame would do it in this one, over and over.
    const again = () =>
      requestAnimationFrame(() => {
        if (width.peek() > 0) latest();
      });
    const wave = new Waveform(container, clock, peaks, rate, waveHeight(channels), colors.peek(), again);
    const stop = effect(() => {
      const view = session.viewport.value;
      peaks.version.value;
      const across = width.value;
      if (across === 0) return;
      const palette = colors.value;
      latest = () => wave.show(view, palette, across);
      onFrame(show);
    });
    return () => {
      stop();
      offFrame(show);
      latest = () => {};
      wave.dispose();
    };
  }, [controller, peaks, colors, width]);
  const presses = useTimePress();
  const { info } = controller.session;
  const silent = info.kind === "video" ? "This video has no sound that can be drawn." : "This sound can't be drawn.";
  return (
    <div class="avseg-wave" {...presses}>
      <div ref={ref} />
      {info.sample_rate === 0 ? <p class="avseg-hint">{silent}</p> : null}
      <PeakProgress />
    </div>
  );
}
