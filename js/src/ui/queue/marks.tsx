// What the user notes of the open item beside its annotation: a flag, a note; and what else is known of it.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useQueue } from "./context";
import { ItemAction, useWanted } from "./item-action";

/** How long typing must pause before a note is kept, in ms. */
const PAUSE = 500;

export function Marks() {
  const { list } = useQueue().queue;
  const { row } = list;
  if (!row) return null;
  return (
    <div class="avseg-item-marks">
      <Details details={row.details ?? {}} />
      <Note />
      <div class="avseg-item-buttons">
        <ItemAction
          id="flag-item"
          icon={row.flagged ? "flagged" : "flag"}
          name={row.flagged ? "Take the flag away" : "Flag item"}
          pressed={row.flagged ?? false}
        >
          Flag
        </ItemAction>
        <label class="avseg-option">
          <input
            type="checkbox"
            checked={list.advance.value}
            onChange={(event) => {
              list.advance.value = event.currentTarget.checked;
            }}
          />
          Done leads to the next
        </label>
      </div>
    </div>
  );
}

function Details({ details }: { details: Readonly<Record<string, string>> }) {
  const pairs = Object.entries(details);
  if (pairs.length === 0) return null;
  return (
    <dl class="avseg-item-details" dir="auto">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The note is kept while it is typed, and at the latest when its item is left: each item has a field of its own. */
function Note() {
  const { queue, focusEditor } = useQueue();
  const row = queue.list.rows.peek()[queue.list.current.peek()];
  const typed = useSignal<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const field = useWanted("note");
  const keep = () => {
    clearTimeout(timer.current);
    const note = typed.peek();
    const index = row?.index ?? -1;
    if (note !== null && note !== (queue.list.rows.peek()[index]?.note ?? "")) queue.mark(index, { note });
  };
  const latest = useRef(keep);
  latest.current = keep;
  useEffect(() => () => latest.current(), []);
  return (
    <textarea
      ref={field}
      class="avseg-input"
      rows={2}
      aria-label="Note on this item"
      placeholder="Note"
      dir="auto"
      maxLength={2000}
      value={typed.value ?? row?.note ?? ""}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(keep, PAUSE);
      }}
      onBlur={keep}
      onKeyDown={(event) => {
        if (
          event.isComposing ||
          !(event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey)))
        )
          return;
        event.preventDefault();
        event.stopPropagation();
        keep();
        focusEditor();
      }}
    />
  );
}
