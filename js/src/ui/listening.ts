// Playing of stretches, following, and going from place to place: what the controls of listening do. Draws nothing.
import { effect, untracked } from "@preact/signals";
import { spokenField } from "../core/fields";
import { extent, nearProblem, nextGap, nextSegment, previousSegment } from "../core/navigate";
import { isListed } from "../core/rows";
import { formatClock, parseTime } from "../core/time";
import type { Problem, Segment } from "../core/types";
import { showTime, type Viewport } from "../core/viewport";
import type { MediaClock } from "../player/clock";
import { longest, visible } from "../timeline/layout";
import type { Controller } from "./controller";

/** How much is played before and after the cursor, in seconds. */
const AROUND = 1;

/** Play a stretch of the file, looped when that is on. */
export function playStretch(controller: Controller, { start, end }: Viewport): void {
  if (controller.session.recording.peek()) controller.stopRecording();
  const { clock, session } = controller;
  clock.playRange(Math.max(0, start), Math.min(end, session.duration.peek() || end));
}

/** The marked time, or else from the first start to the last end of the selected segments. */
export function selectedStretch({ session, store }: Controller): Viewport | null {
  const range = session.listening.range.value;
  const { segments } = store.document.value ?? {};
  return range ?? extent([...session.selectedIds.value].flatMap((id) => segments?.get(id) ?? []));
}

export function playAround(controller: Controller): void {
  const now = controller.clock.time.peek();
  playStretch(controller, { start: now - AROUND, end: now + AROUND });
}

/** Put one edge of the marked time at the playhead; without the other edge it reaches to the file's. */
export function markEdge({ session, clock }: Controller, edge: "start" | "end"): void {
  const { listening } = session;
  const now = session.snap(clock.time.peek());
  const whole = { start: 0, end: session.duration.peek() };
  const next = { ...(listening.range.peek() ?? whole), [edge]: now };
  const kept = next.end > next.start ? next : { ...whole, [edge]: now };
  listening.range.value = kept.end > kept.start ? kept : null;
}

// Going to places.

/** Move the playhead to an exact time, which need not lie on the media's grid. */
export function goTo(controller: Controller, time: number): void {
  if (controller.session.recording.peek()) controller.stopRecording();
  controller.clock.seek(time);
  controller.show(time);
}

/** Go to a typed time; returns what is wrong with it, or nothing. */
export function goToTyped(controller: Controller, text: string): string {
  const { info, duration } = controller.session;
  const time = parseTime(text, info.sample_rate);
  if (time === null) return "Write 1:02:03.456, seconds such as 62.5, or samples such as 48000#";
  // The end as it is shown is rounded, and may lie behind the end.
  const isEnd = formatClock(time) === formatClock(duration.peek());
  if (time > duration.peek() && !isEnd) return `The media ends at ${formatClock(duration.peek())}`;
  goTo(controller, Math.min(time, duration.peek()));
  controller.say(`At ${formatClock(time)}.`);
  return "";
}

/** The segments that going from one to the next visits: of the selected tracks, or of all that are shown. */
function visited({ document, session }: Controller): readonly Segment[] {
  if (!document) return [];
  const chosen = session.selectedTracks.peek();
  const shown = [...document.tracks.keys()].filter((id) => !session.tracks.of(id).hidden);
  const tracks = new Set(chosen.size ? shown.filter((id) => chosen.has(id)) : shown);
  if (tracks.size === document.tracks.size) return document.sorted;
  return document.sorted.filter((segment) => tracks.has(segment.track));
}

const whereText = ({ session }: Controller): string =>
  session.selectedTracks.peek().size ? " on the selected tracks" : "";

export function goToSegment(controller: Controller, direction: 1 | -1): void {
  const { session, clock } = controller;
  const find = direction > 0 ? nextSegment : previousSegment;
  const segment = find(visited(controller), clock.time.peek(), session.selectedId.peek());
  if (!segment) {
    return controller.say(
      `There is no segment ${direction > 0 ? "after" : "before"} the playhead${whereText(controller)}.`,
    );
  }
  session.select([segment.id]);
  goTo(controller, segment.start);
}

export function goToGap(controller: Controller): void {
  const { session, clock } = controller;
  const gap = nextGap(visited(controller), clock.time.peek(), session.duration.peek());
  if (!gap) return controller.say(`There is no gap after the playhead${whereText(controller)}.`);
  goTo(controller, gap.start);
  controller.say(`Gap from ${formatClock(gap.start)} to ${formatClock(gap.end)}.`);
}

/** Select the segment of a problem where its field is, and say what it is; a filter that hides it is cleared. */
export function showProblem(controller: Controller, { segment: id, field, message }: Problem): void {
  const { session, store, document } = controller;
  const segment = document?.segments.get(id);
  if (!document || !segment) return controller.say(message);
  if (field !== spokenField(store.task.segment_fields)?.name) session.list.view.value = "table";
  const shown = { document, task: store.task, filter: session.list.filter.peek(), problems: new Set([id]) };
  const hidden = !isListed(shown, segment);
  if (hidden) session.list.clear();
  session.select([id]);
  controller.say(`${message}${hidden ? ". The filter was cleared to show it." : ""}`);
}

export function goToProblem(controller: Controller, direction: 1 | -1): void {
  const { session } = controller;
  const problem = nearProblem(controller.problems.peek(), session.listening.problem.peek(), direction);
  if (!problem) return controller.say("There are no problems.");
  const segment = controller.document?.segments.get(problem.segment);
  if (segment) goTo(controller, segment.start);
  showProblem(controller, problem);
  session.listening.problem.value = { ...problem };
}

// What goes on while it plays.

/** Whether a muted track has a segment at a time. */
export function isSilenced({ document, session }: Controller, time: number): boolean {
  if (!document) return false;
  return session.tracks.which(document, "muted").some((id) => {
    const list = document.byTrack.get(id) ?? [];
    return visible(list, { start: time, end: time + 1e-9 }, longest(list)).length > 0;
  });
}

/** What an editor tells its page when it begins to play. */
const PLAYS = "avseg-plays";

/** Let no two editors of a page be heard at once. */
function playAlone(clock: MediaClock): () => void {
  const page = clock.element.ownerDocument;
  const hear = (event: Event) => {
    if ((event as CustomEvent<MediaClock>).detail !== clock && clock.playing.peek()) clock.pause();
  };
  page.addEventListener(PLAYS, hear);
  const stop = effect(() => {
    if (clock.playing.value) untracked(() => page.dispatchEvent(new CustomEvent(PLAYS, { detail: clock })));
  });
  return () => {
    stop();
    page.removeEventListener(PLAYS, hear);
  };
}

/** Let the window follow the playhead, and muted tracks be silent, until the returned function is called. */
export function listen(controller: Controller): () => void {
  const { clock, session } = controller;
  const { listening } = session;
  clock.silence = (time) => isSilenced(controller, time);
  const stops = [
    playAlone(clock),
    effect(() => {
      clock.starts.value;
      listening.held.value = false;
    }),
    effect(() => {
      const time = clock.time.value;
      const mode = listening.follow.value;
      if (!clock.playing.value || listening.held.value || mode === "off") return;
      const view = session.viewport.peek();
      const half = (view.end - view.start) / 2;
      if (mode === "center") session.look(time - half, time + half);
      else session.viewport.value = showTime(view, time, session.duration.peek());
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
