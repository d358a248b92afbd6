// The segments as words: what to show, then a table to edit or a dialogue to write down.

import { spokenField } from "../core/fields";
import { isFiltering } from "../core/rows";
import { useEditor } from "./context";
import { Dialogue } from "./dialogue";
import { FilterBar, ShownCount } from "./filter-bar";
import { SegmentTable } from "./segment-table";

const VIEWS = [
  ["table", "Table"],
  ["dialogue", "Dialogue"],
] as const;

export function SegmentPane() {
  const { controller, prefix } = useEditor();
  const { store, session } = controller;
  const field = spokenField(store.task.segment_fields);
  const view = field ? session.list.view.value : "table";
  const panel = field
    ? { role: "tabpanel" as const, id: `${prefix}-segments`, "aria-labelledby": `${prefix}-tab-${view}` }
    : {};
  return (
    <>
      <div class="avseg-pane-head">
        <h3>Segments</h3>
        <ShownCount />
        {field ? <Views view={view} /> : null}
      </div>
      <FilterBar />
      <div class="avseg-pane" {...panel}>
        {field && view === "dialogue" ? <Dialogue field={field} /> : <SegmentTable />}
        <Empty />
      </div>
    </>
  );
}

function Views({ view }: { view: "table" | "dialogue" }) {
  const { controller, prefix } = useEditor();
  const { list } = controller.session;
  const turn = (event: KeyboardEvent) => {
    const at = { ArrowLeft: 0, Home: 0, ArrowRight: 1, End: 1 }[event.key];
    const tab = at === undefined ? undefined : VIEWS[at];
    if (!tab) return;
    event.preventDefault();
    list.view.value = tab[0];
    ((event.currentTarget as HTMLElement).children[at ?? 0] as HTMLElement).focus();
  };
  return (
    <div class="avseg-tabs" role="tablist" aria-label="Segments as" tabIndex={-1} onKeyDown={turn}>
      {VIEWS.map(([id, name]) => (
        <button
          key={id}
          type="button"
          role="tab"
          class="avseg-tab"
          id={`${prefix}-tab-${id}`}
          aria-selected={view === id}
          aria-controls={`${prefix}-segments`}
          tabIndex={view === id ? 0 : -1}
          onClick={() => {
            list.view.value = id;
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

function Empty() {
  const { session, store, reading } = useEditor().controller;
  if (store.document.value?.sorted.length === 0)
    return (
      <p class="avseg-empty">
        {reading ? "No segments." : "No segments yet. Each one you record or draw appears here."}
      </p>
    );
  if (session.list.shown.value > 0 || !isFiltering(session.list.filter.value)) return null;
  return <p class="avseg-empty">No segment fits the filter.</p>;
}
