// The waveform of the visible window, drawn by wavesurfer from tiles of peaks; it never decodes or scrolls.
import WaveSurfer from "wavesurfer.js";
import type { Viewport } from "../core/viewport";
import type { MediaClock } from "./clock";
import { ColumnPicture, drawPeaks } from "./draw-peaks";
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
  readonly #again: () => void;
  #view: Viewport = { start: 0, end: 1 };
  #rate: number;
  #peaks: PeakWindow | null = null;
  #colors: WaveColors;
  /** Where wavesurfer had the waveform drawn since it last made its canvases. */
  #drawn: CanvasRenderingContext2D[] = [];
  #width = 0;
  readonly #picture = new ColumnPicture();
  /** Whether the part that was played is still to be drawn: as long as nothing was, it is not in sight. */
  #unplayed = false;
  /** What part of the window wavesurfer was last told is played. */
  #told = Number.NaN;

  /** `again` is called when it has to be shown again, as its canvases are gone. */
  constructor(
    container: HTMLElement,
    clock: MediaClock,
    cache: PeakCache,
    rate: number,
    height: number,
    colors: WaveColors,
    again: () => void,
  ) {
    this.#again = again;
    this.#cache = cache;
    this.#rate = rate;
    this.#colors = colors;
    this.#media = new WindowMedia(clock);
    this.#media.addEventListener("timeupdate", () => {
      this.#told = this.#media.part;
      this.#repaintPlayed();
    });
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
      renderFunction: (_peaks, context) => this.#render(context),
    });
    this.#surfer.on("resize", () => this.#assure());
  }

  /**
   * Draw a window in a container so many px wide: to ask it would lay out the page in each frame. Without peaks at hand
   * the line stays empty until they come.
   */
  show(view: Viewport, colors: WaveColors, width: number): void {
    this.#view = view;
    this.#peaks = this.#cache.window(view.start, view.end, width);
    this.#media.show(view.start, view.end);
    if (!this.#repaint(colors, width)) this.#renew(colors, width);
    if (this.#media.part !== this.#told) this.#media.dispatchEvent(new Event("timeupdate"));
  }

  dispose(): void {
    this.#surfer.destroy();
    this.#media.dispose();
  }

  /**
   * Draw on the canvases that are there; false when they no longer fit, or are gone, as wavesurfer takes them away where
   * a page has no room for a moment. Making them anew each frame takes 4 ms.
   */
  #repaint(colors: WaveColors, width: number): boolean {
    const [wave, more] = this.#drawn;
    if (!wave?.canvas.isConnected || more || colors !== this.#colors || width !== this.#width) return false;
    this.#paint(wave, colors.wave);
    this.#unplayed = true;
    this.#repaintPlayed();
    return true;
  }

  #repaintPlayed(): void {
    if (!this.#unplayed || this.#media.currentTime === 0) return;
    const played = this.#surfer.getWrapper().querySelector<HTMLCanvasElement>(".progress canvas")?.getContext("2d");
    if (!played) return;
    this.#paint(played, this.#colors.progress);
    this.#unplayed = false;
  }

  #paint(context: CanvasRenderingContext2D, color: string): void {
    const view = { ...this.#view, rate: this.#rate };
    if (this.#peaks && this.#picture.draw(context, this.#peaks, view, color)) return;
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.fillStyle = color;
    this.#draw(context);
  }

  #renew(colors: WaveColors, width: number): void {
    this.#drawn = [];
    this.#unplayed = false;
    this.#colors = colors;
    this.#width = width;
    this.#told = Number.NaN;
    this.#surfer.setOptions({
      peaks: [new Float32Array(2)],
      duration: this.#view.end - this.#view.start,
      waveColor: colors.wave,
      progressColor: colors.progress,
    });
    this.#assure();
  }

  /** While a page changes its style sheets it may have no room just then, of which no observer hears. */
  #assure(): void {
    if (!this.#drawn[0]?.canvas.isConnected) this.#again();
  }

  /** wavesurfer draws by itself too, as when its place has another width. */
  #render(context: CanvasRenderingContext2D): void {
    this.#drawn = [...this.#drawn.filter(({ canvas }) => canvas.isConnected), context];
    this.#draw(context);
  }

  #draw(context: CanvasRenderingContext2D): void {
    if (!this.#peaks) return;
    const { width, height } = context.canvas;
    drawPeaks(context, this.#peaks, { ...this.#view, rate: this.#rate }, width, height);
  }
}
