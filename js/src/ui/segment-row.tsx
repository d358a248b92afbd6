// One segment as a row of the table: times, track and answers, each of them editable in place.
import { useSignal } from "@preact/signals";
import { isAsked } from "../core/fields";
import { formatSeconds, parseTime } from "../core/time";
import type { Segment, Track } from "../core/types";
import { Button } from "./button";
import { useEditor } from "./context";
import { Draft } from "./draft";
import { FieldInput } from "./field-input";
import { memo } from "./memo";

interface RowProps {
  readonly segment: Segment;
  readonly index: number;
  readonly track: Track | undefined;
  readonly selected: boolean;
}

export const SegmentRow = memo(function SegmentRow({ segment, index, track, selected }: RowProps) {
  const { controller, prefix } = useEditor();
  const name = track ? `${track.category}: ${track.tag}` : segment.track;
  const selectOnly = () =>
    controller.session.selectedIds.peek().has(segment.id) || controller.session.select([segment.id]);
  return (
    <tr
      data-segment={segment.id}
      class={selected ? "avseg-row-selected" : ""}
      aria-selected={selected}
      aria-rowindex={index + 2}
      onFocusCapture={selectOnly}
      onClick={(event) => isControl(event) || controller.playSegment(segment)}
    >
      <td>
        <Button name="Hear this segment" icon="play" look="quiet" onClick={() => controller.playSegment(segment)} />
      </td>
      <TimeCell segment={segment} edge="start" />
      <TimeCell segment={segment} edge="end" />
      <td class="avseg-cell-track" title={name}>
        <span dir="auto" class="avseg-clip">
          {name}
        </span>
      </td>
      {controller.store.task.segment_fields.map((field) => (
        <td key={field.name} class={`avseg-cell-${field.kind}`}>
          {isAsked(field, segment.fields, track?.category) ? (
            <FieldInput
              field={field}
              compact
              answers={segment.fields}
              value={segment.fields[field.name]}
              id={`${prefix}-${segment.id}-${field.name}`}
              helpId={`${prefix}-help-${field.name}`}
              onChange={(value, merge) => controller.setField(segment.id, field.name, value, merge)}
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

function TimeCell({ segment, edge }: { segment: Segment; edge: "start" | "end" }) {
  const { controller, prefix } = useEditor();
  const problem = useSignal("");
  const id = `${prefix}-${segment.id}-${edge}`;
  const commit = (text: string) => {
    const time = parseTime(text);
    return time === null ? "Write seconds or m:ss.sss" : controller.setTime(segment.id, edge, time);
  };
  return (
    <td class="avseg-cell-time">
      <Draft
        value={formatSeconds(segment[edge])}
        attributes={{
          "aria-label": edge === "start" ? "Start" : "End",
          title: `${segment[edge]} s`,
          inputMode: "decimal",
          "aria-invalid": problem.value ? true : undefined,
          "aria-describedby": problem.value ? id : undefined,
        }}
        onCommit={commit}
        onProblem={(found) => {
          problem.value = found;
        }}
      />
      {problem.value ? (
        <span class="avseg-problem avseg-problem-over" id={id} role="alert">
          {problem.value}
        </span>
      ) : null}
    </td>
  );
}
