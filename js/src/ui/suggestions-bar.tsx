// Below the tracks: how many suggestions are left to look at and what to do with them, and how far a program is that looks for more.
import type { Assist } from "../core/types";
import { ActionButton } from "./action-button";
import { useEditor } from "./context";
import { openSuggestions } from "./suggestions";

export function SuggestionsBar() {
  const { controller } = useEditor();
  const { length } = openSuggestions(controller);
  const status = controller.store.connection.value === "up" ? controller.assistance.value : null;
  const running = status && (status.state === "running" || status.state === "cancelling") ? status : null;
  if (length === 0 && !running) return null;
  return (
    <div class="avseg-suggestions">
      {running ? <Progress status={running} /> : null}
      {length ? (
        <div class="avseg-group" role="toolbar" aria-label="Suggestions">
          <b>
            {length.toLocaleString("en")} {length === 1 ? "suggestion" : "suggestions"} to look at
          </b>
          <ActionButton id="previous-suggestion" icon="previous" />
          <ActionButton id="next-suggestion" icon="next" />
          <ActionButton id="accept-suggestions">Accept</ActionButton>
          <ActionButton id="reject-suggestions">Reject</ActionButton>
          <ActionButton id="accept-all-suggestions">Accept all</ActionButton>
          <ActionButton id="reject-all-suggestions">Reject all</ActionButton>
        </div>
      ) : null}
    </div>
  );
}

function Progress({ status }: { status: Assist }) {
  const { source, progress, state } = status;
  const percent = progress === null ? null : Math.floor(progress * 100);
  const cancelling = state === "cancelling";
  const told = cancelling ? "cancelling at its next step" : percent === null ? "running" : `${percent}%`;
  return (
    <div class="avseg-group">
      <span>
        {source}: {told}
      </span>
      <progress aria-label={`Progress of ${source}`} {...(percent === null ? {} : { value: percent })} max={100} />
      <ActionButton id="cancel-assistance">Cancel</ActionButton>
    </div>
  );
}
