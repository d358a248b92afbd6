// What an action is: something a user can start by key, button or palette. Holds no action itself.
import type { Controller } from "../controller";

/** The groups whose actions change nothing. */
const READING: readonly ActionGroup[] = ["Play", "Select", "View", "Help"];

export const isForReading = ({ reading, group }: Action): boolean => reading ?? READING.includes(group);

export type ActionGroup =
  | "Play"
  | "Record"
  | "Segments"
  | "Select"
  | "Suggestions"
  | "Tracks"
  | "View"
  | "History"
  | "Items"
  | "Help";

export interface Action {
  /** Stable: keymaps name it. */
  readonly id: string;
  /** What it does, as a button says it. */
  readonly label: string;
  readonly group: ActionGroup;
  /** Its keystrokes unless a keymap says otherwise, as `strokeName` writes them. */
  readonly keys: readonly string[];
  /** The browser sends an event of its own on these keystrokes, as for copying: they are let through to it. */
  readonly native?: boolean;
  /** A function key starts it while text is typed, too. */
  readonly whileTyping?: boolean;
  run(controller: Controller): void;
  /** Whether it is there where nothing can be changed; when this is not said, its group tells. */
  readonly reading?: boolean;
  /** Whether a key that is held may start it again; always, when there is none. */
  mayRepeat?(controller: Controller): boolean;
  /** Whether it can be started now; reads signals, so that buttons follow. Always, when there is none. */
  enabled?(controller: Controller): boolean;
}
