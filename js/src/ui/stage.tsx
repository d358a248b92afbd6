// Everything along the time axis: overview, ruler, thumbnails, waveform, spectrogram, tracks and the playhead over them.
import { batch, useComputed } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { formatClock } from "../core/time";
import { drawRuler } from "../timeline/draw";
import { timeToX, xToTime } from "../timeline/layout";
import { ChannelButtons } from "./channel-buttons";
import { useEditor } from "./context";
import { offFrame, onFrame } from "./frames";
import { Overview } from "./overview";
import { SpectrogramSide, SpectrogramView } from "./spectrogram";
import { SpectrogramLane } from "./spectrogram-lane";
import { ThumbnailStrip } from "./thumbnail-strip";
import { MarkedTime, useTimePress } from "./time-press";
import { TrackHeaders } from "./track-headers";
import { TrackCanvas } from "./tracks";
import { useCanvas, useWidth } from "./use";
import { WaveformView, waveHeight } from "./waveform";

export function Stage() {
  const { controller } = useEditor();
  const lanes = useRef<HTMLDivElement>(null);
  const width = useWidth(lanes);
  useWheel(lanes);
  const { session, port } = controller;
  const strip = session.thumbnails.value && port.media.thumbnails !== undefined;
  const spectral = useMemo(() => new SpectrogramLane(controller), [controller]);
  useEffect(() => () => spectral.dispose(), [spectral]);
  return (
    <div class="avseg-stage" style={{ "--avseg-wave-height": `${waveHeight(session.info.channels) + 1}px` }}>
      <div class="avseg-side">
        <div class="avseg-side-overview">Overview</div>
        <div class="avseg-side-ruler">Time</div>
        {strip ? <div class="avseg-side-thumbnails">Thumbnails</div> : null}
        <div class="avseg-side-wave">
          <MediaName />
          <ChannelButtons />
        </div>
        {session.spectrogram.value ? <SpectrogramSide lane={spectral} /> : null}
        <TrackHeaders />
      </div>
      <div class="avseg-lanes" ref={lanes}>
        <Overview width={width} />
        <Ruler width={width} />
        {strip ? <ThumbnailStrip width={width} /> : null}
        <WaveformView width={width} />
        {session.spectrogram.value ? <SpectrogramView lane={spectral} width={width} /> : null}
        <TrackCanvas width={width} />
        <MarkedTime width={width} />
        <Playhead width={width} />
      </div>
    </div>
  );
}

function MediaName() {
  const { info } = useEditor().controller.session;
  const rate = info.sample_rate ? `${info.sample_rate / 1000} kHz` : "no sound";
  const channels = info.channels > 2 ? `, ${info.channels} channels` : info.channels === 2 ? ", stereo" : "";
  return (
    <>
      <span class="avseg-clip" title={info.name}>
        {info.name}
      </span>
      <small class="avseg-clip">{info.sample_rate ? rate + channels : rate}</small>
    </>
  );
}

interface Sized {
  readonly width: ReturnType<typeof useWidth>;
}

function Ruler({ width }: Sized) {
  const { controller, colors } = useEditor();
  const ref = useRef<HTMLCanvasElement>(null);
  useCanvas(
    ref,
    (context, wide, high) => {
      const { muted, line, font } = colors.value;
      drawRuler(context, controller.session.viewport.value, wide, high, { text: muted, line, font });
    },
    width,
  );
  return <canvas class="avseg-ruler" ref={ref} {...useTimePress()} />;
}

function Playhead({ width }: Sized) {
  const { controller } = useEditor();
  const x = useComputed(() => timeToX(controller.clock.time.value, controller.session.viewport.value, width.value));
  const style = useComputed(
    () => `transform: translateX(${x.value}px)${x.value < 0 || x.value > width.value ? ";display:none" : ""}`,
  );
  const recording = controller.session.recording.value !== null;
  return (
    <div
      class={`avseg-playhead${recording ? " avseg-playhead-recording" : ""}`}
      style={style}
      title={formatClock(controller.clock.time.peek())}
    />
  );
}

/**
 * Ctrl and wheel zooms at the pointer, Shift or sideways moves; a plain wheel is left to the page. A wheel turns more
 * often than frames are drawn.
 */
function useWheel(ref: { readonly current: HTMLElement | null }): void {
  const { controller } = useEditor();
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const { session } = controller;
    let turns: ((box: DOMRect) => void)[] = [];
    const take = () => {
      const box = element.getBoundingClientRect();
      const now = turns;
      turns = [];
      batch(() => {
        for (const act of now) act(box);
      });
    };
    const turn = (event: WheelEvent) => {
      const { deltaX, deltaY, clientX } = event;
      const sideways = event.shiftKey && !deltaX ? deltaY : deltaX;
      const zooms = event.ctrlKey || event.metaKey;
      if (!zooms && !sideways) return;
      event.preventDefault();
      turns.push(({ left, width }) => {
        const view = session.viewport.peek();
        if (zooms) session.zoom(1.002 ** -deltaY, xToTime(clientX - left, view, width));
        else session.pan((sideways / width) * (view.end - view.start));
      });
      onFrame(take);
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => {
      element.removeEventListener("wheel", turn);
      offFrame(take);
    };
  }, [ref, controller]);
}
