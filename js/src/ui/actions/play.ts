// Playing, listening, going to places and recording as actions.

import type { Controller } from "../controller";
import { goToGap, goToProblem, goToSegment, markEdge, playAround, playStretch, selectedStretch } from "../listening";
import { goBySeconds, goToEdge } from "../places";
import type { Action } from "./action";

/** A held key goes as fast as the pictures come, so that none is passed over. */
const mayRepeat = (c: Controller) => c.frames.settled;

const TRANSPORT: readonly Action[] = [
  {
    id: "play",
    label: "Play or pause",
    group: "Play",
    keys: ["Space"],
    enabled: (c) => c.clock.error.value === "",
    run: (c) => c.clock.toggle(),
  },
  { id: "previous-frame", label: "Previous frame", group: "Play", keys: ["Left"], mayRepeat, run: (c) => c.step(-1) },
  { id: "next-frame", label: "Next frame", group: "Play", keys: ["Right"], mayRepeat, run: (c) => c.step(1) },
  { id: "skip-to-start", label: "Skip to start", group: "Play", keys: ["Home"], run: (c) => c.seek(0) },
  {
    id: "skip-to-end",
    label: "Skip to end",
    group: "Play",
    keys: ["End"],
    run: (c) => c.seek(c.session.duration.peek()),
  },
  { id: "slower", label: "Play slower", group: "Play", keys: ["["], run: (c) => c.changeSpeed(-1) },
  { id: "faster", label: "Play faster", group: "Play", keys: ["]"], run: (c) => c.changeSpeed(1) },
  { id: "record", label: "Begin or stop recording", group: "Record", keys: ["R"], run: (c) => c.toggleRecording() },
];

const STRETCHES: readonly Action[] = [
  {
    id: "play-visible",
    label: "Hear what is visible",
    group: "Play",
    keys: ["V"],
    run: (c) => playStretch(c, c.session.viewport.peek()),
  },
  {
    id: "play-selection",
    label: "Hear the selection",
    group: "Play",
    keys: ["P"],
    enabled: (c) => selectedStretch(c) !== null,
    run: (c) => {
      const stretch = selectedStretch(c);
      if (stretch) playStretch(c, stretch);
    },
  },
  {
    id: "play-segment",
    label: "Hear the segment",
    group: "Play",
    keys: ["Shift+Space"],
    enabled: (c) => c.session.selectedId.value !== null,
    run: (c) => {
      const segment = c.document?.segments.get(c.session.selectedId.peek() ?? "");
      if (segment) c.playSegment(segment);
    },
  },
  { id: "play-around", label: "Hear around the playhead", group: "Play", keys: ["A"], run: playAround },
  {
    id: "loop",
    label: "Loop",
    group: "Play",
    keys: ["L"],
    run: (c) => {
      const { loop } = c.clock;
      loop.value = !loop.peek();
      c.say(`Loop ${loop.peek() ? "on" : "off"}.`);
    },
  },
  {
    id: "mark-start",
    label: "Mark time from the playhead",
    group: "Select",
    keys: [],
    run: (c) => markEdge(c, "start"),
  },
  { id: "mark-end", label: "Mark time to the playhead", group: "Select", keys: [], run: (c) => markEdge(c, "end") },
  {
    id: "unmark",
    label: "Clear the marked time",
    group: "Select",
    keys: [],
    enabled: (c) => c.session.listening.range.value !== null,
    run: (c) => {
      c.session.listening.range.value = null;
    },
  },
];

const PLACES: readonly Action[] = [
  {
    id: "go-to-time",
    label: "Go to time",
    group: "Play",
    keys: ["G"],
    run: (c) => {
      c.session.listening.asking.value = !c.session.listening.asking.peek();
    },
  },
  {
    id: "go-to-frame",
    label: "Go to frame",
    group: "Play",
    keys: ["Shift+F"],
    enabled: (c) => c.frames.times.value.length > 0,
    run: (c) => {
      c.session.listening.frameAsks.value += 1;
    },
  },
  { id: "second-back", label: "One second back", group: "Play", keys: ["Shift+Left"], run: (c) => goBySeconds(c, -1) },
  { id: "second-on", label: "One second on", group: "Play", keys: ["Shift+Right"], run: (c) => goBySeconds(c, 1) },
  {
    id: "segment-start",
    label: "Go to the start of the selected segment",
    group: "Play",
    keys: ["J"],
    enabled: (c) => selectedStretch(c) !== null,
    run: (c) => goToEdge(c, "start"),
  },
  {
    id: "segment-end",
    label: "Go to the end of the selected segment",
    group: "Play",
    keys: ["K"],
    enabled: (c) => selectedStretch(c) !== null,
    run: (c) => goToEdge(c, "end"),
  },
  { id: "previous-segment", label: "Previous segment", group: "Play", keys: [","], run: (c) => goToSegment(c, -1) },
  { id: "next-segment", label: "Next segment", group: "Play", keys: ["."], run: (c) => goToSegment(c, 1) },
  { id: "next-gap", label: "Next gap", group: "Play", keys: ["Shift+G"], run: goToGap },
  {
    id: "next-problem",
    label: "Next problem",
    group: "Play",
    keys: ["F8"],
    whileTyping: true,
    reading: false,
    enabled: (c) => c.problems.value.length > 0,
    run: (c) => goToProblem(c, 1),
  },
  {
    id: "previous-problem",
    label: "Previous problem",
    group: "Play",
    keys: ["Shift+F8"],
    whileTyping: true,
    reading: false,
    enabled: (c) => c.problems.value.length > 0,
    run: (c) => goToProblem(c, -1),
  },
];

export const PLAY: readonly Action[] = [...TRANSPORT, ...STRETCHES, ...PLACES];
