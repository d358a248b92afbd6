// Selecting segments as actions.
import { selectAll, selectOnTracks } from "../selecting";
import type { Action } from "./action";

export const SELECT: readonly Action[] = [
  { id: "select-all", label: "Select all segments", group: "Select", keys: ["Ctrl+A"], run: selectAll },
  { id: "select-track", label: "Select all on track", group: "Select", keys: ["Shift+A"], run: selectOnTracks },
  {
    id: "clear-selection",
    label: "Select nothing",
    group: "Select",
    keys: ["Esc"],
    run: (c) => c.session.select([]),
  },
];
