// The spectrogram of the visible window with its curves, and beside it the axis and what lies under the pointer.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatHertz, frequencyTicks, partOf } from "../core/frequencies";
import { MOST_CURVE_SECONDS } from "../core/spectral-view";
import { formatClock } from "../core/time";
import { drawCurves } from "../player/draw-curves";
import { SpectrogramPicture } from "../player/spectrogram-picture";
import { xToTime } from "../timeline/layout";
import { Button } from "./button";
import { useEditor } from "./context";
import type { SpectrogramLane } from "./spectrogram-lane";
import { SpectrogramSettings } from "./spectrogram-settings";
import { useTimePress } from "./time-press";
import { useCanvas } from "./use";

interface ViewProps {
  readonly lane: SpectrogramLane;
  readonly width: Signal<number>;
}

export function SpectrogramView({ lane, width }: ViewProps) {
  const { controller, colors } = useEditor();
  const { session } = controller;
  const ref = useRef<HTMLCanvasElement>(null);
  const picture = useMemo(() => new SpectrogramPicture(document), []);
  useCanvas(
    ref,
    (context, wide, high) => {
      const size = { width: wide, height: high };
      const view = session.viewport.value;
      const display = session.spectral.display.value;
      picture.clear(context, display, wide, high);
      for (const tiles of lane.look(view, wide)) picture.draw(context, tiles, display, view, size);
      context.font = colors.value.font.replace(/^\d+px/, "11px");
      const curves = session.spectral.curves.value;
      if (lane.canHaveCurves) drawCurves(context, lane.curvesIn(view), curves, view, size);
      context.canvas.ariaBusy = String(lane.isBusy(view));
    },
    width,
  );
  const presses = useTimePress();
  const point = (event: PointerEvent) => {
    presses.onPointerMove(event);
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const time = xToTime(event.clientX - box.left, session.viewport.peek(), box.width);
    lane.pointer.value = { time, hertz: lane.hertz(1 - (event.clientY - box.top) / box.height) };
  };
  const leave = () => {
    lane.pointer.value = null;
  };
  useEffect(() => leave, [lane]);
  return (
    <div class="avseg-spectrogram">
      <canvas
        ref={ref}
        role="img"
        aria-label="Spectrogram"
        data-avseg="spectrogram"
        onPointerDown={presses.onPointerDown}
        onPointerMove={point}
        onPointerLeave={leave}
      />
      <Hint lane={lane} />
    </div>
  );
}

/** Why something asked for is not there. */
function Hint({ lane }: { lane: SpectrogramLane }) {
  const { session } = useEditor().controller;
  const { start, end } = session.viewport.value;
  const { pitch, intensity } = session.spectral.curves.value;
  const wanted = lane.canHaveCurves && (pitch || intensity);
  const far = `Zoom in to ${MOST_CURVE_SECONDS} s or less to see pitch and intensity.`;
  const missing = wanted ? (end - start > MOST_CURVE_SECONDS ? far : lane.curves.error.value) : "";
  const text = lane.tiles.error.value || missing;
  const failed = text && text !== far;
  const retry = () => {
    lane.tiles.retry();
    lane.curves.retry();
  };
  return text ? (
    <p class="avseg-hint avseg-spectrogram-hint">
      <span role="status">{text}</span>
      {failed ? (
        <button type="button" class="avseg-button" onClick={retry}>
          Try again
        </button>
      ) : null}
    </p>
  ) : null;
}

export function SpectrogramSide({ lane }: { lane: SpectrogramLane }) {
  const open = useSignal(false);
  const { session } = useEditor().controller;
  const axis = useRef<HTMLCanvasElement>(null);
  const { scale } = session.spectral.analysis.value;
  const [low, high] = session.spectral.range();
  return (
    <div class="avseg-side-spectrogram">
      <div class="avseg-spectrogram-title">
        <span class="avseg-clip">Spectrogram</span>
        <OfChannels count={session.info.channels} />
        <Button
          name="Spectrogram settings"
          icon="settings"
          look="quiet"
          onClick={() => {
            open.value = true;
          }}
        />
      </div>
      <ReadingText lane={lane} />
      <canvas
        ref={axis}
        class="avseg-spectrogram-axis"
        role="img"
        aria-label={`Frequencies from ${formatHertz(low)} to ${formatHertz(high)}, ${scale}`}
      />
      <Axis canvas={axis} />
      {open.value ? <SpectrogramSettings lane={lane} open={open} /> : null}
    </div>
  );
}

/** A sound in one channel alone is weaker in the mean of all: who reads its level has to know. */
function OfChannels({ count }: { count: number }) {
  if (count < 2) return null;
  const weaker = (20 * Math.log10(count)).toFixed(1);
  const title = `The mean of all ${count} channels: what is in one alone reads ${weaker} dB lower`;
  return (
    <small class="avseg-clip" title={title}>
      all channels
    </small>
  );
}

function ReadingText({ lane }: { lane: SpectrogramLane }) {
  const at = lane.pointer.value;
  lane.tiles.version.value;
  const level = at && lane.decibels(at);
  return (
    <div class="avseg-reading" data-avseg="reading">
      {at ? `${formatClock(at.time)}\n${formatHertz(at.hertz)}\n${level === null ? "" : levelText(level)}` : ""}
    </div>
  );
}

function levelText(level: number): string {
  return `${level <= -124 ? "≤ " : ""}${level.toFixed(1).replace("-", "−")} dB`;
}

const AXIS_WIDTH = 52;

function Axis({ canvas }: { canvas: { readonly current: HTMLCanvasElement | null } }) {
  const { controller, colors } = useEditor();
  const { spectral } = controller.session;
  useCanvas(
    canvas,
    (context, wide, height) => {
      const { scale } = spectral.analysis.value;
      const [low, high] = spectral.range();
      const { muted, font } = colors.value;
      context.clearRect(0, 0, wide, height);
      context.font = font.replace(/^\d+px/, "11px");
      context.fillStyle = muted;
      context.textAlign = "right";
      context.textBaseline = "middle";
      for (const hertz of frequencyTicks(scale, low, high, (scale === "linear" ? 24 : 18) / height)) {
        const y = height * (1 - partOf(hertz, scale, low, high));
        context.fillRect(wide - 5, Math.min(height - 1, Math.max(0, Math.round(y - 0.5))), 5, 1);
        context.fillText(formatHertz(hertz), wide - 8, Math.min(height - 6, Math.max(7, y)));
      }
    },
    useSignal(AXIS_WIDTH),
  );
  return null;
}
