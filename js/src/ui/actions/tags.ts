// The number keys as actions: they give segments another tag or, with none selected, choose a track to record on.
import { assignTag, tagsFor } from "../../core/tags";
import type { Controller } from "../controller";
import type { Action } from "./action";

function isPossible({ store, session }: Controller, place: number): boolean {
  const document = store.document.value;
  if (!document) return false;
  if (session.selectedIds.value.size === 0) return document.tracks.size > place;
  return tagsFor(document, store.task, session.selectedIds.value).length > place;
}

function run(controller: Controller, place: number): void {
  const { store, session, document } = controller;
  if (!document) return;
  const ids = session.selectedIds.peek();
  if (ids.size === 0) {
    const track = [...document.tracks.values()][place];
    if (!track) return;
    session.selectedTracks.value = new Set([track.id]);
    return controller.say(`Track ${track.category}: ${track.tag} selected to record on.`);
  }
  const tag = tagsFor(document, store.task, ids)[place];
  if (tag === undefined) return;
  const diff = assignTag(document, ids, tag);
  controller.dispatch("set tag", diff);
  controller.say(diff.segments ? `Tag ${tag} set.` : `The tag is ${tag} already.`);
}

export const TAGS: readonly Action[] = Array.from({ length: 9 }, (_, place) => ({
  id: `tag-${place + 1}`,
  label: `Set tag ${place + 1}, or record on track ${place + 1}`,
  group: "Tracks",
  keys: [String(place + 1)],
  enabled: (c) => isPossible(c, place),
  run: (c) => run(c, place),
}));
