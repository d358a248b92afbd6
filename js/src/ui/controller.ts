// What the controls do: joins the store, the session and the clock of one view. Draws nothing.
import { computed, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import { addTrack, placeSegment, removeSegments, setCompletion, setContent, setField } from "../core/commands";
import { type FieldValue, toAnnotation } from "../core/document";
import { type RefusedTexts, withRefused } from "../core/refused";
import { Session } from "../core/session";
import type { DocumentStore } from "../core/store";
import { lockedBy } from "../core/track-view";
import type { Assist, Diff, Field, Problem, Segment } from "../core/types";
import type { Port } from "../hosts/port";
import { ChannelMixer } from "../player/channels";
import type { MediaClock } from "../player/clock";
import { FrameWatch } from "../player/frame-watch";
import { type Action, isForReading } from "./actions/action";
import type { Panel } from "./choices";
import { addNew, counted, sentence } from "./editing";
import { isShown } from "./selecting";
import { nameOf, refuseLocked, refuseRecorded } from "./track-options";
import { UserKeymap } from "./user-keymap";

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;

/** What follows an edit once it is made; none of it does when the edit is refused. */
export interface Outcome {
  readonly say?: string | undefined;
  /** The new selection; what is hidden is left out of it. */
  readonly select?: Iterable<string> | undefined;
  /** Edits of the same `merge` are one step of the history. */
  readonly merge?: string | undefined;
}

export class Controller {
  readonly keymap: UserKeymap;
  /** What the user is asked before an edit. */
  readonly panel: Signal<Panel | null> = signal(null);
  /** How often the reason was asked for why it is done though problems are left; 0 while it is not. */
  readonly asksReason: Signal<number> = signal(0);
  /** How far a program is that looks for suggestions. */
  readonly assistance: Signal<Assist | null> = signal(null);
  readonly store: DocumentStore;
  readonly session: Session;
  readonly clock: MediaClock;
  readonly port: Port;
  readonly channels: ChannelMixer;
  readonly frames: FrameWatch;
  /** What is left to mend: in the document, and of what is typed here. */
  readonly problems: ReadonlySignal<readonly Problem[]>;

  constructor(store: DocumentStore, clock: MediaClock, port: Port, before?: RefusedTexts) {
    this.store = store;
    this.clock = clock;
    this.port = port;
    this.keymap = new UserKeymap(port.keymap);
    this.session = new Session(port.media.info, before);
    const { refused } = this.session;
    this.problems = computed(() => withRefused(store.problems.value, refused, store.document.value, store.task));
    this.frames = new FrameWatch(clock);
    this.channels = new ChannelMixer(clock.elements, port.media.info.channels);
  }

  /** The action of each keystroke. */
  get strokes() {
    return this.keymap.strokes;
  }

  get document() {
    return this.store.document.peek();
  }

  /** Whether nothing can be changed here. */
  get reading(): boolean {
    return this.port.capabilities.reading === true;
  }

  offers(action: Action): boolean {
    if (action.group === "Items" && !this.port.items) return false;
    return !this.reading || isForReading(action);
  }

  run(action: Action): void {
    if (!action.enabled || untracked(() => action.enabled?.(this))) action.run(this);
    else this.say(`${action.label}: not possible now.`);
  }

  say(notice: string): void {
    this.session.notice.value = notice;
  }

  /** Make an edit and what follows from it, unless it touches a locked track: then say that; whether it was made. */
  dispatch(label: string, diff: Diff, { say, select, merge }: Outcome = {}): boolean {
    const { document, session } = this;
    if (!document || this.reading) return false;
    if (refuseLocked(this, lockedBy(session.tracks, document, diff), label)) return false;
    // What was chosen in the list though its track is hidden stays chosen.
    const hidden = new Set([...session.selectedIds.peek()].filter((id) => !isShown(this, id)));
    this.store.dispatch(label, diff, merge);
    if (select) session.select([...select].filter((id) => hidden.has(id) || isShown(this, id)));
    const reopened = document.completion.done && this.document?.completion.done === false;
    const told = `${say ?? ""}${reopened ? " No longer marked as done." : ""}`.trim();
    // What was said of an earlier edit is no longer so; typing goes on beside what is said.
    if (told || !merge) this.say(told);
    return true;
  }

  // Tracks.

  addTrack(category: string, tag: string): void {
    if (!this.document) return;
    const diff = addTrack(this.document, category, tag);
    const [id] = Object.keys(diff.tracks?.put ?? {});
    if (!id) return this.say(`There is a track ${category}: ${tag} already.`);
    const made = this.dispatch("add track", diff, { say: `Track ${category}: ${tag} added and selected.` });
    if (made) this.session.selectedTracks.value = new Set([id]);
  }

  // Segments.

  /** Give a segment a typed time; returns what is wrong with it, or nothing. */
  setTime(id: string, edge: "start" | "end", time: number): string {
    const segment = this.document?.segments.get(id);
    if (!this.document || !segment) return "";
    const next = { ...segment, [edge]: time };
    const duration = this.session.duration.peek();
    if (time < 0 || (duration && time > duration)) return `Must lie from 0 to ${duration.toFixed(6)}`;
    if (next.start >= next.end) return edge === "start" ? "Must lie before the end" : "Must lie after the start";
    const made = this.dispatch("set time", placeSegment(this.document, id, { [edge]: time }));
    return made ? "" : "The track is locked";
  }

  setField(id: string, { name, label }: Field, value: FieldValue | undefined, merge?: string): void {
    if (this.document) this.dispatch(`edit ${label}`, setField(this.document, id, name, value), { merge });
  }

  setContent({ name, label }: Field, value: FieldValue | undefined, merge?: string): void {
    if (this.document) this.dispatch(`edit ${label}`, setContent(this.document, name, value), { merge });
  }

  deleteSelected(): void {
    const ids = [...this.session.selectedIds.peek()];
    if (!this.document || ids.length === 0)
      return this.say("Select a segment first: click it on its track or in the table.");
    const say = `${sentence(ids.length)} deleted.`;
    this.dispatch(`delete ${counted(ids.length)}`, removeSegments(this.document, ids), { select: [], say });
  }

  playSegment(segment: Segment): void {
    if (this.session.recording.peek()) this.stopRecording();
    this.session.select([segment.id]);
    const { start, end } = this.session.viewport.peek();
    if (segment.start < start || segment.start >= end)
      this.session.look(segment.start - (end - start) * 0.1, segment.start + (end - start) * 0.9);
    this.clock.playRange(segment.start, segment.end);
  }

  // Recording.

  beginRecording(): void {
    const tracks = [...this.session.selectedTracks.peek()].filter((id) => this.document?.tracks.has(id));
    if (tracks.length === 0) {
      return this.say(
        this.document?.tracks.size ? "Select a track to record on first." : "Add a track to record on first.",
      );
    }
    const locked = tracks.filter((id) => this.session.tracks.of(id).locked);
    if (refuseLocked(this, locked, "record")) return;
    const duration = this.session.duration.peek();
    const start = this.session.snap(this.clock.time.peek());
    if (duration && start >= duration)
      return this.say("The playhead is at the end: go back to where the segment starts.");
    this.session.recording.value = { start, tracks };
    this.clock.play();
    this.say("Recording.");
  }

  stopRecording(): void {
    const recording = this.session.recording.peek();
    if (!recording) return;
    this.session.recording.value = null;
    const end = this.session.snap(this.clock.time.peek());
    if (end <= recording.start)
      return this.say("Nothing was recorded: the playhead is not after the place where recording began.");
    addNew(this, recording.tracks, [recording.start, end], "record");
  }

  /** Go on recording on the tracks that are still there; without any, stop and say so. */
  keepRecording(): void {
    const { document, session } = this;
    const recording = session.recording.peek();
    if (!document || !recording) return;
    const left = recording.tracks.flatMap((id) => document.tracks.get(id) ?? []);
    if (left.length === recording.tracks.length) return;
    session.recording.value = left.length ? { ...recording, tracks: left.map(({ id }) => id) } : null;
    this.say(
      left.length
        ? `A track that was recorded on was removed; recording goes on on ${left.map(nameOf).join(", ")}.`
        : "Recording stopped and no segment was added: its track was removed. Select another track to record on.",
    );
  }

  toggleRecording(): void {
    if (this.session.recording.peek()) this.stopRecording();
    else this.beginRecording();
  }

  /** Move the playhead; a recording under way ends where it was. */
  seek(time: number): void {
    if (this.session.recording.peek()) this.stopRecording();
    const to = this.session.snap(time);
    this.clock.seek(to);
    this.show(to);
  }

  step(direction: 1 | -1): void {
    if (this.session.recording.peek()) this.stopRecording();
    // While it plays, the picture is ahead of or behind the time.
    const shown = this.clock.playing.peek() ? this.frames.shown.peek() : null;
    this.clock.step(direction, this.session.duration.peek(), shown ?? undefined);
    this.show(this.clock.time.peek());
  }

  /** Show the frame of a number counted from 1; returns what is wrong with it, or nothing. */
  goToFrame(number: number): string {
    const times = this.frames.times.peek();
    const time = times[number - 1];
    if (time === undefined) return `Frames go from 1 to ${times.length}`;
    if (this.session.recording.peek()) this.stopRecording();
    this.clock.pause();
    // The very time: the nearest sample may lie in the frame before.
    if (time !== this.clock.time.peek()) this.clock.seek(time);
    this.show(time);
    return "";
  }

  show(time: number): void {
    const { start, end } = this.session.viewport.peek();
    if (time < start || time > end) this.session.look(time - (end - start) / 2, time + (end - start) / 2);
  }

  zoom(factor: number): void {
    const { start, end } = this.session.viewport.peek();
    const time = this.clock.time.peek();
    this.session.zoom(factor, time >= start && time <= end ? time : (start + end) / 2);
  }

  changeSpeed(direction: 1 | -1): void {
    const now = SPEEDS.findIndex((speed) => speed >= this.clock.rate.peek());
    const next = SPEEDS[Math.min(Math.max(now + direction, 0), SPEEDS.length - 1)];
    if (!next) return;
    this.clock.setRate(next);
    this.say(`Speed ${next}×.`);
  }

  undo(): void {
    const label = this.store.canUndo.peek();
    if (this.#isKept(this.store.next.undo, `undo ${label}`)) return;
    this.store.undo();
    this.keepSelection();
    this.say(label ? `Undone: ${label}.` : "There is nothing to undo.");
  }

  redo(): void {
    const label = this.store.canRedo.peek();
    if (this.#isKept(this.store.next.redo, `redo ${label}`)) return;
    this.store.redo();
    this.keepSelection();
    this.say(label ? `Done again: ${label}.` : "There is nothing to do again.");
  }

  /** Say why a step of the history can't be taken: it records on a track of it, or one is locked. */
  #isKept(diff: Diff | null, label: string): boolean {
    const { document, session } = this;
    if (!document || !diff) return false;
    return (
      refuseRecorded(this, diff.tracks?.remove ?? []) ||
      refuseLocked(this, lockedBy(session.tracks, document, diff), label)
    );
  }

  /** Drop from the selection what is not in the document any more. */
  keepSelection(): void {
    const { document, session } = this;
    if (!document) return;
    const ids = [...session.selectedIds.peek()].filter((id) => document.segments.has(id));
    if (ids.length !== session.selectedIds.peek().size) session.select(ids);
    const tracks = [...session.selectedTracks.peek()].filter((id) => document.tracks.has(id));
    if (tracks.length !== session.selectedTracks.peek().size) session.selectedTracks.value = new Set(tracks);
  }

  /** Finish, or ask for the reason first where problems are left; whether nothing needs to be asked. */
  start(): boolean {
    this.asksReason.value = this.problems.peek().length ? this.asksReason.peek() + 1 : 0;
    if (this.asksReason.peek()) return false;
    void this.finish("");
    return true;
  }

  /** Hand in the answer, or mark it as done where nothing is handed in; a reason is needed while problems are left. */
  async finish(reason: string): Promise<void> {
    const { document, store, port } = this;
    if (!document || (this.problems.peek().length > 0 && !reason)) return;
    store.dispatch("mark as done", setCompletion(document, true, reason));
    this.say(port.items?.finished() || "Marked as done.");
    if (!port.capabilities.submit || !this.document) return;
    try {
      await port.submit(toAnnotation(this.document));
      this.say("Submitted.");
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  reopen(): void {
    if (this.document) this.store.dispatch("open again", setCompletion(this.document, false));
  }
}
