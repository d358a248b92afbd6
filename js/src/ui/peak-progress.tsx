// How far the waveform is while it is being made, over its lower edge: a thin bar, and a button that stops it or goes on.
import { useEditor } from "./context";

export function PeakProgress() {
  const { controller, peaks } = useEditor();
  const { progress, running } = peaks.progress.value;
  const error = peaks.error.value;
  if (!controller.session.info.sample_rate || (progress >= 1 && !error)) return null;
  const percent = Math.floor(100 * progress);
  const name = error ? "Retry" : running ? "Stop" : "Resume";
  // A press on the button is no press on the waveform.
  const hold = (event: PointerEvent) => event.stopPropagation();
  return (
    <>
      {progress < 1 ? (
        <div
          class="avseg-peaks-bar"
          role="progressbar"
          aria-label="Waveform"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          aria-valuetext={`${percent}%${running ? "" : ", stopped"}`}
        >
          <div style={{ width: `${100 * progress}%` }} />
        </div>
      ) : null}
      <div class="avseg-peaks-note" onPointerDown={hold}>
        <span {...(error ? { role: "alert" } : {})}>
          {error || `Waveform ${percent}%${running ? "" : ", stopped"}`}
        </span>
        <button
          type="button"
          class="avseg-button"
          aria-label={`${name} the waveform`}
          onClick={() => void peaks.run(name !== "Stop")}
        >
          {name}
        </button>
      </div>
    </>
  );
}
