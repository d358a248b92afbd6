// Copy, cut and paste of segments through the browser's own events, so that no permission is needed.
import { useEffect } from "preact/hooks";
import { type Line, readSegments, resolveLines, writeSegments } from "../core/clipboard";
import { removeSegments } from "../core/commands";
import { insertSegments } from "../core/commands/segments";
import { spokenField } from "../core/fields";
import { joinDiffs } from "../core/history";
import { fitToRules } from "../core/overlap";
import type { Task, Track } from "../core/types";
import { useEditor } from "./context";
import type { Controller } from "./controller";
import { counted, selectedSegments, sentence } from "./editing";

/** The selected segments as text; empty, with a word to the user, when there are none. */
function textOfSelected(controller: Controller, verb: string): string {
  const { document } = controller;
  const segments = selectedSegments(controller).sort((a, b) => a.start - b.start);
  if (document && segments.length) return writeSegments(document, segments);
  controller.say(`Select a segment to ${verb} first.`);
  return "";
}

export function copySegments(controller: Controller): string {
  const text = textOfSelected(controller, "copy");
  if (!text) return "";
  controller.session.editing.copied = text;
  controller.say(`${sentence(controller.session.selectedIds.peek().size)} copied.`);
  return text;
}

/** The text of what was cut; empty when nothing was. */
export function cutSegments(controller: Controller): string {
  const text = textOfSelected(controller, "cut");
  const { document, session } = controller;
  if (!document || !text) return "";
  const ids = [...session.selectedIds.peek()];
  const outcome = { select: [], say: `${sentence(ids.length)} cut.` };
  if (!controller.dispatch(`cut ${counted(ids.length)}`, removeSegments(document, ids), outcome)) return "";
  session.editing.copied = text;
  return text;
}

/** The track for lines that name none: the one that is selected, or the only one. */
function onlyTrack({ document, session }: Controller): Pick<Track, "category" | "tag"> | undefined {
  const selected = session.selectedTracks.peek();
  const tracks = [...(document?.tracks.values() ?? [])].filter(({ id }) => selected.size === 0 || selected.has(id));
  const [track] = tracks.length === 1 ? tracks : [];
  return track && { category: track.category, tag: track.tag };
}

/** A line of times alone, or of times and a text as other editors write labels, on the track for such lines. */
function labelled(line: Line, task: Task, track: Pick<Track, "category" | "tag"> | undefined): Line {
  const name = spokenField(task.segment_fields)?.name ?? "text";
  // Where it is a table's line after all, its answers go before.
  const fields = { ...(line.category && { [name]: line.category }), ...line.fields };
  return { ...line, category: "", ...track, fields };
}

/** Add what a text says: so that the first segment starts at the playhead, or at the times and tracks it names. */
export function pasteSegments(controller: Controller, text: string, inPlace: boolean): void {
  if (!text.trim()) return controller.say("Nothing pasted: the clipboard holds no text.");
  const read = readSegments(text);
  if (typeof read === "number")
    return controller.say(
      `Nothing pasted: line ${read} holds no segment (start, end, category, tag with tabs between).`,
    );
  const { document, session, store, clock } = controller;
  if (!document) return;
  const only = onlyTrack(controller);
  const lines = read.map((line) => (line.tag ? line : labelled(line, store.task, only)));
  const shift = session.snap(clock.time.peek()) - firstStart(lines);
  const place = (time: number) => (inPlace ? time : onGrid(controller, time + shift));
  const found = resolveLines(document, store.task, lines, place, session.duration.peek());
  // Rules are those of the document that has the new tracks.
  const tracks = new Map([...document.tracks, ...Object.entries(found.tracks)]);
  const wanted = found.segments.map((segment) => ({ ...segment, id: null }));
  const fitted = fitToRules({ ...document, tracks }, store.task, wanted).filter((item) => item !== null);
  const { diff, ids } = insertSegments(fitted.map(({ id: _, ...segment }) => segment));
  const added = Object.keys(found.tracks).length ? { tracks: { put: { ...found.tracks } } } : {};
  const left = [...found.left, ...(fitted.length < wanted.length ? ["no room"] : [])];
  const say = `${sentence(ids.length)} pasted.${left.length ? ` Left out: ${left.slice(0, 5).join("; ")}.` : ""}`;
  controller.dispatch(`paste ${counted(ids.length)}`, joinDiffs(added, diff), {
    select: ids.length ? ids : undefined,
    say,
  });
}

function firstStart(lines: readonly Line[]): number {
  return lines.reduce((least, { start }) => Math.min(least, start), lines[0]?.start ?? 0);
}

/** On the media's grid, but not drawn inside the media when it lies past its end. */
function onGrid({ session }: Controller, time: number): number {
  const duration = session.duration.peek();
  return duration > 0 && time > duration + 1e-6 ? time : session.snap(time);
}

/** Have the browser send its own copy or cut event, as a button or another key cannot. */
export function sendClipboardEvent(name: "copy" | "cut"): void {
  document.execCommand(name);
}

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Take the clipboard's events while the editor has the focus and no text is typed. */
export function useClipboard(ref: { readonly current: HTMLElement | null }): void {
  const { controller } = useEditor();
  const ready = controller.store.document.value !== null;
  useEffect(() => {
    const root = ref.current;
    if (!root || !ready) return;
    const scope = new AbortController();
    const focused = () => {
      const active = (root.getRootNode() as Document | ShadowRoot).activeElement;
      return active !== null && root.contains(active) && !active.matches(TYPING);
    };
    // A paste event does not tell whether Shift was held.
    let shift = false;
    const on = <K extends "copy" | "cut" | "paste">(name: K, act: (data: DataTransfer) => void) =>
      root.ownerDocument.addEventListener(
        name,
        (event) => {
          if (!focused() || !event.clipboardData) return;
          event.preventDefault();
          event.stopPropagation();
          act(event.clipboardData);
        },
        { signal: scope.signal, capture: true },
      );
    root.addEventListener("keydown", (event) => (shift = event.shiftKey), { signal: scope.signal, capture: true });
    const write = (data: DataTransfer, text: string) => text && data.setData("text/plain", text);
    on("copy", (data) => write(data, copySegments(controller)));
    if (controller.reading) return () => scope.abort();
    on("cut", (data) => write(data, cutSegments(controller)));
    on("paste", (data) => pasteSegments(controller, data.getData("text/plain"), shift));
    return () => scope.abort();
  }, [ref, ready, controller]);
}
