// One segment as a row of the table: times, track and answers, each of them editable in place.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { isAsked } from "../core/fields";
import { isOverlapping } from "../core/overlap";
import { trackName } from "../core/rows";
import { formatSeconds, parseTime } from "../core/time";
import type { Segment, Track } from "../core/types";
import { Button } from "./button";
import { useEditor } from "./context";
import { Draft } from "./draft";
import { FieldInput } from "./field-input";
import { setTabStops } from "./grid";
import { visit } from "./listing";
import { memo } from "./memo";
import { AcceptMark, OriginText, originInWords } from "./origin-mark";
import { clickSegment, heldIn } from "./selecting";
import { AS_ROW } from "./table-head";
import { flowingWidth } from "./table-shape";
import { lockOf } from "./track-options";

interface RowProps {
  readonly segment: Segment;
  readonly index: number;
  readonly track: Track | undefined;
  readonly selected: boolean;
  /** The cell that Tab comes to, where it is in this row. */
  readonly column: number | null;
}

export const SegmentRow = memo(function SegmentRow({ segment, index, track, selected, column }: RowProps) {
  const { controller, prefix } = useEditor();
  const name = track ? trackName(track) : segment.track;
  const locked = lockOf(controller, track);
  const row = useRef<HTMLTableRowElement>(null);
  useLayoutEffect(() => {
    if (row.current) setTabStops(row.current, column !== null);
  });
  const cell = (place: number) => ({ role: "gridcell" as const, tabIndex: place === column ? 0 : -1 });
  return (
    <tr
      ref={row}
      {...AS_ROW}
      data-segment={segment.id}
      class={selected ? "avseg-row-selected" : ""}
      aria-selected={selected}
      aria-rowindex={index + 2}
      onFocusCapture={() => visit(controller, segment)}
      onClick={(event) => isControl(event) || clickSegment(controller, segment, heldIn(event))}
    >
      <td {...cell(0)}>
        <Button name="Hear this segment" icon="play" look="quiet" onClick={() => controller.playSegment(segment)} />
      </td>
      <TimeCell segment={segment} locked={locked} edge="start" cell={cell(1)} />
      <TimeCell segment={segment} locked={locked} edge="end" cell={cell(2)} />
      <td
        class="avseg-cell-track"
        title={[name, originInWords(segment)].filter(Boolean).join(", ")}
        data-category={segment.origin ? undefined : track?.category}
        dir="auto"
        {...cell(3)}
      >
        <AcceptMark segment={segment} />
        <OriginText segment={segment} />
        <span class="avseg-clip">{track?.tag ?? name}</span>
      </td>
      {controller.store.task.segment_fields.map((field, place) => (
        <td
          key={field.name}
          class={`avseg-cell-${field.kind}`}
          style={{ "--avseg-column": `${flowingWidth(field)}px` }}
          {...cell(4 + place)}
        >
          {isAsked(field, segment.fields, track?.category) ? (
            <FieldInput
              field={field}
              compact
              locked={locked}
              segment={segment.id}
              answers={segment.fields}
              value={segment.fields[field.name]}
              id={`${prefix}-${segment.id}-${field.name}`}
              helpId={`${prefix}-help-${field.name}`}
              onChange={(value, merge) => controller.setField(segment.id, field, value, merge)}
            />
          ) : null}
        </td>
      ))}
    </tr>
  );
});

/** A click on something that has its own use does not play the row. */
function isControl(event: MouseEvent): boolean {
  return event
    .composedPath()
    .some((node) => node instanceof Element && node.matches("input, select, textarea, button, label, .avseg-popup"));
}

interface TimeCellProps {
  readonly segment: Segment;
  /** Why it can't be changed; empty when it can. */
  readonly locked: string;
  readonly edge: "start" | "end";
  readonly cell: { readonly role: "gridcell"; readonly tabIndex: number };
}

function TimeCell({ segment, locked, edge, cell }: TimeCellProps) {
  const { controller, prefix } = useEditor();
  const { store } = controller;
  const problem = useSignal("");
  const document = edge === "start" && store.document.value;
  const overlaps = document && isOverlapping(document, store.task, segment);
  const id = `${prefix}-${segment.id}-${edge}`;
  const label = edge === "start" ? "Start" : "End";
  const commit = (text: string) => {
    const time = parseTime(text, controller.session.info.sample_rate);
    return time === null ? "Write seconds, m:ss.sss or samples as 48000#" : controller.setTime(segment.id, edge, time);
  };
  return (
    <td class="avseg-cell-time" {...cell}>
      <Draft
        place={{ segment: segment.id, field: edge, label }}
        value={formatSeconds(segment[edge])}
        attributes={{
          id,
          "aria-label": label,
          title: `${segment[edge]} s${overlaps ? ", overlaps the segment before it" : ""}${locked ? `. ${locked}` : ""}`,
          readOnly: locked !== "",
          inputMode: "decimal",
          "aria-invalid": problem.value || overlaps ? true : undefined,
          "aria-describedby": problem.value ? `${id}-problem` : undefined,
        }}
        onCommit={commit}
        onProblem={(found) => {
          problem.value = found;
        }}
      />
      {problem.value ? (
        <span class="avseg-problem avseg-problem-over" id={`${id}-problem`} role="alert">
          {problem.value}
        </span>
      ) : null}
    </td>
  );
}
