// The list of a queue and what belongs to it: how far it is, what of it is shown, the open item's note and flag.
import { statusOf } from "../../core/queue";
import { useQueue } from "./context";
import { ItemAction } from "./item-action";
import { ItemList } from "./list";
import { Marks } from "./marks";
import { ItemName } from "./row";
import { Tools } from "./tools";

export function Panel() {
  const { list } = useQueue().queue;
  const { collapsed } = list.view.value;
  return (
    <section class="avseg-items-box" aria-label="Items" data-collapsed={collapsed}>
      <div class="avseg-items-head">
        <ItemAction
          id="item-list"
          icon={collapsed ? "show" : "hide"}
          name={collapsed ? "Show the list" : "Hide the list"}
        />
        <Place />
        <span class="avseg-spring" />
        <ItemAction id="previous-item" icon="previous" name="Previous item" disabled={list.next(-1) === null} />
        <ItemAction id="next-item" icon="next" name="Next item" disabled={list.next(1) === null} />
      </div>
      <ProgressLine />
      {list.notice.value ? (
        <p class="avseg-message avseg-message-error" role="alert">
          <span>{list.notice.value}</span>
        </p>
      ) : null}
      {collapsed ? null : (
        <>
          <Tools />
          <ItemList />
          <Marks key={list.current.value} />
        </>
      )}
    </section>
  );
}

/** Which item is open, and where in what is shown. */
function Place() {
  const { list } = useQueue().queue;
  const shown = list.shown.value;
  const place = shown.findIndex((row) => row.index === list.current.value);
  const row = shown[place];
  return (
    <span class="avseg-items-place">
      {list.view.value.collapsed && row ? <ItemName item={row.item} /> : <h3>Items</h3>}
      <span role="status" aria-label="Items shown">
        {list.isNarrowed
          ? `${shown.length.toLocaleString("en")} of ${list.rows.value.length.toLocaleString("en")}`
          : `${(place + 1).toLocaleString("en")} / ${shown.length.toLocaleString("en")}`}
      </span>
    </span>
  );
}

function ProgressLine() {
  const { list } = useQueue().queue;
  const done = list.rows.value.filter((row) => statusOf(row) === "done").length;
  const total = list.rows.value.length;
  return (
    <div class="avseg-items-progress">
      <div
        class="avseg-items-bar"
        role="progressbar"
        aria-label="Items done"
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
      >
        <span style={{ width: `${(100 * done) / Math.max(1, total)}%` }} />
      </div>
      <span>{list.progress.value}</span>
    </div>
  );
}
