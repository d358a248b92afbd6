// What is visible, as actions.
import type { Action } from "./action";

const NEXT_FOLLOW = { page: "center", center: "off", off: "page" } as const;

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
    id: "follow",
    label: "Follow the playhead: page, centre, off",
    group: "View",
    keys: ["F"],
    run: (c) => {
      const { follow } = c.session.listening;
      follow.value = NEXT_FOLLOW[follow.peek()];
      c.say(`Following: ${{ page: "by page", center: "by centre", off: "off" }[follow.peek()]}.`);
    },
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
  {
    id: "thumbnails",
    label: "Thumbnails",
    group: "View",
    keys: ["Shift+V"],
    enabled: (c) => c.session.info.kind === "video" && c.port.media.thumbnails !== undefined,
    run: (c) => {
      c.session.thumbnails.value = !c.session.thumbnails.peek();
    },
  },
];
