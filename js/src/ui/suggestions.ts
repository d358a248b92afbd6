// Looking at suggestions one by one or all together: what the keys and buttons do, and what is said of it. Draws nothing.
import { removeSegments } from "../core/commands";
import { nextSegment, previousSegment } from "../core/navigate";
import { acceptSegments, parted } from "../core/suggestions";
import type { Segment } from "../core/types";
import type { Controller } from "./controller";
import { goTo } from "./listening";
import { reveal } from "./listing";

const counted = (count: number): string => (count === 1 ? "suggestion" : `${count} suggestions`);
const sentence = (count: number): string => `${count} ${count === 1 ? "suggestion" : "suggestions"}`;

/** What nobody has accepted or changed, in order; follows the document. */
export function openSuggestions({ store }: Controller): readonly Segment[] {
  return parted(store.document.value?.sorted ?? []).open;
}

/** The suggestions meant, or none after a word to the user. */
function meant(controller: Controller, which: "selected" | "all"): readonly Segment[] {
  const open = openSuggestions(controller);
  const selected = controller.session.selectedIds.peek();
  const found = which === "all" ? open : open.filter(({ id }) => selected.has(id));
  if (open.length === 0) controller.say("There is no suggestion to look at.");
  else if (found.length === 0)
    controller.say(`Select a suggestion first: ${sentence(open.length)} left, with dashed lines.`);
  return found;
}

/** What is said of suggestions once they are not open any more. */
function told(controller: Controller, count: number, what: string): string {
  const left = openSuggestions(controller).length - count;
  return `${sentence(count)} ${what}${left ? `, ${left} left` : ""}.`;
}

/** Take suggestions as they are, as one step. */
export function acceptSuggestions(controller: Controller, which: "selected" | "all"): void {
  const found = meant(controller, which);
  if (found.length === 0) return;
  const say = told(controller, found.length, "accepted");
  controller.dispatch(`accept ${counted(found.length)}`, acceptSegments(found), { say });
}

/** Remove suggestions, as one step. */
export function rejectSuggestions(controller: Controller, which: "selected" | "all"): void {
  const found = meant(controller, which);
  const ids = found.map(({ id }) => id);
  const { document } = controller;
  if (!document || ids.length === 0) return;
  const say = told(controller, ids.length, "rejected");
  controller.dispatch(`reject ${counted(ids.length)}`, removeSegments(document, ids), { say });
  controller.keepSelection();
}

/** Select the suggestion after or before the playhead, from one end to the other. */
export function goToSuggestion(controller: Controller, direction: 1 | -1): void {
  const open = openSuggestions(controller);
  const find = direction > 0 ? nextSegment : previousSegment;
  const { session, clock } = controller;
  const found = find(open, clock.time.peek(), session.selectedId.peek()) ?? open.at(direction > 0 ? 0 : -1);
  if (!found) return controller.say("There is no suggestion to look at.");
  session.select([found.id]);
  goTo(controller, found.start);
  reveal(controller, found);
  controller.say(`Suggestion ${open.indexOf(found) + 1} of ${open.length}.`);
}
