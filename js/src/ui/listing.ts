// What the table and the dialogue share: their rows, and being in step with the timeline both ways. Draws nothing.
import { useComputed } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { EMPTY_DOCUMENT } from "../core/document";
import { type Order, RowList, type Rows } from "../core/rows";
import type { Segment } from "../core/types";
import { useEditor } from "./context";
import type { Controller } from "./controller";

const NONE: ReadonlySet<string> = new Set();

/** The rows asked for; drawn anew when they change. */
export function useRows(order: Order): Rows {
  const { problems, store, session } = useEditor().controller;
  const list = useMemo(() => new RowList(), []);
  const wrong = useComputed(() => new Set(problems.value.map((problem) => problem.segment)));
  const filter = session.list.filter.value;
  const rows = list.update({
    document: store.document.value ?? EMPTY_DOCUMENT,
    task: store.task,
    order,
    filter,
    problems: filter.problems ? wrong.value : NONE,
    pinned: session.list.pinned.value,
  });
  useLayoutEffect(() => {
    session.list.shown.value = rows.length;
  });
  return rows;
}

/** Select a segment, unless it is one of those selected, and have the timeline show it. */
export function visit(controller: Controller, segment: Segment): void {
  const { session } = controller;
  if (!session.selectedIds.peek().has(segment.id)) session.select([segment.id]);
  reveal(controller, segment);
}

/** Scroll the timeline to a segment; not while it plays, when it follows the playhead. */
export function reveal({ session, clock }: Controller, segment: Segment): void {
  if (clock.playing.peek()) return;
  const { start, end } = session.viewport.peek();
  const span = end - start;
  // Of what is longer than the window its start must be in sight, with a part of it.
  const needed = Math.min(segment.end, segment.start + span * 0.5);
  if (segment.start >= start && needed <= end) return;
  session.look(segment.start - span * 0.1, segment.start + span * 0.9);
}

/** Call `show` with the place of a segment selected elsewhere; of several, the first. */
export function useShowSelected(rows: Rows, show: (index: number) => void): void {
  const { session } = useEditor().controller;
  const ids = session.selectedIds.value;
  const latest = useRef({ rows, show });
  latest.current = { rows, show };
  useEffect(() => {
    const [id] = ids;
    if (id === undefined || ids.has(session.list.pinned.peek() ?? "")) return;
    const index = latest.current.rows.indexOf(id);
    if (index >= 0) latest.current.show(index);
  }, [ids, session]);
}

/** The segment whose row an element lies in. */
export function segmentOf(element: EventTarget | null): string | null {
  return element instanceof Element ? (element.closest<HTMLElement>("[data-segment]")?.dataset.segment ?? null) : null;
}

/** Handlers that pin the segment whose row has the focus. */
export function pinning(controller: Controller) {
  const { pinned } = controller.session.list;
  return {
    onFocusCapture: (event: FocusEvent) => {
      pinned.value = segmentOf(event.target);
    },
    onBlurCapture: (event: FocusEvent) => {
      const next = segmentOf(event.relatedTarget);
      const now = pinned.peek();
      // A deleted row takes the focus with it: whoever draws the rows finds another place for it.
      if (next === null && now !== null && !controller.document?.segments.has(now)) return;
      if (next !== now) pinned.value = next;
    },
  };
}
