// Changes of the document and the history as actions.
import type { Action } from "./action";

export const EDIT: readonly Action[] = [
  {
    id: "delete-segment",
    label: "Delete segment",
    group: "Segments",
    keys: ["Delete", "Backspace"],
    enabled: (c) => c.session.selectedIds.value.size > 0,
    run: (c) => c.deleteSelected(),
  },
  {
    id: "undo",
    label: "Undo",
    group: "History",
    keys: ["Ctrl+Z"],
    enabled: (c) => c.store.canUndo.value !== null,
    run: (c) => c.undo(),
  },
  {
    id: "redo",
    label: "Redo",
    group: "History",
    keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
    enabled: (c) => c.store.canRedo.value !== null,
    run: (c) => c.redo(),
  },
];
