// Playing, recording and zoom: the row of buttons below the media; and those of the history.
import { formatClock } from "../core/time";
import { ActionButton } from "./action-button";
import { useEditor } from "./context";
import { SPEEDS } from "./controller";
import { FrameNumber } from "./frame-number";
import { ListeningButtons } from "./listening-bar";

export function Transport() {
  return (
    <div class="avseg-transport" role="toolbar" aria-label="Playing">
      <PlayButtons />
      <Clock />
      <FrameNumber />
      <Speed />
      <RecordButton />
      <ViewButtons />
      <ListeningButtons />
    </div>
  );
}

function PlayButtons() {
  const playing = useEditor().controller.clock.playing.value;
  return (
    <div class="avseg-group">
      <ActionButton id="skip-to-start" icon="first" />
      <ActionButton id="previous-frame" icon="back" />
      <ActionButton id="play" name={playing ? "Pause" : "Play"} icon={playing ? "pause" : "play"} look="main" filled />
      <ActionButton id="next-frame" icon="forward" />
      <ActionButton id="skip-to-end" icon="last" />
    </div>
  );
}

function Clock() {
  const { clock, session } = useEditor().controller;
  return (
    <div class="avseg-clock" role="timer" aria-label="Position" aria-live="off">
      <b>{formatClock(clock.time.value)}</b>
      <span> / {formatClock(session.duration.value)}</span>
    </div>
  );
}

function Speed() {
  const { clock } = useEditor().controller;
  return (
    <select
      class="avseg-select avseg-speed"
      aria-label="Playback speed"
      title="Playback speed; the pitch stays"
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

function RecordButton() {
  const recording = useEditor().controller.session.recording.value !== null;
  const name = recording ? "Stop recording" : "Begin recording";
  return (
    <ActionButton id="record" name={name} icon={recording ? "stop" : "record"} look="record" filled pressed={recording}>
      {name}
    </ActionButton>
  );
}

function ViewButtons() {
  const { session } = useEditor().controller;
  return (
    <div class="avseg-group">
      {session.info.kind === "video" ? (
        <ActionButton id="thumbnails" icon="film" pressed={session.thumbnails.value} />
      ) : null}
      <ActionButton id="spectrogram" icon="spectrogram" pressed={session.spectrogram.value} />
      <ActionButton id="zoom-out" icon="zoomOut" />
      <ActionButton id="zoom-in" icon="zoomIn" />
      <ActionButton id="show-all" icon="fit" />
    </div>
  );
}

export function HistoryButtons() {
  const { store } = useEditor().controller;
  const undo = store.canUndo.value;
  const redo = store.canRedo.value;
  return (
    <div class="avseg-group">
      <ActionButton id="undo" icon="undo" name={undo ? `Undo: ${undo}` : "Undo"} />
      <ActionButton id="redo" icon="redo" name={redo ? `Redo: ${redo}` : "Redo"} />
      <ActionButton id="delete-segment" icon="trash" />
    </div>
  );
}
