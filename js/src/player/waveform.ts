// The waveform of the visible window, drawn by wavesurfer from tiles of peaks; it never decodes or scrolls.
import WaveSurfer from "wavesurfer.js";
import type { Viewport } from "../core/viewport";
import type { MediaClock } from "./clock";
import { drawPeaks } from "./draw-peaks";
import type { PeakCache, PeakWindow } from "./peaks";
import { WindowMedia } from "./window-media";

export interface WaveColors {
  readonly wave: string;
  readonly progress: string;
}

export class Waveform {
  readonly #surfer: WaveSurfer;
  readonly #media: WindowMedia;
  readonly #cache: PeakCache;
  readonly #container: HTMLElement;
  #view: Viewport = { start: 0, end: 1 };
  #rate: number;
  #peaks: PeakWindow | null = null;

  constructor(
    container: HTMLElement,
    clock: MediaClock,
    cache: PeakCache,
    rate: number,
    height: number,
    colors: WaveColors,
  ) {
    this.#container = container;
    this.#cache = cache;
    this.#rate = rate;
    this.#media = new WindowMedia(clock);
    this.#surfer = WaveSurfer.create({
      container,
      height,
      media: this.#media as unknown as HTMLMediaElement,
      peaks: [new Float32Array(2)],
      duration: 1,
      interact: false,
      cursorWidth: 0,
      hideScrollbar: true,
      autoScroll: false,
      autoCenter: false,
      waveColor: colors.wave,
      progressColor: colors.progress,
      renderFunction: (_peaks, context) => this.#draw(context),
    });
  }

  /** Draw a window; without peaks at hand the line stays empty until they come. */
  show(view: Viewport, colors: WaveColors): void {
    this.#view = view;
    this.#peaks = this.#cache.window(view.start, view.end, this.#container.clientWidth);
    this.#media.show(view.start, view.end);
    this.#surfer.setOptions({
      peaks: [new Float32Array(2)],
      duration: view.end - view.start,
      waveColor: colors.wave,
      progressColor: colors.progress,
    });
    this.#media.dispatchEvent(new Event("timeupdate"));
  }

  dispose(): void {
    this.#surfer.destroy();
    this.#media.dispose();
  }

  #draw(context: CanvasRenderingContext2D): void {
    if (!this.#peaks) return;
    const { width, height } = context.canvas;
    drawPeaks(context, this.#peaks, { ...this.#view, rate: this.#rate }, width, height);
  }
}
