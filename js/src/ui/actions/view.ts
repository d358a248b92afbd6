// What is visible, as actions.
import type { Action } from "./action";

export const VIEW: readonly Action[] = [
  { id: "zoom-in", label: "Zoom in", group: "View", keys: ["Plus", "="], run: (c) => c.zoom(2) },
  { id: "zoom-out", label: "Zoom out", group: "View", keys: ["-"], run: (c) => c.zoom(0.5) },
  {
    id: "show-all",
    label: "Show all",
    group: "View",
    keys: ["0"],
    run: (c) => c.session.look(0, c.session.duration.peek()),
  },
  {
    id: "spectrogram",
    label: "Spectrogram",
    group: "View",
    keys: ["S"],
    enabled: (c) => c.session.info.sample_rate > 0,
    run: (c) => {
      c.session.spectrogram.value = !c.session.spectrogram.peek();
    },
  },
];
