// All actions, in the order in which help lists them.
import type { Action } from "./action";
import { EDIT } from "./edit";
import { HELP } from "./help";
import { ITEMS } from "./items";
import { LIST } from "./list";
import { PLAY } from "./play";
import { SEGMENTS } from "./segments";
import { SELECT } from "./select";
import { SUGGESTIONS } from "./suggestions";
import { TAGS } from "./tags";
import { TRACKS } from "./tracks";
import { VIEW } from "./view";

export const ACTIONS: readonly Action[] = [
  ...PLAY,
  ...SEGMENTS,
  ...SELECT,
  ...SUGGESTIONS,
  ...LIST,
  ...EDIT,
  ...TRACKS,
  ...VIEW,
  ...TAGS,
  ...ITEMS,
  ...HELP,
];

const BY_ID: ReadonlyMap<string, Action> = new Map(ACTIONS.map((action) => [action.id, action]));

export function actionOf(id: string): Action {
  const action = BY_ID.get(id);
  if (!action) throw new Error(`there is no action ${id}`);
  return action;
}

/** The editor's own keymap. */
export const DEFAULT_KEYMAP = Object.fromEntries(ACTIONS.map((action) => [action.id, action.keys]));
