// What a user may set of the spectrogram and its curves; in the page only while it is open.
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type ColorMapName, LIMITS } from "../core/spectral-view";
import { useEditor } from "./context";
import type { SpectrogramLane } from "./spectrogram-lane";
import { placeBeside } from "./track-menu";

interface SettingsProps {
  readonly lane: SpectrogramLane;
  readonly open: Signal<boolean>;
}

export function SpectrogramSettings({ lane, open }: SettingsProps) {
  const popup = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = popup.current;
    if (!element) return;
    element.showPopover();
    if (element.parentElement) placeBeside(element, element.parentElement);
    element.querySelector<HTMLElement>("select")?.focus();
  }, []);
  return (
    <section
      ref={popup}
      class="avseg-popup avseg-spectrogram-settings"
      popover="auto"
      role="dialog"
      aria-label="Spectrogram settings"
      onToggle={(event: Event) => {
        if ((event as ToggleEvent).newState === "closed") open.value = false;
      }}
    >
      <AnalysisSettings />
      <DisplaySettings />
      {lane.canHaveCurves ? <CurveSettings lane={lane} /> : null}
    </section>
  );
}

const SCALES = { linear: "Linear", log: "Logarithmic", mel: "Mel" };
const WINDOWS = { gaussian: "Gaussian", hann: "Hann", hamming: "Hamming", blackman: "Blackman" };
const MAPS: Record<ColorMapName, string> = { grey: "Grey", viridis: "Viridis", magma: "Magma", inferno: "Inferno" };
/** Praat's lengths of window, in seconds. */
const BANDS = { Wideband: 0.005, Narrowband: 0.03 };

function AnalysisSettings() {
  const { spectral, info } = useEditor().controller.session;
  const { analysis } = spectral;
  const now = analysis.value;
  const [least, most] = [LIMITS.frequency[0], Math.min(LIMITS.frequency[1], info.sample_rate / 2)];
  const [low, high] = spectral.range();
  const set = (change: Partial<typeof now>) => {
    analysis.value = { ...now, ...change };
  };
  return (
    <Group title="Analysis">
      <Select name="Scale" options={SCALES} value={now.scale} set={(scale) => set({ scale })} />
      <Select name="Window" options={WINDOWS} value={now.window} set={(window) => set({ window })} />
      <Amount
        name="Window length"
        unit="ms"
        value={Number((now.length * 1000).toFixed(3))}
        limits={[LIMITS.length[0] * 1000, LIMITS.length[1] * 1000]}
        set={(length) => set({ length: length / 1000 })}
      />
      <span class="avseg-menu-row">
        {Object.entries(BANDS).map(([name, length]) => (
          <button
            key={name}
            type="button"
            class="avseg-button"
            title={`${name}: ${length * 1000} ms`}
            aria-pressed={now.length === length}
            onClick={() => set({ length })}
          >
            {name}
          </button>
        ))}
      </span>
      <Amount name="Lowest" unit="Hz" value={low} limits={[least, high - 1]} set={(hertz) => set({ low: hertz })} />
      <Amount name="Highest" unit="Hz" value={high} limits={[low + 1, most]} set={(hertz) => set({ high: hertz })} />
    </Group>
  );
}

function DisplaySettings() {
  const { display } = useEditor().controller.session.spectral;
  const now = display.value;
  const set = (change: Partial<typeof now>) => {
    display.value = { ...now, ...change };
  };
  return (
    <Group title="Display">
      <Select name="Colours" options={MAPS} value={now.map} set={(map) => set({ map })} />
      <Amount
        name="Loudest"
        unit="dB"
        value={now.loudest}
        limits={LIMITS.loudest}
        set={(loudest) => set({ loudest })}
      />
      <Amount name="Range" unit="dB" value={now.range} limits={LIMITS.range} set={(range) => set({ range })} />
    </Group>
  );
}

function CurveSettings({ lane }: { lane: SpectrogramLane }) {
  const { curves } = useEditor().controller.session.spectral;
  const now = curves.value;
  const set = (change: Partial<typeof now>) => {
    curves.value = { ...now, ...change };
    lane.curves.retry();
  };
  const [least, most] = LIMITS.pitch;
  return (
    <Group title="Curves">
      <span class="avseg-setting-checks">
        <Check name="Pitch" on={now.pitch} set={(pitch) => set({ pitch })} />
        <Check name="Intensity" on={now.intensity} set={(intensity) => set({ intensity })} />
      </span>
      <Amount
        name="Pitch floor"
        unit="Hz"
        value={now.floor}
        limits={[least, now.ceiling - 1]}
        set={(floor) => set({ floor })}
      />
      <Amount
        name="Pitch ceiling"
        unit="Hz"
        value={now.ceiling}
        limits={[now.floor + 1, most]}
        set={(ceiling) => set({ ceiling })}
      />
    </Group>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="avseg-setting-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}

interface SelectProps<Value extends string> {
  readonly name: string;
  readonly options: Readonly<Record<Value, string>>;
  readonly value: Value;
  readonly set: (value: Value) => void;
}

function Select<Value extends string>({ name, options, value, set }: SelectProps<Value>) {
  return (
    <label class="avseg-setting">
      <span>{name}</span>
      <select class="avseg-select" value={value} onChange={(event) => set(event.currentTarget.value as Value)}>
        {(Object.entries(options) as [Value, string][]).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface AmountProps {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly limits: readonly [number, number];
  readonly set: (value: number) => void;
}

/** A number that is kept inside its limits; what is no number is put back. */
function Amount({ name, unit, value, limits, set }: AmountProps) {
  const [least, most] = limits;
  const take = (input: HTMLInputElement) => {
    const typed = input.valueAsNumber;
    const next = Number.isFinite(typed) ? Math.min(most, Math.max(least, typed)) : value;
    input.value = String(next);
    if (next !== value) set(next);
  };
  return (
    <label class="avseg-setting">
      <span>
        {name} ({unit})
      </span>
      <input
        class="avseg-input"
        type="number"
        step="any"
        min={least}
        max={most}
        value={value}
        onChange={(event) => take(event.currentTarget)}
      />
    </label>
  );
}

function Check({ name, on, set }: { name: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="avseg-option">
      <input type="checkbox" checked={on} onChange={(event) => set(event.currentTarget.checked)} />
      <span>{name}</span>
    </label>
  );
}
