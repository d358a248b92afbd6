// What can be done to the selected tracks, as actions.
import type { Controller } from "../controller";
import { chooseTrackBeside } from "../places";
import { deleteTrack, hideTrack, shiftTrack, showTracks, toggleLock, toggleMute } from "../track-options";
import type { Action } from "./action";

const chosen = (c: Controller): string[] =>
  [...(c.store.document.value?.tracks.keys() ?? [])].filter((id) => c.session.selectedTracks.value.has(id));

const some = (c: Controller): boolean => chosen(c).length > 0;

const each = (act: (controller: Controller, id: string) => void) => (c: Controller) => {
  for (const id of chosen(c)) act(c, id);
};

export const TRACKS: readonly Action[] = [
  {
    id: "previous-track",
    label: "Record on the track above",
    group: "Tracks",
    keys: ["Alt+Up"],
    run: (c) => chooseTrackBeside(c, -1),
  },
  {
    id: "next-track",
    label: "Record on the track below",
    group: "Tracks",
    keys: ["Alt+Down"],
    run: (c) => chooseTrackBeside(c, 1),
  },
  {
    id: "move-track-up",
    label: "Move track up",
    group: "Tracks",
    keys: ["Alt+Shift+Up"],
    enabled: some,
    run: each((c, id) => shiftTrack(c, id, -1)),
  },
  {
    id: "move-track-down",
    label: "Move track down",
    group: "Tracks",
    keys: ["Alt+Shift+Down"],
    enabled: some,
    run: (c) => {
      for (const id of chosen(c).reverse()) shiftTrack(c, id, 1);
    },
  },
  { id: "lock-track", label: "Lock or unlock track", group: "Tracks", keys: [], enabled: some, run: each(toggleLock) },
  {
    id: "mute-track",
    label: "Mute or unmute track",
    group: "Tracks",
    keys: [],
    reading: true,
    enabled: some,
    run: each(toggleMute),
  },
  {
    id: "hide-track",
    label: "Hide track",
    group: "Tracks",
    keys: [],
    reading: true,
    enabled: some,
    run: each(hideTrack),
  },
  {
    id: "show-tracks",
    label: "Show hidden tracks",
    group: "Tracks",
    keys: [],
    reading: true,
    enabled: (c) =>
      c.store.document.value !== null && c.session.tracks.which(c.store.document.value, "hidden").length > 0,
    run: showTracks,
  },
  { id: "delete-track", label: "Delete track", group: "Tracks", keys: [], enabled: some, run: each(deleteTrack) },
];
