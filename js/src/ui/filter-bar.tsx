// Above the list of segments: which of them it shows, and how many those are.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type AnswerFilter, isFiltering, trackName } from "../core/rows";
import { parted } from "../core/suggestions";
import type { Field } from "../core/types";
import { ActionButton } from "./action-button";
import { useEditor } from "./context";

/** How long typing must pause before the list follows, in ms. */
const PAUSE = 150;

export function FilterBar() {
  const { controller } = useEditor();
  const { store, session } = controller;
  const { list } = session;
  const filter = list.filter.value;
  return (
    <search class="avseg-filter" aria-label="Filter segments">
      <FilterText />
      <TrackFilter />
      {store.task.segment_fields.length ? <AnswerSelect /> : null}
      {controller.reading ? null : (
        <label class="avseg-option avseg-filter-problems">
          <input
            type="checkbox"
            checked={filter.problems}
            onChange={(event) => list.narrow({ problems: event.currentTarget.checked })}
          />
          Only problems
        </label>
      )}
      {filter.suggestions || parted(store.document.value?.sorted ?? []).open.length ? (
        <label class="avseg-option avseg-filter-problems">
          <input
            type="checkbox"
            checked={filter.suggestions}
            onChange={(event) => list.narrow({ suggestions: event.currentTarget.checked })}
          />
          Only suggestions
        </label>
      ) : null}
    </search>
  );
}

/** How many segments the list shows, and a way back to all of them. */
export function ShownCount() {
  const { session, store } = useEditor().controller;
  const total = (store.document.value?.sorted.length ?? 0).toLocaleString("en");
  const filtering = isFiltering(session.list.filter.value);
  return (
    <div class="avseg-shown">
      <span role="status" aria-label="Segments shown">
        {filtering ? `${session.list.shown.value.toLocaleString("en")} of ${total}` : total}
      </span>
      {filtering ? <ActionButton id="clear-filter" icon="close" look="quiet" /> : null}
    </div>
  );
}

function FilterText() {
  const { list } = useEditor().controller.session;
  const typed = useSignal<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const input = useRef<HTMLInputElement>(null);
  const searches = list.searches.value;
  const seen = useRef(searches);
  useEffect(() => {
    if (searches !== seen.current) input.current?.select();
    if (searches !== seen.current) input.current?.focus();
    seen.current = searches;
  }, [searches]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = () => {
    clearTimeout(timer.current);
    const text = typed.peek();
    typed.value = null;
    if (text !== null && text !== list.filter.peek().text) list.narrow({ text });
  };
  return (
    <input
      ref={input}
      class="avseg-input avseg-filter-text"
      type="search"
      aria-label="Filter text"
      placeholder="Filter"
      dir="auto"
      value={typed.value ?? list.filter.value.text}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(take, PAUSE);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.isComposing) take();
        if (event.key !== "Escape" || event.isComposing) return;
        typed.value = "";
        take();
      }}
    />
  );
}

function TrackFilter() {
  const { session, store } = useEditor().controller;
  const tracks = [...(store.document.value?.tracks.values() ?? [])];
  const { track } = session.list.filter.value;
  return (
    <select
      class="avseg-select"
      aria-label="Filter track"
      value={track}
      onChange={(event) => session.list.narrow({ track: event.currentTarget.value })}
    >
      <option value="">All tracks</option>
      {tracks.map((item) => (
        <option key={item.id} value={item.id}>
          {trackName(item)}
        </option>
      ))}
      {track && !tracks.some((item) => item.id === track) ? <option value={track}>A deleted track</option> : null}
    </select>
  );
}

/** What may be asked of a field's answers. */
function choices(field: Field): [string, AnswerFilter][] {
  const ask = (name: string, want: AnswerFilter["want"], option = ""): [string, AnswerFilter] => [
    `${field.label}: ${name}`,
    { field: field.name, want, option },
  ];
  if (field.kind === "checkbox") return [ask("yes", "any"), ask("no", "none")];
  const options = "options" in field ? field.options : [];
  const stars = field.kind === "rating" ? Array.from({ length: field.max }, (_, index) => String(index + 1)) : [];
  return [
    ...[...options, ...stars].map((option) => ask(option, "option", option)),
    ask("any answer", "any"),
    ask("no answer", "none"),
  ];
}

function AnswerSelect() {
  const { session, store } = useEditor().controller;
  const { answer } = session.list.filter.value;
  const key = ({ field, want, option }: AnswerFilter) => JSON.stringify([field, want, option]);
  const all = store.task.segment_fields.map((field) => ({ field, offered: choices(field) }));
  const find = (value: string) => {
    for (const { offered } of all) for (const [, found] of offered) if (key(found) === value) return found;
    return null;
  };
  return (
    <select
      class="avseg-select"
      aria-label="Filter field"
      value={answer ? key(answer) : ""}
      onChange={(event) => session.list.narrow({ answer: find(event.currentTarget.value) })}
    >
      <option value="">All answers</option>
      {all.map(({ field, offered }) => (
        <optgroup key={field.name} label={field.label}>
          {offered.map(([name, found]) => (
            <option key={name} value={key(found)}>
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}
