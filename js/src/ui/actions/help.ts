// Help, the palette and what else explains the editor, as actions.
import type { Action } from "./action";

export const HELP: readonly Action[] = [
  {
    id: "help",
    label: "Keyboard shortcuts",
    group: "Help",
    keys: ["?", "F1"],
    run: (c) => {
      c.session.dialog.value = "help";
    },
  },
  {
    // Not Ctrl+K or Ctrl+Shift+P: browsers, marimo and VS Code have uses of their own for them.
    id: "command-palette",
    label: "Find an action",
    group: "Help",
    keys: ["Ctrl+/"],
    run: (c) => {
      c.session.dialog.value = "palette";
    },
  },
];
