// What is visible, as actions.
import type { Controller } from "../controller";
import { selectedStretch } from "../listening";
import { fitSelected, turnPage } from "../places";
import type { Action } from "./action";

const NEXT_FOLLOW = { page: "center", center: "off", off: "page" } as const;

function zoom(c: Controller, factor: number): void {
  c.session.remember();
  c.zoom(factor);
}

export const VIEW: readonly Action[] = [
  { id: "zoom-in", label: "Zoom in", group: "View", keys: ["Plus", "="], run: (c) => zoom(c, 2) },
  { id: "zoom-out", label: "Zoom out", group: "View", keys: ["-"], run: (c) => zoom(c, 0.5) },
  {
    id: "zoom-to-selected",
    label: "Zoom to the selected segment",
    group: "View",
    keys: ["Z"],
    enabled: (c) => selectedStretch(c) !== null,
    run: fitSelected,
  },
  {
    id: "show-all",
    label: "Show all",
    group: "View",
    keys: ["0"],
    run: (c) => {
      c.session.remember();
      c.session.look(0, c.session.duration.peek());
    },
  },
  {
    id: "zoom-back",
    label: "Zoom back",
    group: "View",
    keys: ["Shift+Z"],
    enabled: (c) => c.session.past.value.length > 0,
    run: (c) => c.session.lookBack(),
  },
  { id: "page-left", label: "Page left", group: "View", keys: ["Shift+PageUp"], run: (c) => turnPage(c, -1) },
  { id: "page-right", label: "Page right", group: "View", keys: ["Shift+PageDown"], run: (c) => turnPage(c, 1) },
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
