// The list that the document is one item of, as actions; where there is no list, they are not offered.
import type { ItemsPort } from "../../hosts/port";
import type { Controller } from "../controller";
import type { Action } from "./action";

const enabled = (c: Controller): boolean => c.port.items !== undefined;

/** What a list does by itself, with or without an editor that is open; words for the user where there are any. */
const CALLS: Readonly<Record<string, (items: ItemsPort) => string | undefined>> = {
  "next-item": (items) => items.go(1),
  "previous-item": (items) => items.go(-1),
  "flag-item": (items) => items.toggleFlag(),
  "item-note": (items) => void items.writeNote(),
  "find-item": (items) => void items.search(),
  "item-list": (items) => void items.toggleList(),
};

/** Start an action of a list; what it says, or null when it is none. */
export function callItems(id: string, items: ItemsPort): string | null {
  const call = CALLS[id];
  return call ? (call(items) ?? "") : null;
}

function action(id: string, label: string, key: string): Action {
  const run = (c: Controller) => {
    const notice = c.port.items && callItems(id, c.port.items);
    if (notice) c.say(notice);
  };
  return { id, label, group: "Items", keys: [key], enabled, run };
}

export const ITEMS: readonly Action[] = [
  action("next-item", "Next item", ">"),
  action("previous-item", "Previous item", "<"),
  {
    ...action("finish-item", "Mark as done", "Ctrl+Enter"),
    enabled: (c) => enabled(c) && c.store.document.value?.completion.done === false,
    run: (c) => {
      const problems = c.store.problems.peek().length;
      if (problems === 0) void c.finish("");
      else c.say(`Not done: ${problems === 1 ? "one problem is" : `${problems} problems are`} left.`);
    },
  },
  action("flag-item", "Flag item, or take the flag away", "Shift+B"),
  action("item-note", "Write a note", "W"),
  action("find-item", "Find an item", "Shift+W"),
  action("item-list", "Show the list of items, or put it away", "B"),
];
