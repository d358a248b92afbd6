// The number keys as actions: they give segments another tag or, with none selected, choose a track to record on.
import { assignTag, tagsFor } from "../../core/tags";
import type { Track } from "../../core/types";
import type { Controller } from "../controller";
import { recordOn } from "../places";
import type { Action } from "./action";

/** The track of a row, counted from 0 among those that are shown; follows both. */
function trackAt({ store, session }: Controller, place: number): Track | undefined {
  const tracks = [...(store.document.value?.tracks.values() ?? [])];
  return tracks.filter(({ id }) => !session.tracks.of(id).hidden)[place];
}

function isPossible(controller: Controller, place: number): boolean {
  const { store, session } = controller;
  const document = store.document.value;
  if (!document) return false;
  if (session.selectedIds.value.size === 0) return trackAt(controller, place) !== undefined;
  return tagsFor(document, store.task, session.selectedIds.value).length > place;
}

function run(controller: Controller, place: number): void {
  const { store, session, document } = controller;
  if (!document) return;
  const ids = session.selectedIds.peek();
  if (ids.size === 0) {
    const track = trackAt(controller, place);
    return track && recordOn(controller, track);
  }
  const tag = tagsFor(document, store.task, ids)[place];
  if (tag === undefined) return;
  const diff = assignTag(document, ids, tag);
  if (!diff.segments) return controller.say(`The tag is ${tag} already.`);
  controller.dispatch("set tag", diff, { say: `Tag ${tag} set.`, select: ids });
}

export const TAGS: readonly Action[] = Array.from({ length: 9 }, (_, place) => ({
  id: `tag-${place + 1}`,
  label: `Set tag ${place + 1}, or record on track ${place + 1}`,
  group: "Tracks",
  keys: [String(place + 1)],
  enabled: (c) => isPossible(c, place),
  run: (c) => run(c, place),
}));
