// The segments as a dialogue to write down: one line for each, Enter to the next, which plays.
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { BY_START, type Rows } from "../core/rows";
import type { Segment, TextField } from "../core/types";
import { useEditor } from "./context";
import { DialogueLine } from "./dialogue-line";
import { pinning, useRows, useShowSelected } from "./listing";
import { rowsInPage, scrollToRow } from "./windowing";

/** Height of a line without the focus and of the list in px, as in the style sheet. */
const LINE = 34;
const HEIGHT = 360;
/** Of the lines begun before the playhead, so many may still be heard. */
const OVERLAPS = 32;

export function Dialogue({ field }: { field: TextField }) {
  const { controller, colors } = useEditor();
  const { store, session } = controller;
  const box = useRef<HTMLOListElement>(null);
  const scroll = useSignal(0);
  const rows = useRows(BY_START);
  const pinned = session.list.pinned.value;
  const { placed, rest, look } = rowsInPage(controller.reading, rows, scroll.value, HEIGHT, LINE, pinned);
  const heard = useHeard(rows, box);
  const goTo = useLineFocus(rows, box);
  const tracks = store.document.value?.tracks;
  const { palette } = colors.value;
  return (
    <ol
      class={`avseg-dialogue${look}`}
      ref={box}
      aria-label="Dialogue"
      onScroll={(event) => {
        scroll.value = event.currentTarget.scrollTop;
      }}
      {...pinning(controller)}
    >
      {placed.flatMap(({ segment, index, gap }) => [
        gap ? <Gap key={`gap-${segment.id}`} lines={gap} /> : null,
        <DialogueLine
          key={segment.id}
          segment={segment}
          index={index}
          count={rows.length}
          field={field}
          track={tracks?.get(segment.track)}
          color={palette[session.tracks.color(segment.track) % palette.length]?.edge ?? ""}
          selected={session.selectedIds.value.has(segment.id)}
          heard={heard.has(segment.id)}
          goTo={goTo}
        />,
      ])}
      <Gap key="rest" lines={rest} />
    </ol>
  );
}

function Gap({ lines }: { lines: number }) {
  return lines > 0 ? <li class="avseg-gap" aria-hidden="true" style={{ height: `${lines * LINE}px` }} /> : null;
}

/** The segments under the playhead while it plays; the list follows them unless somebody types. */
function useHeard(rows: Rows, box: { readonly current: HTMLElement | null }): ReadonlySet<string> {
  const { clock, session } = useEditor().controller;
  const latest = useSignal(rows);
  if (latest.peek() !== rows) latest.value = rows;
  const now = useComputed(() => {
    const list = latest.value;
    const time = clock.time.value;
    if (!clock.playing.value) return "";
    const ids: string[] = [];
    const last = lastBegun(list, time);
    for (let index = last; index >= 0 && index > last - OVERLAPS; index -= 1) {
      const segment = list.at(index);
      if (segment && segment.end > time) ids.unshift(segment.id);
    }
    return ids.join("\n");
  });
  useSignalEffect(() => {
    const [first] = now.value.split("\n");
    const index = latest.peek().indexOf(first ?? null);
    if (box.current && index >= 0 && session.list.pinned.peek() === null) scrollToRow(box.current, index, LINE, 0);
  });
  return new Set(now.value.split("\n").filter(Boolean));
}

/** The place of the last row that starts at a time or before. */
function lastBegun(rows: Rows, time: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows.at(middle)?.start ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Keeps the focus in the line it was sent to, and shows what is selected elsewhere. */
function useLineFocus(rows: Rows, box: { readonly current: HTMLElement | null }): (index: number) => Segment | null {
  const { controller } = useEditor();
  const { pinned } = controller.session.list;
  const wanted = useRef<string | null>(null);
  const latest = useRef(rows);
  latest.current = rows;
  useShowSelected(rows, (index) => box.current && scrollToRow(box.current, index, LINE, 0));
  useEffect(
    () => () => {
      pinned.value = null;
    },
    [pinned],
  );
  useLayoutEffect(() => {
    if (pinned.peek() !== null && !controller.document?.segments.has(pinned.peek() ?? "")) pinned.value = null;
    if (wanted.current === null) return;
    const line = box.current?.querySelector(`[data-segment="${CSS.escape(wanted.current)}"]`);
    wanted.current = null;
    line?.querySelector("textarea")?.focus({ preventScroll: true });
    line?.scrollIntoView({ block: "nearest" });
  });
  return useRef((index: number) => {
    const segment = latest.current.at(index);
    if (!segment) return null;
    wanted.current = segment.id;
    pinned.value = segment.id;
    return segment;
  }).current;
}
