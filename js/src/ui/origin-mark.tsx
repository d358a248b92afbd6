// Where a segment comes from, in a row of the table or the dialogue; a suggestion is accepted by a press on it.
import { acceptSegments, isSuggested, sourceOf } from "../core/suggestions";
import type { Segment } from "../core/types";
import { useEditor } from "./context";
import { iconLook } from "./icon";

/** In words: "suggested by silero-vad (93%), accepted". */
export function originInWords({ origin }: Segment): string {
  if (!origin) return "";
  const { source, status, confidence } = origin;
  const sure = confidence === null ? "" : ` (${Math.round(confidence * 100)}%)`;
  return `suggested by ${source}${sure}${status === "suggested" ? "" : `, ${status}`}`;
}

export function OriginText({ segment }: { segment: Segment }) {
  const { origin } = segment;
  if (!origin) return null;
  const icon = { suggested: null, accepted: "check", corrected: "edit" } as const;
  const shown = icon[origin.status];
  return (
    <small
      class={`avseg-origin avseg-clip${shown ? " avseg-icon-before" : ""}`}
      {...(shown ? { style: iconLook(shown) } : {})}
      title={originInWords(segment)}
    >
      {sourceOf(origin)}
    </small>
  );
}

export function AcceptMark({ segment }: { segment: Segment }) {
  const { controller, prefix } = useEditor();
  if (!isSuggested(segment) || controller.reading) return null;
  const name = `Accept what is ${originInWords(segment)}`;
  return (
    <button
      type="button"
      id={`${prefix}-${segment.id}-origin`}
      class="avseg-accept avseg-icon-before"
      style={iconLook("check")}
      aria-label={name}
      title={name}
      onClick={() => {
        controller.dispatch("accept suggestion", acceptSegments([segment]), { say: "1 suggestion accepted." });
      }}
    />
  );
}
