// The list of a labeling queue: what it shows, where next leads, and which time counts as work.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ActiveTime,
  type ItemFilter,
  type ItemSort,
  PLAIN_VIEW,
  QueueList,
  showLength,
  statusOf,
} from "../src/core/queue";
import type { QueueRow } from "../src/core/types";

function listOf(rows: Partial<QueueRow>[], current = 0): QueueList {
  const all = rows.map((row, index) => ({ item: `item-${index}`, ...row, index }));
  const opened = { type: "opened" as const, index: current, setup: null, state: null, problem: "" };
  return new QueueList(
    { id: "queue", rows: all, opened, progress: "", annotator: "ann", round: 1, store: "labels.db", lasting: "" },
    PLAIN_VIEW,
  );
}

const shown = (list: QueueList) => list.shown.value.map((row) => row.item);

test("the list is filtered, searched and sorted, and never loses the item that is open", () => {
  const list = listOf([
    { item: "b10", status: "done", seconds: 3 },
    { item: "b9", flagged: true, note: "noise" },
    { item: "a", status: "started", details: { speaker: "Anna" } },
  ]);
  expect(shown(list)).toEqual(["b10", "b9", "a"]);
  list.look({ sort: "name" });
  expect(shown(list)).toEqual(["a", "b9", "b10"]);
  list.look({ sort: "status" });
  expect(shown(list)).toEqual(["b9", "a", "b10"]);
  list.look({ filter: "flagged" });
  expect(shown(list)).toEqual(["b9", "b10"]);
  list.look({ filter: "all", query: "ANNA speaker" });
  expect(shown(list)).toEqual(["a", "b10"]);
  list.current.value = 1;
  list.look({ query: "noise" });
  expect(shown(list)).toEqual(["b9"]);
  expect(list.view.value.sort).toBe("status");
});

test("next and previous follow what is shown; after done comes what is not, around the end", () => {
  const list = listOf([{ status: "done" }, {}, { problem: "no such file" }, { status: "done" }], 3);
  expect([list.next(1), list.next(-1)]).toEqual([null, 2]);
  expect(list.nextOpen()).toBe(1);
  list.take([{ index: 1, item: "item-1", status: "done" }], "4 of 4");
  expect(list.nextOpen()).toBe(null);
  expect(list.progress.value).toBe("4 of 4");
});

test("walking by next visits every row of any view once, in its order", () => {
  const row = fc.record({
    item: fc.string({ maxLength: 4 }),
    status: fc.constantFrom("new" as const, "started" as const, "done" as const),
    flagged: fc.boolean(),
    seconds: fc.nat(9),
  });
  const view = fc.record({
    query: fc.string({ maxLength: 2 }),
    filter: fc.constantFrom<ItemFilter>("all", "open", "new", "started", "done", "flagged"),
    sort: fc.constantFrom<ItemSort>("order", "name", "status", "seconds"),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), view, (rows, change) => {
      const list = listOf(rows);
      list.look(change);
      const fits = list.shown.value.filter((each) => each.index !== 0).length;
      const first = list.shown.value[0];
      if (first) list.current.value = first.index;
      const visited = new Set<number>([list.current.value]);
      for (let to = list.next(1); to !== null; to = list.next(1)) {
        expect(visited.has(to)).toBe(false);
        visited.add(to);
        list.current.value = to;
      }
      expect(visited.size).toBeGreaterThanOrEqual(fits);
      const next = list.nextOpen();
      if (next !== null) expect(statusOf(list.rows.value[next] as QueueRow)).not.toBe("done");
    }),
  );
});

test("long pauses are no work, and time that runs backwards is none", () => {
  const time = new ActiveTime();
  for (const now of [0, 1000, 61_000, 200_000, 203_000, 202_000]) time.touch(now);
  expect(time.counted).toBe(64_000);
  expect([time.take(), time.take()]).toEqual([64, 0]);
});

test("lengths read as clocks do", () => {
  expect([0, 0.2, 7, 185.4, 3723].map(showLength)).toEqual(["0:00", "0:01", "0:07", "3:05", "1:02:03"]);
});
