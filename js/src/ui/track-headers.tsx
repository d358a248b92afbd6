// The tracks' names at the side: which to record on, their order and height by dragging, and the options of each.
import { type Signal, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Track } from "../core/types";
import { heightOf, layoutRows, type Row } from "../timeline/layout";
import { useEditor } from "./context";
import { focusEditor } from "./focus";
import { iconLook } from "./icon";
import { TrackMenu } from "./track-menu";
import { moveTrackTo, nameOf, showTracks } from "./track-options";

/** Movement that makes a press on a header a drag, in px. */
const SLOP = 4;
/** How far from a header's lower edge a press takes hold of it, in px; the style sheet shows it by the cursor. */
const GRIP = 2.5;

export function TrackHeaders() {
  const { controller } = useEditor();
  const document = controller.store.document.value;
  /** Where the dragged header would go, counted among the rows. */
  const drop = useSignal<number | null>(null);
  /** The track whose options are open. */
  const open = useSignal<string | null>(null);
  const rows = document ? layoutRows(document, controller.session.tracks) : [];
  const drag = useHeaderDrag(rows, drop);
  if (!document || document.tracks.size === 0) return <div class="avseg-side-empty">Tracks</div>;
  const hidden = document.tracks.size - rows.length;
  const line = drop.value === null ? undefined : (rows[drop.value]?.top ?? heightOf(rows));
  return (
    <>
      <ul class="avseg-headers" aria-label="Tracks" {...drag}>
        {rows.map((row) => {
          const track = document.tracks.get(row.track);
          return track ? <TrackHeader key={row.track} track={track} row={row} open={open} /> : null;
        })}
        {line === undefined ? null : <li class="avseg-drop" style={{ top: `${line - 1}px` }} aria-hidden="true" />}
      </ul>
      {hidden ? (
        <button
          type="button"
          class="avseg-link avseg-unhide"
          onClick={(event) => {
            focusEditor(event.currentTarget);
            showTracks(controller);
          }}
        >
          Show {hidden} hidden track{hidden > 1 ? "s" : ""}
        </button>
      ) : null}
      <TrackMenu open={open} />
    </>
  );
}

interface HeaderProps {
  readonly track: Track;
  readonly row: Row;
  /** The track whose options are open. */
  readonly open: Signal<string | null>;
}

function TrackHeader({ track, row, open }: HeaderProps) {
  const { controller, colors } = useEditor();
  const { session } = controller;
  const selected = session.selectedTracks.value.has(track.id);
  const { locked, muted } = session.tracks.of(track.id);
  const { palette } = colors.value;
  const Name = controller.reading ? "span" : "label";
  // The options close by themselves when a press begins outside of them; the click must not open them again.
  const wasOpen = useRef(false);
  const name = nameOf(track);
  return (
    <li
      class={`avseg-header${selected ? " avseg-header-selected" : ""}`}
      style={{
        height: `${row.height}px`,
        "--avseg-track": palette[session.tracks.color(track.id) % palette.length]?.edge,
      }}
    >
      <Name
        class="avseg-header-label"
        title={controller.reading ? name : `${name}: record on this track. Drag to move it`}
        data-category={row.height < 34 ? undefined : track.category}
      >
        {controller.reading ? null : (
          <input
            type="checkbox"
            checked={selected}
            aria-label={`Record on ${name}`}
            onChange={(event) => session.toggleTrack(track.id, event.currentTarget.checked)}
          />
        )}
        {track.tag}
      </Name>
      {locked || muted ? (
        <span class="avseg-header-states">
          {locked ? <State icon="lock" text="locked" /> : null}
          {muted ? <State icon="muted" text="muted" /> : null}
        </span>
      ) : null}
      <button
        type="button"
        class="avseg-button avseg-button-quiet avseg-icon-before"
        style={iconLook("more")}
        aria-label={`Track options for ${name}`}
        title={`Track options for ${name}`}
        aria-haspopup="dialog"
        aria-expanded={open.value === track.id}
        data-track={track.id}
        onPointerDown={() => {
          wasOpen.current = open.peek() === track.id;
        }}
        onClick={(event) => {
          const close = event.detail ? wasOpen.current : open.peek() === track.id;
          open.value = close ? null : track.id;
        }}
      />
    </li>
  );
}

function State({ icon, text }: { icon: "lock" | "muted"; text: string }) {
  return (
    <span
      class="avseg-header-state avseg-icon-before"
      style={iconLook(icon)}
      role="img"
      aria-label={text}
      title={text}
    />
  );
}

interface HeaderDrag {
  readonly y: number;
  readonly row: number;
  /** The height that the row had, where its lower edge is dragged. */
  readonly height: number | null;
}

/**
 * Dragging a header up or down gives its track another place, its lower edge another height; a press alone stays a
 * click. By keyboard both are in the track's options.
 */
function useHeaderDrag(rows: readonly Row[], drop: Signal<number | null>) {
  const { controller } = useEditor();
  const { tracks } = controller.session;
  const from = useRef<HeaderDrag | null>(null);
  const yOf = (event: PointerEvent) => event.clientY - (event.currentTarget as HTMLElement).getBoundingClientRect().top;
  const end = (keep: boolean) => {
    const [to, own] = [drop.peek(), from.current?.row ?? -1];
    from.current = null;
    drop.value = null;
    const track = rows[own]?.track;
    if (keep && to !== null && track !== undefined) moveTrackTo(controller, track, to > own ? to - 1 : to);
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      const y = yOf(event);
      const edge = rows.findIndex(({ top, height }) => Math.abs(top + height - y) <= GRIP);
      const row = edge < 0 ? rows.findIndex(({ top, height }) => y >= top && y < top + height) : edge;
      from.current = { y, row, height: rows[edge]?.height ?? null };
    },
    onPointerMove: (event: PointerEvent) => {
      if (!from.current) return;
      if (event.buttons === 0) return end(false);
      const y = yOf(event);
      const { y: begun, row, height } = from.current;
      if (height === null && (controller.reading || (drop.peek() === null && Math.abs(y - begun) < SLOP))) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      if (height === null) drop.value = rows.filter(({ top, height: high }) => top + high / 2 < y).length;
      else tracks.setHeight(rows[row]?.track ?? "", height + y - begun);
    },
    onPointerUp: () => end(true),
    onPointerCancel: () => end(false),
  };
}
