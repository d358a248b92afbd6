// The table of segments, in step with the tracks; only the rows in sight, and the one being edited, are in the page.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { canFail } from "../core/fields";
import type { Rows } from "../core/rows";
import { useEditor } from "./context";
import { focusCell, Grid, selectsSeveral } from "./grid";
import { pinning, useRows, useShowSelected } from "./listing";
import { SegmentRow } from "./segment-row";
import { TableHead } from "./table-head";
import { type TableShape, tableShape } from "./table-shape";
import { useWidth } from "./use";
import { rowsInPage, scrollToRow } from "./windowing";

/** Height of a row in px, as in the style sheet; a field that can be wrong needs a line to say so. */
const ROW = 36;
const REMINDER = 16;
/** Height of the table in px at most, as in the style sheet. */
const HEIGHT = 360;
/** Height of the head in px, which covers the top of the rows. */
const HEAD = 30;

/** The table stays one for whoever reads or scripts it; what it holds has the keyboard of a grid. */
const GRID = { role: "grid", "aria-label": "Segments", "aria-multiselectable": true } as const;

export function SegmentTable() {
  const { controller } = useEditor();
  const { store, session } = controller;
  const { segment_fields: fields } = store.task;
  const box = useRef<HTMLDivElement>(null);
  const scroll = useSignal(0);
  const grid = useMemo(() => new Grid(controller), [controller]);
  const rows = useRows(session.list.order.value);
  const { reading } = controller;
  const shape = tableShape(fields, session.duration.value, useWidth(box).value);
  const height = rowHeight(shape, !reading && fields.some(canFail));
  const pinned = session.list.pinned.value;
  const { placed, rest, look } = rowsInPage(reading, rows, scroll.value, HEIGHT - HEAD, height, pinned);
  useGrid(grid, rows, box, height);
  const { row, column } = grid.cell.value;
  const open = placed.some(({ segment }) => segment.id === row) ? row : (placed[0]?.segment.id ?? null);
  const selected = session.selectedIds.value;
  const tracks = store.document.value?.tracks;
  return (
    <div
      class={`avseg-table-box${look}`}
      ref={box}
      onScroll={(event) => {
        scroll.value = event.currentTarget.scrollTop;
      }}
    >
      <table
        class={`avseg-table${shape.lines === null ? "" : " avseg-table-flows"}`}
        aria-label="Segments"
        style={{ minWidth: shape.lines === null ? `${shape.whole}px` : "", "--avseg-time": `${shape.time}px` }}
      >
        <tbody
          {...GRID}
          {...{ "aria-rowcount": rows.length + 1 }}
          onMouseDownCapture={(event) => selectsSeveral(event) && event.preventDefault()}
          onClickCapture={(event) => grid.click(event)}
          onKeyDown={(event) => grid.key(event)}
          onFocusIn={(event) => grid.entered(event.target)}
          {...pinning(controller)}
          style={{ "--avseg-row": `${height}px` }}
        >
          <TableHead key="head" shape={shape} />
          {placed.flatMap(({ segment, index, gap }) => [
            gap ? <Gap key={`gap-${segment.id}`} rows={gap} height={height} /> : null,
            <SegmentRow
              key={segment.id}
              segment={segment}
              index={index}
              track={tracks?.get(segment.track)}
              selected={selected.has(segment.id)}
              column={segment.id === open ? column : null}
            />,
          ])}
          <Gap key="rest" rows={rest} height={height} />
        </tbody>
      </table>
    </div>
  );
}

function rowHeight({ lines }: TableShape, canFail: boolean): number {
  const line = ROW + (canFail ? REMINDER : 0);
  return lines === null ? line : ROW + lines * line;
}

function Gap({ rows, height }: { rows: number; height: number }) {
  if (rows <= 0) return null;
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
  return <tr class="avseg-gap" aria-hidden="true" style={{ height: `${rows * height}px` }} />;
}

/** Keeps the grid's focus where it belongs while rows are drawn, moved and taken away. */
function useGrid(grid: Grid, rows: Rows, box: { readonly current: HTMLElement | null }, height: number): void {
  const { session } = useEditor().controller;
  const place = useRef(-1);
  grid.rows = rows;
  grid.columns = 4 + useEditor().controller.store.task.segment_fields.length;
  grid.page = Math.max(1, Math.floor(HEIGHT / height) - 2);
  const show = (index: number) => {
    const head = box.current?.querySelector(".avseg-table-head")?.clientHeight ?? 0;
    if (box.current) scrollToRow(box.current, index, height, head);
  };
  useShowSelected(rows, show);
  useEffect(
    () => () => {
      session.list.pinned.value = null;
    },
    [session],
  );
  useLayoutEffect(() => {
    const { wanted } = grid;
    grid.wanted = null;
    if (wanted) {
      const key = wanted.row === null ? ".avseg-table-head" : `[data-segment="${CSS.escape(wanted.row)}"]`;
      focusCell(box.current?.querySelector(key) ?? null, wanted.column, wanted.edit);
    }
    const pinned = session.list.pinned.peek();
    if (pinned === null) return;
    const index = rows.indexOf(pinned);
    if (index < 0) return grid.replace(place.current);
    if (index !== place.current) show(index);
    place.current = index;
  });
}
