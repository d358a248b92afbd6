// The list that the document is one item of, as actions; where there is no list, they are not offered.
import type { Controller } from "../controller";
import type { Action } from "./action";

const enabled = (c: Controller): boolean => c.port.items !== undefined;

function action(id: string, label: string, key: string): Action {
  const run = (c: Controller) => {
    const told = c.port.items?.run(id);
    if (told) c.say(told);
  };
  return { id, label, group: "Items", keys: [key], enabled, run };
}

export const ITEMS: readonly Action[] = [
  action("next-item", "Next item", ">"),
  action("previous-item", "Previous item", "<"),
  {
    ...action("finish-item", "Mark as done", "Ctrl+Enter"),
    enabled: (c) => enabled(c) && c.store.document.value?.completion.done === false,
    run: (c) => void c.start(),
  },
  action("flag-item", "Flag item, or take the flag away", "Shift+B"),
  action("item-note", "Write a note", "W"),
  action("find-item", "Find an item", "Shift+W"),
  action("item-list", "Show the list of items, or put it away", "B"),
];
