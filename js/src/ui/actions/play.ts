// Playing, stepping and recording as actions.
import type { Action } from "./action";

export const PLAY: readonly Action[] = [
  {
    id: "play",
    label: "Play or pause",
    group: "Play",
    keys: ["Space"],
    enabled: (c) => c.clock.error.value === "",
    run: (c) => c.clock.toggle(),
  },
  { id: "previous-frame", label: "Previous frame", group: "Play", keys: ["Left"], run: (c) => c.step(-1) },
  { id: "next-frame", label: "Next frame", group: "Play", keys: ["Right"], run: (c) => c.step(1) },
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
