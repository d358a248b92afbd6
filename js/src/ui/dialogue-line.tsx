// One line of the dialogue: who speaks, from when, and what is said, with the keys for going on without the mouse.
import { useLayoutEffect, useRef } from "preact/hooks";
import { isAsked } from "../core/fields";
import { strokeName } from "../core/keymap";
import { trackName } from "../core/rows";
import { formatClock } from "../core/time";
import type { Segment, TextField, Track } from "../core/types";
import { actionOf } from "./actions";
import { Button } from "./button";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { Draft, leaveForEditor } from "./draft";
import { visit } from "./listing";
import { memo } from "./memo";
import { AcceptMark, OriginText } from "./origin-mark";
import { lockOf } from "./track-options";

interface LineProps {
  readonly segment: Segment;
  readonly index: number;
  readonly count: number;
  readonly field: TextField;
  readonly track: Track | undefined;
  readonly color: string;
  readonly selected: boolean;
  /** Whether it lies under the playhead while it plays. */
  readonly heard: boolean;
  /** Take the focus to another line; the line's segment, if there is one. */
  readonly goTo: (index: number) => Segment | null;
}

/** The action that plays the line again, while its text is typed too. */
const HEAR = "hear-segment";

export const DialogueLine = memo(function DialogueLine(props: LineProps) {
  const { segment, index, count, field, track, color, selected, heard } = props;
  const { controller, prefix } = useEditor();
  const value = segment.fields[field.name];
  const name = track ? trackName(track) : segment.track;
  // An answer that is there though it is not asked for can be taken back.
  const asked = value !== undefined || isAsked(field, segment.fields, track?.category);
  const locked = lockOf(controller, track) || (asked ? "" : `${field.label} is not asked for here`);
  const line = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => grow(line.current?.querySelector("textarea") ?? null));
  return (
    <li
      ref={line}
      data-segment={segment.id}
      class={`avseg-line${selected ? " avseg-line-selected" : ""}${heard ? " avseg-line-heard" : ""}`}
      aria-posinset={index + 1}
      aria-setsize={count}
      aria-current={heard ? "time" : undefined}
      onFocusCapture={() => visit(controller, segment)}
      onFocusIn={(event) => grow(event.target)}
      onFocusOut={(event) => grow(event.target)}
      onInput={(event) => grow(event.target)}
      onKeyDown={(event) => lineKey(event, props, controller)}
    >
      <Button name="Hear this segment" icon="play" look="quiet" onClick={() => controller.playSegment(segment)} />
      <span class="avseg-line-time">{formatClock(segment.start, 1)}</span>
      <span class="avseg-swatch" style={{ background: color }} />
      <span class={`avseg-line-track avseg-clip${segment.origin ? " avseg-line-origin" : ""}`} title={name} dir="auto">
        {track?.tag ?? segment.track}
        <OriginText segment={segment} />
      </span>
      <AcceptMark segment={segment} />
      <Draft
        live
        wraps
        multiline={field.multiline}
        place={{ segment: segment.id, field: field.name, label: field.label }}
        value={typeof value === "string" ? value : ""}
        attributes={{
          id: `${prefix}-line-${segment.id}`,
          "aria-label": `${field.label}: ${track?.tag ?? segment.track}, ${formatClock(segment.start, 1)}`,
          "aria-required": (field.required && asked) || undefined,
          dir: "auto",
          rows: 1,
          ...(locked ? { readOnly: true, title: locked } : {}),
        }}
        onCommit={(text, merge) => {
          controller.setField(segment.id, field, text === "" ? undefined : text, merge);
          return undefined;
        }}
      />
    </li>
  );
});

/** As high as its text while it has the focus, else one line. */
function grow(target: EventTarget | null): void {
  if (!(target instanceof HTMLTextAreaElement)) return;
  const root = target.getRootNode() as Document | ShadowRoot;
  target.style.height = "";
  if (root.activeElement === target) target.style.height = `${target.scrollHeight + 2}px`;
}

function lineKey(event: KeyboardEvent, { index, field, goTo }: LineProps, controller: Controller): void {
  const area = event.target;
  if (event.isComposing || !(area instanceof HTMLTextAreaElement)) return;
  if (controller.strokes.peek().get(strokeName(event)) === HEAR) {
    event.preventDefault();
    return controller.run(actionOf(HEAR));
  }
  if (event.key === "Escape") return leaveForEditor(event);
  const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
  const step = plain ? edgeStep(event.key, area) : 0;
  if (event.key !== "Enter") {
    if (step && goTo(index + step)) event.preventDefault();
  } else if (plain || !field.multiline) {
    event.preventDefault();
    if (plain) goOn(goTo(index + 1), controller);
  }
}

function goOn(next: Segment | null, controller: Controller): void {
  if (next) controller.playSegment(next);
  else controller.say("That was the last line.");
}

/** Up and Down leave a text at its edge; one of a single line is all edge. */
function edgeStep(key: string, area: HTMLTextAreaElement): -1 | 1 | 0 {
  const line = Number.parseFloat(getComputedStyle(area).lineHeight) || 18;
  const single = area.scrollHeight < line * 2 && !area.value.includes("\n");
  const caret = area.selectionStart === area.selectionEnd ? area.selectionStart : -1;
  if (key === "ArrowUp" && (single || caret === 0)) return -1;
  if (key === "ArrowDown" && (single || caret === area.value.length)) return 1;
  return 0;
}
