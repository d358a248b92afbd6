// Going to places of segments, by seconds, pages and tracks, and windows to look through. Draws nothing.
import type { Track } from "../core/types";
import type { Controller } from "./controller";
import { NONE_SELECTED } from "./editing";
import { goTo, selectedStretch } from "./listening";
import { nameOf } from "./track-options";

/** Room that is left at each side of what is zoomed to, as a part of it. */
const MARGIN = 0.05;
/** What stays in sight of the last page, as a part of it. */
const KEPT = 0.1;

/** Go to an edge of the marked time, or of what is selected. */
export function goToEdge(controller: Controller, edge: "start" | "end"): void {
  const stretch = selectedStretch(controller);
  if (stretch) goTo(controller, stretch[edge]);
  else controller.say(NONE_SELECTED);
}

export function goBySeconds(controller: Controller, seconds: number): void {
  controller.seek(controller.clock.time.peek() + seconds);
}

export function turnPage({ session }: Controller, direction: 1 | -1): void {
  const { start, end } = session.viewport.peek();
  session.pan(direction * (end - start) * (1 - KEPT));
}

/** Have the marked time, or what is selected, fill the window. */
export function fitSelected(controller: Controller): void {
  const { session } = controller;
  const stretch = selectedStretch(controller);
  if (!stretch) return controller.say(NONE_SELECTED);
  const room = (stretch.end - stretch.start) * MARGIN;
  session.remember();
  session.look(stretch.start - room, stretch.end + room);
}

/** Choose the track to record on: the one after or before that which is chosen now. */
export function chooseTrackBeside(controller: Controller, direction: 1 | -1): void {
  const { document, session } = controller;
  const shown = [...(document?.tracks.values() ?? [])].filter((track) => !session.tracks.of(track.id).hidden);
  const places = shown.flatMap((track, place) => (session.selectedTracks.peek().has(track.id) ? [place] : []));
  const from = direction > 0 ? (places.at(-1) ?? -1) : (places[0] ?? shown.length);
  const track = shown[from + direction];
  if (!track)
    return controller.say(
      shown.length ? `This is the ${direction > 0 ? "last" : "first"} track.` : "There is no track.",
    );
  recordOn(controller, track);
}

/** Choose the one track to record on. */
export function recordOn(controller: Controller, track: Track): void {
  controller.session.selectedTracks.value = new Set([track.id]);
  controller.say(`Track ${nameOf(track)} selected to record on.`);
}
