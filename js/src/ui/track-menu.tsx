// The options of one track: name, place, hidden, locked, muted, colour, height, delete.
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { freeNames } from "../core/track-commands";
import { ROW_HEIGHTS } from "../core/track-view";
import type { Track } from "../core/types";
import { useEditor } from "./context";
import { focusEditor } from "./focus";
import { Icon, type IconName, iconLook } from "./icon";
import { HUES } from "./track-colors";
import { deleteTrack, hideTrack, nameOf, renameTrackTo, shiftTrack, toggleLock, toggleMute } from "./track-options";

/** Room that the menu keeps from the window's edge, in px. */
const MARGIN = 8;

export function TrackMenu({ open }: { open: Signal<string | null> }) {
  const { controller } = useEditor();
  const popup = useRef<HTMLElement>(null);
  const track = controller.store.document.value?.tracks.get(open.value ?? "");
  const id = track?.id ?? null;
  useEffect(() => {
    const element = popup.current;
    if (!element || id === null) return;
    const root = element.getRootNode() as Document | ShadowRoot;
    const button = root.querySelector<HTMLElement>(`[data-track="${CSS.escape(id)}"]`);
    element.showPopover();
    if (button) placeBeside(element, button);
    element.querySelector<HTMLElement>("select, button")?.focus();
    return () => {
      if (element.matches(":popover-open")) element.hidePopover();
    };
  }, [id]);
  return (
    <section
      ref={popup}
      class="avseg-popup avseg-track-menu"
      popover="auto"
      role="dialog"
      aria-label={track ? `Track options for ${nameOf(track)}` : "Track options"}
      onToggle={(event: Event) => {
        if ((event as ToggleEvent).newState === "closed") open.value = null;
      }}
    >
      {track ? (
        <Options
          track={track}
          close={() => {
            open.value = null;
          }}
        />
      ) : null}
    </section>
  );
}

export function placeBeside(element: HTMLElement, button: HTMLElement): void {
  const box = button.getBoundingClientRect();
  const view = element.ownerDocument.documentElement;
  const left = Math.min(box.left, view.clientWidth - element.offsetWidth - MARGIN);
  const below = box.bottom + 2;
  const fits = below + element.offsetHeight + MARGIN <= view.clientHeight;
  element.style.left = `${Math.max(MARGIN, left)}px`;
  element.style.top = `${fits ? below : Math.max(MARGIN, view.clientHeight - element.offsetHeight - MARGIN)}px`;
}

interface OptionsProps {
  readonly track: Track;
  readonly close: () => void;
}

function Options({ track, close }: OptionsProps) {
  const { controller } = useEditor();
  const { locked, muted } = controller.session.tracks.of(track.id);
  return (
    <>
      {controller.reading ? null : (
        <>
          <Rename track={track} />
          <div class="avseg-menu-row">
            <Choice icon="up" text="Move up" onClick={() => shiftTrack(controller, track.id, -1)} />
            <Choice icon="below" text="Move down" onClick={() => shiftTrack(controller, track.id, 1)} />
          </div>
        </>
      )}
      <div class="avseg-menu-row">
        {controller.reading ? null : (
          <Choice icon="lock" text="Lock" pressed={locked} onClick={() => toggleLock(controller, track.id)} />
        )}
        <Choice icon="muted" text="Mute" pressed={muted} onClick={() => toggleMute(controller, track.id)} />
        <Choice
          icon="hidden"
          text="Hide"
          onClick={(event) => {
            focusEditor(event.currentTarget);
            close();
            hideTrack(controller, track.id);
          }}
        />
      </div>
      <Heights id={track.id} />
      <Palette id={track.id} />
      {controller.reading ? null : (
        <div class="avseg-menu-row">
          <Choice
            icon="trash"
            text="Delete track"
            onClick={(event) => {
              focusEditor(event.currentTarget);
              close();
              deleteTrack(controller, track.id);
            }}
          />
        </div>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly icon: IconName;
  readonly text: string;
  readonly pressed?: boolean;
  readonly onClick: (event: { readonly currentTarget: HTMLElement }) => void;
}

function Choice({ icon, text, pressed, onClick }: ChoiceProps) {
  return (
    <button
      type="button"
      class="avseg-button avseg-icon-before"
      style={iconLook(icon)}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onClick}
    >
      {text}
    </button>
  );
}

function Rename({ track }: { track: Track }) {
  const { controller } = useEditor();
  const document = controller.store.document.value;
  const names = document ? freeNames(document, controller.store.task.tracks) : [];
  return (
    <label class="avseg-menu-name">
      <span>Name</span>
      <select
        class="avseg-select"
        value=""
        disabled={names.length === 0}
        onChange={(event) => {
          const name = names[Number(event.currentTarget.value)];
          event.currentTarget.value = "";
          if (name) renameTrackTo(controller, track.id, name);
        }}
      >
        <option value="">{nameOf(track)}</option>
        {names.map((name, index) => (
          <option key={nameOf(name)} value={index}>
            {nameOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Heights({ id }: { id: string }) {
  const { controller, prefix } = useEditor();
  const { tracks } = controller.session;
  return (
    <fieldset class="avseg-options">
      <legend>Height</legend>
      {Object.entries(ROW_HEIGHTS).map(([name, height]) => (
        <label key={name} class="avseg-option">
          <input
            type="radio"
            name={`${prefix}-height`}
            checked={tracks.of(id).height === height}
            onChange={() => tracks.setHeight(id, height)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Palette({ id }: { id: string }) {
  const { controller, colors, prefix } = useEditor();
  const { tracks } = controller.session;
  const chosen = tracks.color(id) % HUES.length;
  return (
    <fieldset class="avseg-options avseg-colors">
      <legend>Colour</legend>
      {HUES.map(({ name }, index) => (
        <label
          key={name}
          class="avseg-color"
          title={name}
          style={{ background: colors.value.palette[index]?.fill, borderColor: colors.value.palette[index]?.edge }}
        >
          <input
            type="radio"
            name={`${prefix}-color`}
            aria-label={name}
            checked={chosen === index}
            onChange={() => tracks.set(id, { color: index })}
          />
          {chosen === index ? <Icon name="check" /> : null}
        </label>
      ))}
    </fieldset>
  );
}
