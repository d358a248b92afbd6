// What the controls do: joins the store, the session and the clock of one view. Draws nothing.
import { type Signal, signal, untracked } from "@preact/signals";
import {
  addSegments,
  addTrack,
  placeSegment,
  removeSegments,
  removeTrack,
  setCompletion,
  setContent,
  setField,
} from "../core/commands";
import { type FieldValue, toAnnotation } from "../core/document";
import { strokesOf } from "../core/keymap";
import type { Preview } from "../core/session";
import { Session } from "../core/session";
import type { DocumentStore } from "../core/store";
import type { Segment } from "../core/types";
import type { Port } from "../hosts/port";
import type { MediaClock } from "../player/clock";
import { DEFAULT_KEYMAP } from "./actions";
import type { Action } from "./actions/action";

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;

export class Controller {
  /** The action of each keystroke. */
  readonly strokes: Signal<ReadonlyMap<string, string>> = signal(strokesOf(DEFAULT_KEYMAP));
  readonly store: DocumentStore;
  readonly session: Session;
  readonly clock: MediaClock;
  readonly port: Port;

  constructor(store: DocumentStore, clock: MediaClock, port: Port) {
    this.store = store;
    this.clock = clock;
    this.port = port;
    this.session = new Session(port.media.info);
  }

  get document() {
    return this.store.document.peek();
  }

  run(action: Action): void {
    if (!action.enabled || untracked(() => action.enabled?.(this))) action.run(this);
    else this.say(`${action.label}: not possible now.`);
  }

  say(notice: string): void {
    this.session.notice.value = notice;
  }

  // Tracks.

  addTrack(category: string, tag: string): void {
    if (!this.document) return;
    const diff = addTrack(this.document, category, tag);
    const [id] = Object.keys(diff.tracks?.put ?? {});
    if (!id) return this.say(`There is a track ${category}: ${tag} already.`);
    this.store.dispatch("add track", diff);
    this.session.selectedTracks.value = new Set([id]);
    this.say(`Track ${category}: ${tag} added and selected.`);
  }

  removeTrack(id: string): void {
    const track = this.document?.tracks.get(id);
    if (!this.document || !track) return;
    const count = this.document.byTrack.get(id)?.length ?? 0;
    this.store.dispatch("delete track", removeTrack(this.document, id));
    this.session.toggleTrack(id, false);
    this.keepSelection();
    this.say(
      `Track ${track.category}: ${track.tag} deleted${count ? ` with ${count} segment${count > 1 ? "s" : ""}` : ""}.`,
    );
  }

  // Segments.

  /** Take a finished gesture into the document. */
  commit(preview: Preview, gesture: "draw" | "move" | "resize"): void {
    if (!this.document) return;
    if (preview.id === null) return this.addSegments([preview.track], preview.start, preview.end, `${gesture} segment`);
    const { start, end, track } = preview;
    this.store.dispatch(`${gesture} segment`, placeSegment(this.document, preview.id, { start, end, track }));
    this.session.select([preview.id]);
  }

  addSegments(tracks: readonly string[], start: number, end: number, label: string): void {
    const there = tracks.filter((track) => this.document?.tracks.has(track));
    const { diff, ids } = addSegments(this.store.task, there, start, end);
    this.store.dispatch(label, diff);
    this.session.select(ids);
    if (ids.length) this.say(`Segment added from ${start.toFixed(3)} to ${end.toFixed(3)} s.`);
  }

  /** Give a segment a typed time; returns what is wrong with it, or nothing. */
  setTime(id: string, edge: "start" | "end", time: number): string {
    const segment = this.document?.segments.get(id);
    if (!this.document || !segment) return "";
    const next = { ...segment, [edge]: time };
    const duration = this.session.duration.peek();
    if (time < 0 || (duration && time > duration)) return `Must lie from 0 to ${duration.toFixed(6)}`;
    if (next.start >= next.end) return edge === "start" ? "Must lie before the end" : "Must lie after the start";
    this.store.dispatch("set time", placeSegment(this.document, id, { [edge]: time }));
    return "";
  }

  setField(id: string, name: string, value: FieldValue | undefined, merge?: string): void {
    if (this.document) this.store.dispatch(`edit ${name}`, setField(this.document, id, name, value), merge);
  }

  setContent(name: string, value: FieldValue | undefined, merge?: string): void {
    if (this.document) this.store.dispatch(`edit ${name}`, setContent(this.document, name, value), merge);
  }

  deleteSelected(): void {
    const ids = [...this.session.selectedIds.peek()];
    if (!this.document || ids.length === 0)
      return this.say("Select a segment first: click it on its track or in the table.");
    this.store.dispatch("delete segment", removeSegments(this.document, ids));
    this.session.select([]);
    this.say(`${ids.length} segment${ids.length > 1 ? "s" : ""} deleted.`);
  }

  playSegment(segment: Segment): void {
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
    this.addSegments(recording.tracks, recording.start, end, "record segment");
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
    this.clock.step(direction, this.session.duration.peek());
    this.show(this.clock.time.peek());
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
    if (next) this.clock.setRate(next);
  }

  undo(): void {
    const label = this.store.canUndo.peek();
    this.store.undo();
    this.keepSelection();
    this.say(label ? `Undone: ${label}.` : "There is nothing to undo.");
  }

  redo(): void {
    const label = this.store.canRedo.peek();
    this.store.redo();
    this.keepSelection();
    this.say(label ? `Done again: ${label}.` : "There is nothing to do again.");
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

  /** Hand in the answer, or mark it as done where nothing is handed in; a reason is needed while problems are left. */
  async finish(reason: string): Promise<void> {
    const { document, store, port } = this;
    if (!document || (store.problems.peek().length > 0 && !reason)) return;
    store.dispatch("mark as done", setCompletion(document, true, reason));
    this.say("Marked as done.");
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
