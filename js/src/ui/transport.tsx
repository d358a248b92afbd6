// Playing, recording and zoom: the row of buttons below the media; and those of the history.
import { formatClock } from "../core/time";
import { Button } from "./button";
import { type Controller, SPEEDS } from "./controller";
import { KEYS } from "./keys";

export function Transport({ controller }: { controller: Controller }) {
  return (
    <div class="avseg-transport" role="toolbar" aria-label="Transport">
      <PlayButtons controller={controller} />
      <Clock controller={controller} />
      <Speed controller={controller} />
      <RecordButton controller={controller} />
      <span class="avseg-spring" />
      <ViewButtons controller={controller} />
    </div>
  );
}

function PlayButtons({ controller }: { controller: Controller }) {
  const { clock, session } = controller;
  const playing = clock.playing.value;
  const dead = clock.error.value !== "";
  const unit = session.info.kind === "video" ? "" : " of 10 ms";
  return (
    <div class="avseg-group">
      <Button name="Skip to start" icon="first" keys={KEYS.start} onClick={() => controller.seek(0)} />
      <Button
        name="Previous frame"
        icon="back"
        keys={`${KEYS.previousFrame}${unit}`}
        onClick={() => controller.step(-1)}
      />
      <Button
        name={playing ? "Pause" : "Play"}
        icon={playing ? "pause" : "play"}
        keys={KEYS.play}
        look="main"
        filled
        disabled={dead}
        onClick={() => clock.toggle()}
      />
      <Button name="Next frame" icon="forward" keys={`${KEYS.nextFrame}${unit}`} onClick={() => controller.step(1)} />
      <Button name="Skip to end" icon="last" keys={KEYS.end} onClick={() => controller.seek(session.duration.peek())} />
    </div>
  );
}

function Clock({ controller }: { controller: Controller }) {
  return (
    <div class="avseg-clock" role="timer" aria-label="Position" aria-live="off">
      <b>{formatClock(controller.clock.time.value)}</b>
      <span> / {formatClock(controller.session.duration.value)}</span>
    </div>
  );
}

function Speed({ controller }: { controller: Controller }) {
  const { clock } = controller;
  return (
    <select
      class="avseg-select avseg-speed"
      aria-label="Playback speed"
      title={`Playback speed (${KEYS.slower} ${KEYS.faster})`}
      value={String(clock.rate.value)}
      onChange={(event) => clock.setRate(Number(event.currentTarget.value))}
    >
      {SPEEDS.map((speed) => (
        <option key={speed} value={String(speed)}>
          {speed}×
        </option>
      ))}
    </select>
  );
}

function RecordButton({ controller }: { controller: Controller }) {
  const recording = controller.session.recording.value !== null;
  return (
    <Button
      name={recording ? "Stop recording" : "Begin recording"}
      icon={recording ? "stop" : "record"}
      keys={KEYS.record}
      look="record"
      filled
      pressed={recording}
      onClick={() => controller.toggleRecording()}
    >
      {recording ? "Stop recording" : "Begin recording"}
    </Button>
  );
}

function ViewButtons({ controller }: { controller: Controller }) {
  const { session } = controller;
  return (
    <div class="avseg-group">
      <Button
        name="Spectrogram"
        icon="spectrogram"
        pressed={session.spectrogram.value}
        disabled={session.info.sample_rate === 0}
        onClick={() => {
          session.spectrogram.value = !session.spectrogram.peek();
        }}
      />
      <Button name="Zoom out" icon="zoomOut" keys={KEYS.zoomOut} onClick={() => controller.zoom(0.5)} />
      <Button name="Zoom in" icon="zoomIn" keys={KEYS.zoomIn} onClick={() => controller.zoom(2)} />
      <Button name="Show all" icon="fit" keys={KEYS.fit} onClick={() => session.look(0, session.duration.peek())} />
    </div>
  );
}

export function HistoryButtons({ controller }: { controller: Controller }) {
  const { store, session } = controller;
  const undo = store.canUndo.value;
  const redo = store.canRedo.value;
  return (
    <div class="avseg-group">
      <Button
        name={undo ? `Undo: ${undo}` : "Undo"}
        icon="undo"
        keys={KEYS.undo}
        disabled={!undo}
        onClick={() => controller.undo()}
      />
      <Button
        name={redo ? `Redo: ${redo}` : "Redo"}
        icon="redo"
        keys={KEYS.redo}
        disabled={!redo}
        onClick={() => controller.redo()}
      />
      <Button
        name="Delete segment"
        icon="trash"
        keys={KEYS.delete}
        disabled={session.selectedIds.value.size === 0}
        onClick={() => controller.deleteSelected()}
      />
    </div>
  );
}
