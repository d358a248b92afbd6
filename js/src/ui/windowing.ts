// Which rows of a long list are in the page: those in sight, and the one with the focus. Draws nothing.
import type { Rows } from "../core/rows";
import type { Segment } from "../core/types";

/** How much of a row is kept ready above and below what is in sight. */
const MARGIN = 0.5;

export interface PlacedRow {
  readonly segment: Segment;
  readonly index: number;
  /** Rows left out before this one. */
  readonly gap: number;
}

export interface ListWindow {
  readonly placed: readonly PlacedRow[];
  /** Rows left out after the last one. */
  readonly rest: number;
}

export function windowOf(rows: Rows, scroll: number, height: number, row: number, kept: string | null): ListWindow {
  const top = Math.min(scroll / row, rows.length - Math.ceil(height / row));
  const first = Math.max(0, Math.floor(top - MARGIN));
  const last = Math.min(rows.length, Math.ceil((scroll + height) / row + MARGIN));
  const indices = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  const extra = rows.indexOf(kept);
  if (extra >= 0 && extra < first) indices.unshift(extra);
  if (extra >= last) indices.push(extra);
  let next = 0;
  const placed: PlacedRow[] = [];
  for (const index of indices) {
    const segment = rows.at(index);
    if (!segment) continue;
    placed.push({ segment, index, gap: index - next });
    next = index + 1;
  }
  return { placed, rest: rows.length - next };
}

/** Most rows that are in the page all at once, as high as they need to be, where nothing can be changed. */
const WHOLE = 300;

/** Like `windowOf`, or all rows; `look` is the class of the list that says so. */
export function rowsInPage(
  reading: boolean,
  ...[rows, scroll, height, row, kept]: Parameters<typeof windowOf>
): ListWindow & { readonly look: string } {
  const whole = reading && rows.length <= WHOLE;
  const shown = whole ? windowOf(rows, 0, rows.length * row, row, null) : windowOf(rows, scroll, height, row, kept);
  return { ...shown, look: whole ? " avseg-whole" : "" };
}

/** Scroll so that a row is in sight below a head that stays at the top. */
export function scrollToRow(box: HTMLElement, index: number, row: number, head: number): void {
  const whole = box.matches(".avseg-whole") ? box.querySelectorAll("[data-segment]")[index] : undefined;
  const place = whole?.getBoundingClientRect();
  const top = place ? place.top - box.getBoundingClientRect().top + box.scrollTop - head : index * row;
  const bottom = top + (place?.height ?? row) + head;
  if (top < box.scrollTop) box.scrollTop = top;
  // Of a row that is higher than the room below the head its beginning is shown.
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = Math.min(top, bottom - box.clientHeight);
}
