// Work on segments as actions: extend, split, merge, copy, nudge, snapping and the clipboard.
import { pasteSegments, sendClipboardEvent } from "../clipboard";
import type { Controller } from "../controller";
import { addAtPlayhead, askFields, duplicate, extend, merge, moveToTrack, type Nudge, nudge, split } from "../editing";
import { moveToZeroCrossing } from "../zero-crossing";
import type { Action } from "./action";

const some = (c: Controller) => c.session.selectedIds.value.size > 0;
const several = (c: Controller) => c.session.selectedIds.value.size > 1;

const STEPS: readonly { by: Nudge; name: string; suffix: string; modifier: string }[] = [
  { by: 0.01, name: "10 ms", suffix: "", modifier: "" },
  { by: 0.001, name: "1 ms", suffix: "-1ms", modifier: "Alt+" },
  { by: 0.1, name: "100 ms", suffix: "-100ms", modifier: "Shift+" },
  { by: "grid", name: "one sample or frame", suffix: "-grid", modifier: "Alt+Shift+" },
];

const EDGES = [
  { edge: "start", direction: -1, way: "left", name: "earlier", key: "Y" },
  { edge: "start", direction: 1, way: "right", name: "later", key: "U" },
  { edge: "end", direction: -1, way: "left", name: "earlier", key: "I" },
  { edge: "end", direction: 1, way: "right", name: "later", key: "O" },
] as const;

const NUDGES: readonly Action[] = EDGES.flatMap(({ edge, direction, way, name, key }) =>
  STEPS.map((step) => ({
    id: `nudge-${edge}-${way}${step.suffix}`,
    label: `Move ${edge} ${name} by ${step.name}`,
    group: "Segments" as const,
    keys: [step.modifier + key],
    enabled: some,
    run: (c: Controller) => nudge(c, edge, step.by, direction),
  })),
);

function paste(c: Controller, inPlace: boolean): void {
  if (c.session.editing.copied) pasteSegments(c, c.session.editing.copied, inPlace);
  else c.say("Press Ctrl+V to paste what was copied elsewhere.");
}

const CROSSINGS: readonly Action[] = (["start", "end"] as const).map((edge) => ({
  id: `${edge}-to-zero-crossing`,
  label: `Move ${edge} to the nearest zero crossing`,
  group: "Segments",
  keys: [edge === "start" ? "Shift+J" : "Shift+K"],
  enabled: (c) => some(c) && c.session.info.sample_rate > 0,
  run: (c) => void moveToZeroCrossing(c, edge),
}));

export const SEGMENTS: readonly Action[] = [
  { id: "add-segment", label: "Add segment at playhead", group: "Segments", keys: ["N"], run: addAtPlayhead },
  { id: "extend", label: "Extend to playhead", group: "Segments", keys: ["E"], run: extend },
  { id: "split", label: "Split at playhead", group: "Segments", keys: ["X"], run: split },
  { id: "merge", label: "Merge segments", group: "Segments", keys: ["Shift+M"], enabled: several, run: merge },
  { id: "duplicate", label: "Duplicate to track", group: "Segments", keys: ["D"], enabled: some, run: duplicate },
  {
    id: "move-to-track",
    label: "Move to track",
    group: "Segments",
    keys: ["Shift+D"],
    enabled: some,
    run: moveToTrack,
  },
  {
    id: "edit-segments",
    label: "Edit selected segments",
    group: "Segments",
    keys: ["F2"],
    enabled: some,
    run: askFields,
  },
  {
    id: "snapping",
    label: "Snap to edges, playhead, frames, silence and zero crossings",
    group: "Segments",
    keys: ["Shift+S"],
    run: (c) => {
      const { snapping } = c.session.editing;
      snapping.value = !snapping.peek();
      c.say(`Snapping is ${snapping.peek() ? "on" : "off"}; Alt turns it around during a drag.`);
    },
  },
  {
    id: "copy",
    label: "Copy segments",
    group: "Segments",
    keys: ["Ctrl+C"],
    native: true,
    reading: true,
    enabled: some,
    run: () => sendClipboardEvent("copy"),
  },
  {
    id: "cut",
    label: "Cut segments",
    group: "Segments",
    keys: ["Ctrl+X"],
    native: true,
    enabled: some,
    run: () => sendClipboardEvent("cut"),
  },
  {
    id: "paste",
    label: "Paste segments at playhead",
    group: "Segments",
    keys: ["Ctrl+V"],
    native: true,
    run: (c) => paste(c, false),
  },
  {
    id: "paste-in-place",
    label: "Paste segments at their own times",
    group: "Segments",
    keys: ["Ctrl+Shift+V"],
    native: true,
    run: (c) => paste(c, true),
  },
  ...NUDGES,
  ...CROSSINGS,
];
