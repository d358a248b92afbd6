// Icons that only the list of items has.
import {
  ChevronLeft,
  ChevronRight,
  CircleCheck,
  CircleDashed,
  CircleDot,
  Flag,
  PanelLeftClose,
  PanelLeftOpen,
  StickyNote,
} from "lucide";
import { type Look, mask } from "../icon";

const look = (icon: Parameters<typeof mask>[0], fill: "none" | "black" = "none"): Look => ({
  "--avseg-icon": mask(icon, fill),
});

const LOOKS = {
  new: look(CircleDashed),
  started: look(CircleDot),
  done: look(CircleCheck),
  flag: look(Flag),
  flagged: look(Flag, "black"),
  note: look(StickyNote),
  previous: look(ChevronLeft),
  next: look(ChevronRight),
  hide: look(PanelLeftClose),
  show: look(PanelLeftOpen),
};

export type ItemIcon = keyof typeof LOOKS;

export const itemIcon = (name: ItemIcon): Look => LOOKS[name];
