// The rows of the list; only those in sight are in the page, however many there are.
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { QueueRow } from "../../core/types";
import { useQueue } from "./context";
import { ItemRow } from "./row";

/** Height of a row in px, as in the style sheet. */
const ROW = 48;
/** Rows kept ready above and below what is in sight. */
const MARGIN = 4;
/** How long scrolling must pause before pictures are asked for, in ms. */
const PAUSE = 120;

/** How many rows a key goes on. */
function stepOf(event: KeyboardEvent, height: number, count: number): number {
  if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return 0;
  const page = Math.max(1, Math.floor(height / ROW) - 1);
  const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count };
  return steps[event.key as keyof typeof steps] ?? 0;
}

function placeOf(rows: readonly QueueRow[], index: number): number {
  return Math.max(
    0,
    rows.findIndex((row) => row.index === index),
  );
}

/** The part of the list that is in sight, and a little more. */
function useWindow(box: { readonly current: HTMLElement | null }, count: number) {
  const scroll = useSignal(0);
  const height = useSignal(ROW * 8);
  useBox(box, height);
  const first = Math.max(0, Math.floor(scroll.value / ROW) - MARGIN);
  const last = Math.min(count, Math.ceil((scroll.value + height.value) / ROW) + MARGIN);
  const onScroll = (event: Event) => {
    scroll.value = (event.currentTarget as HTMLElement).scrollTop;
  };
  return { onScroll, height, first, last };
}

export function ItemList() {
  const { queue, prefix, focusEditor } = useQueue();
  const { list } = queue;
  const box = useRef<HTMLDivElement>(null);
  const active = useSignal<number | null>(null);
  const rows = list.shown.value;
  const { onScroll, height, first, last } = useWindow(box, rows.length);
  useShowCurrent(box, height.value > 0);
  usePictures(first, last);
  const place = placeOf(rows, active.value ?? list.current.value);
  const open = (at: number) => {
    const row = rows[at];
    if (!row) return;
    active.value = null;
    focusEditor();
    queue.go(row.index);
  };
  const key = (event: KeyboardEvent) => {
    const step = stepOf(event, height.peek(), rows.length);
    if (event.key === "Enter") open(place);
    else if (step === 0) return;
    const to = Math.min(Math.max(place + step, 0), rows.length - 1);
    if (step !== 0) {
      active.value = rows[to]?.index ?? null;
      bringIntoSight(box.current, to);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
      class="avseg-item-list"
      role="listbox"
      aria-label="Items"
      tabIndex={0}
      {...(rows[place] ? { "aria-activedescendant": `${prefix}-item-${rows[place].index}` } : {})}
      onKeyDown={key}
      onBlur={() => {
        active.value = null;
      }}
      onScroll={onScroll}
    >
      <div class="avseg-item-rows" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
        {rows.slice(first, last).map((row, offset) => (
          <ItemRow
            key={row.index}
            row={row}
            place={first + offset}
            count={rows.length}
            top={(first + offset) * ROW}
            active={active.value !== null && first + offset === place}
            open={() => open(first + offset)}
          />
        ))}
      </div>
      {list.isNarrowed && rows.length < 2 ? <p class="avseg-empty">No other item fits.</p> : null}
    </div>
  );
}

function useBox(box: { readonly current: HTMLElement | null }, height: Signal<number>): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => {
      height.value = element.clientHeight;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, height]);
}

/** The item that is open is in sight when another one opens, the list is narrowed or sorted, or comes into the page. */
function useShowCurrent(box: { readonly current: HTMLElement | null }, placed: boolean): void {
  const { list } = useQueue().queue;
  const current = list.current.value;
  const { query, filter, sort } = list.view.value;
  useEffect(() => {
    const place = list.shown.peek().findIndex((row) => row.index === current);
    if (placed && place >= 0) bringIntoSight(box.current, place);
  }, [current, list, box, placed, query, filter, sort]);
}

/** Scroll no further than needed, and leave the neighbour in sight. */
function bringIntoSight(box: HTMLElement | null, place: number): void {
  if (!box) return;
  const [top, bottom] = [(place - 1) * ROW, (place + 2) * ROW];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

/** Pictures are asked for when scrolling rests. */
function usePictures(first: number, last: number): void {
  const { queue } = useQueue();
  const rows = queue.list.shown.value;
  useEffect(() => {
    const timer = setTimeout(() => queue.look(rows.slice(first, last).map((row) => row.index)), PAUSE);
    return () => clearTimeout(timer);
  }, [queue, rows, first, last]);
}
