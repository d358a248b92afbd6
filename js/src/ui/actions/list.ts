// Actions of the list of segments: table or dialogue, which of them are shown, hearing one again.
import { isFiltering } from "../../core/rows";
import type { Controller } from "../controller";
import type { Action } from "./action";

const hasText = (c: Controller): boolean => c.store.task.segment_fields.some((field) => field.kind === "text");

export const LIST: readonly Action[] = [
  {
    id: "hear-segment",
    label: "Hear the selected segment again",
    group: "Play",
    keys: ["Ctrl+Space"],
    enabled: (c) => c.session.selectedIds.value.size > 0,
    run: (c) => {
      const [id] = c.session.selectedIds.peek();
      const segment = c.document?.segments.get(id ?? "");
      if (segment) c.playSegment(segment);
    },
  },
  {
    id: "dialogue",
    label: "Table or dialogue",
    group: "View",
    keys: ["Shift+T"],
    enabled: hasText,
    run: ({ session: { list } }) => {
      list.view.value = list.view.peek() === "table" ? "dialogue" : "table";
    },
  },
  {
    id: "filter-segments",
    label: "Filter segments by text",
    group: "View",
    keys: ["/"],
    run: (c) => {
      c.session.list.searches.value += 1;
    },
  },
  {
    id: "only-problems",
    label: "Show only segments with problems",
    group: "View",
    keys: [],
    reading: false,
    run: ({ session: { list } }) => list.narrow({ problems: !list.filter.peek().problems }),
  },
  {
    id: "clear-filter",
    label: "Clear filter",
    group: "View",
    keys: [],
    enabled: (c) => isFiltering(c.session.list.filter.value),
    run: (c) => c.session.list.clear(),
  },
];
