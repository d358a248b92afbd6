// The table of segments, in step with the tracks; only the rows in sight, and the one being edited, are in the page.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { place } from "../core/document";
import { canFail } from "../core/fields";
import type { Segment } from "../core/types";
import { useEditor } from "./context";
import { SegmentRow } from "./segment-row";

/** Height of a row in px, as in the style sheet; a field that can be wrong needs a line to say so. */
export const ROW = 36;
const REMINDER = 16;
const MARGIN = 4;
const HEIGHT = 360;

export function SegmentTable() {
  const { controller } = useEditor();
  const { store, session } = controller;
  const { segment_fields: fields } = store.task;
  const box = useRef<HTMLDivElement>(null);
  const scroll = useSignal(0);
  const focused = useSignal<string | null>(null);
  const segments = store.document.value?.sorted ?? [];
  const height = ROW + (fields.some(canFail) ? REMINDER : 0);
  const selected = session.selectedIds.value;
  useScrollToSelection(box, segments, height);
  const rows = visibleRows(segments, scroll.value, height, focused.value);
  const tracks = store.document.value?.tracks;
  return (
    <div
      class="avseg-table-box"
      ref={box}
      style={{ maxHeight: `${HEIGHT}px` }}
      onScroll={(event) => {
        scroll.value = event.currentTarget.scrollTop;
      }}
      onFocusCapture={(event) => {
        focused.value = (event.target as Element).closest<HTMLElement>("[data-segment]")?.dataset.segment ?? null;
      }}
      onBlurCapture={() => {
        focused.value = null;
      }}
    >
      <table class="avseg-table" aria-label="Segments" aria-rowcount={segments.length + 1}>
        <TableHead />
        <tbody style={{ "--avseg-row": `${height}px` }}>
          {rows.flatMap(({ segment, index, gap }) => [
            gap ? <Gap key={`gap-${segment.id}`} rows={gap} height={height} /> : null,
            <SegmentRow
              key={segment.id}
              segment={segment}
              index={index}
              track={tracks?.get(segment.track)}
              selected={selected.has(segment.id)}
            />,
          ])}
          <Gap rows={segments.length - 1 - (rows.at(-1)?.index ?? segments.length - 1)} height={height} />
        </tbody>
      </table>
      {segments.length === 0 ? (
        <p class="avseg-empty">No segments yet. Each one you record or draw appears here.</p>
      ) : null}
    </div>
  );
}

function TableHead() {
  const { controller, prefix } = useEditor();
  return (
    <thead>
      <tr>
        <th scope="col" aria-label="Listen" />
        <th scope="col">Start</th>
        <th scope="col">End</th>
        <th scope="col">Track</th>
        {controller.store.task.segment_fields.map((field) => (
          <th scope="col" key={field.name} title={field.help || field.label}>
            <span dir="auto">{field.label}</span>
            {field.required ? <span class="avseg-star-mark"> *</span> : null}
            {field.help ? (
              <span class="avseg-hidden" id={`${prefix}-help-${field.name}`}>
                {field.help}
              </span>
            ) : null}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Gap({ rows, height }: { rows: number; height: number }) {
  return rows > 0 ? <tr class="avseg-gap" style={{ height: `${rows * height}px` }} /> : null;
}

interface Placed {
  readonly segment: Segment;
  readonly index: number;
  /** Rows left out before this one. */
  readonly gap: number;
}

function visibleRows(segments: readonly Segment[], scroll: number, height: number, focused: string | null): Placed[] {
  const first = Math.max(0, Math.floor(scroll / height) - MARGIN);
  const last = Math.min(segments.length, Math.ceil((scroll + HEIGHT) / height) + MARGIN);
  const indices = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  const kept = focused === null ? -1 : segments.findIndex((segment) => segment.id === focused);
  if (kept >= 0 && kept < first) indices.unshift(kept);
  if (kept >= last) indices.push(kept);
  let next = 0;
  return indices.map((index) => {
    const gap = index - next;
    next = index + 1;
    return { segment: segments[index] as Segment, index, gap };
  });
}

/** Bring a segment selected elsewhere into sight. */
function useScrollToSelection(
  box: { readonly current: HTMLElement | null },
  segments: readonly Segment[],
  height: number,
): void {
  const { session, store } = useEditor().controller;
  const id = session.selectedId.value;
  const latest = useRef(segments);
  latest.current = segments;
  useEffect(() => {
    const element = box.current;
    const segment = id === null ? undefined : store.document.peek()?.segments.get(id);
    if (!element || !segment) return;
    const index = place(latest.current, segment);
    const head = element.querySelector("thead")?.clientHeight ?? 0;
    if (index * height < element.scrollTop) element.scrollTop = index * height;
    else element.scrollTop = Math.max(element.scrollTop, (index + 1) * height + head - element.clientHeight);
  }, [box, id, height, store]);
}
