// Keymaps for hands that know another tool: its own keys for what this editor does too. Knows no action; an id that
// the editor does not have is passed over.
import type { Keymap } from "./keymap";
import type { KeymapChoice } from "./types";

export type PresetName = KeymapChoice["preset"];

export interface Preset {
  readonly label: string;
  readonly keys: Keymap;
}

/** As in CVAT's audio editor. Tab, which goes to the next interval there, stays with the focus here. */
const CVAT: Keymap = {
  play: ["Space"],
  "previous-frame": ["D", "Left"],
  "next-frame": ["F", "Right"],
  "play-segment": ["Shift+Space"],
  loop: ["R"],
  "add-segment": ["N"],
  record: ["Shift+N"],
  "zoom-to-selected": ["I"],
  extend: ["Shift+E"],
  split: ["Alt+M"],
  "lock-track": ["L"],
  "hide-track": ["H"],
  "clear-selection": ["Esc"],
  "delete-segment": ["Delete"],
  undo: ["Ctrl+Z"],
  redo: ["Ctrl+Shift+Z", "Ctrl+Y"],
  help: ["F1", "?"],
};

/** As in ELAN's annotation mode. */
const ELAN: Keymap = {
  play: ["Ctrl+Space", "Space"],
  "play-selection": ["Shift+Space"],
  "play-around": ["Ctrl+Shift+Space"],
  loop: ["Ctrl+L"],
  "previous-frame": ["Ctrl+Left"],
  "next-frame": ["Ctrl+Right"],
  "skip-to-start": ["Ctrl+B"],
  "skip-to-end": ["Ctrl+E"],
  "go-to-time": ["Ctrl+G"],
  "second-back": ["Shift+Left"],
  "second-on": ["Shift+Right"],
  "previous-track": ["Ctrl+Up"],
  "next-track": ["Ctrl+Down"],
  "add-segment": ["Alt+N"],
  "previous-segment": ["Alt+Left"],
  "next-segment": ["Alt+Right"],
  "delete-segment": ["Alt+D"],
  duplicate: ["Ctrl+D"],
  "nudge-start-left": ["Ctrl+J"],
  "nudge-start-right": ["Ctrl+U"],
  "nudge-end-left": ["Ctrl+Shift+J"],
  "nudge-end-right": ["Ctrl+Shift+U"],
  "clear-selection": ["Alt+Shift+C"],
  "zoom-in": ["Ctrl+="],
  "zoom-out": ["Ctrl+-"],
  "show-all": ["Ctrl+0"],
  undo: ["Ctrl+Z"],
  redo: ["Ctrl+Y", "Ctrl+Shift+Z"],
};

/**
 * As in Praat's TextGrid editor. Its Tab and Shift+Tab, which play, stay with the focus here and are Space and
 * Shift+Space; its Ctrl+N is the browser's own.
 */
const PRAAT: Keymap = {
  play: ["Space"],
  "play-visible": ["Shift+Space"],
  "play-selection": ["Ctrl+Space"],
  split: ["Enter"],
  merge: ["Alt+Backspace"],
  "previous-segment": ["Alt+Left"],
  "next-segment": ["Alt+Right"],
  "previous-track": ["Alt+Up"],
  "next-track": ["Alt+Down"],
  "start-to-zero-crossing": ["Ctrl+,"],
  "end-to-zero-crossing": ["Ctrl+."],
  "page-left": ["PageUp"],
  "page-right": ["PageDown"],
  "zoom-back": ["Ctrl+B"],
  "show-all": ["Ctrl+A"],
  "zoom-in": ["Ctrl+I"],
  "zoom-out": ["Ctrl+O"],
  undo: ["Ctrl+Z"],
  redo: ["Ctrl+Y"],
};

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  default: { label: "Default", keys: {} },
  cvat: { label: "CVAT", keys: CVAT },
  elan: { label: "ELAN", keys: ELAN },
  praat: { label: "Praat", keys: PRAAT },
};

/** A preset's keys for the actions that there are, so that no keystroke goes to one that there is not. */
export function presetKeys(name: PresetName, known: (id: string) => boolean): Keymap {
  return Object.fromEntries(Object.entries(PRESETS[name].keys).filter(([id]) => known(id)));
}
