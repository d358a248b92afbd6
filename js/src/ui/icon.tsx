// Icons of the Lucide set, drawn in the text's colour and hidden from screen readers.
import {
  ArrowRightToLine,
  AudioWaveform,
  Check,
  ChevronDown,
  ChevronFirst,
  ChevronLast,
  Circle,
  Combine,
  CopyPlus,
  Info,
  Keyboard,
  Magnet,
  Maximize2,
  Pause,
  Play,
  Plus,
  Redo2,
  Scissors,
  Search,
  Square,
  SquarePen,
  Star,
  StepBack,
  StepForward,
  Trash2,
  TriangleAlert,
  Undo2,
  X,
  ZoomIn,
  ZoomOut,
} from "lucide";
import { h } from "preact";

const ICONS = {
  play: Play,
  pause: Pause,
  first: ChevronFirst,
  last: ChevronLast,
  back: StepBack,
  forward: StepForward,
  record: Circle,
  stop: Square,
  plus: Plus,
  trash: Trash2,
  undo: Undo2,
  redo: Redo2,
  zoomIn: ZoomIn,
  zoomOut: ZoomOut,
  fit: Maximize2,
  spectrogram: AudioWaveform,
  star: Star,
  close: X,
  info: Info,
  warning: TriangleAlert,
  keyboard: Keyboard,
  search: Search,
  check: Check,
  down: ChevronDown,
  extend: ArrowRightToLine,
  split: Scissors,
  merge: Combine,
  duplicate: CopyPlus,
  edit: SquarePen,
  snap: Magnet,
} as const;

export type IconName = keyof typeof ICONS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg
      class="avseg-icon"
      viewBox="0 0 24 24"
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {ICONS[name].map(([tag, attributes]) => h(tag, attributes))}
    </svg>
  );
}
