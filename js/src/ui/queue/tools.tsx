// Which items the list shows, and in which order.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ItemFilter, ItemSort } from "../../core/queue";
import { useQueue } from "./context";
import { useWanted } from "./item-action";

/** How long typing must pause before what was typed is taken, in ms. */
const PAUSE = 200;

const FILTERS: readonly (readonly [ItemFilter, string])[] = [
  ["all", "All items"],
  ["open", "Not done"],
  ["new", "New"],
  ["started", "Started"],
  ["done", "Done"],
  ["flagged", "Flagged"],
  ["noted", "With a note"],
  ["broken", "Can’t be opened"],
];

const SORTS: readonly (readonly [ItemSort, string])[] = [
  ["order", "In order"],
  ["name", "By name"],
  ["status", "By status"],
  ["seconds", "By time spent"],
];

export function Tools() {
  const { list } = useQueue().queue;
  const { filter, sort } = list.view.value;
  return (
    <search class="avseg-items-tools" aria-label="Find items">
      <SearchBox />
      <select
        class="avseg-select"
        aria-label="Show items"
        value={filter}
        onChange={(event) => list.look({ filter: event.currentTarget.value as ItemFilter })}
      >
        {FILTERS.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <select
        class="avseg-select"
        aria-label="Sort items"
        value={sort}
        onChange={(event) => list.look({ sort: event.currentTarget.value as ItemSort })}
      >
        {SORTS.map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </search>
  );
}

function SearchBox() {
  const { queue, focusEditor } = useQueue();
  const { list } = queue;
  const typed = useSignal<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const input = useWanted("search");
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = () => {
    clearTimeout(timer.current);
    const query = typed.peek();
    typed.value = null;
    if (query !== null) list.look({ query });
  };
  return (
    <input
      ref={input}
      class="avseg-input"
      type="search"
      aria-label="Search items"
      placeholder="Search names and notes"
      dir="auto"
      value={typed.value ?? list.view.value.query}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(take, PAUSE);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Escape") typed.value = "";
        if (event.key !== "Enter" && event.key !== "Escape") return;
        take();
        focusEditor();
      }}
    />
  );
}
