// Icons of the Lucide set, drawn in the text's colour and hidden from screen readers.
import {
  ArrowDown,
  ArrowRightToLine,
  ArrowUp,
  AudioWaveform,
  Check,
  ChevronDown,
  ChevronFirst,
  ChevronLast,
  Circle,
  CircleAlert,
  Combine,
  CopyPlus,
  Crosshair,
  EllipsisVertical,
  EyeOff,
  Headphones,
  Info,
  Keyboard,
  Lock,
  Magnet,
  Maximize2,
  MonitorPlay,
  Pause,
  Play,
  Plus,
  Redo2,
  Repeat,
  Scissors,
  Search,
  SkipBack,
  SkipForward,
  Square,
  SquarePen,
  SquarePlay,
  Star,
  StepBack,
  StepForward,
  TextSelect,
  Timer,
  Trash2,
  TriangleAlert,
  Undo2,
  UnfoldHorizontal,
  VolumeX,
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
  loop: Repeat,
  playVisible: MonitorPlay,
  playSelection: TextSelect,
  playSegment: SquarePlay,
  playAround: Crosshair,
  previous: SkipBack,
  next: SkipForward,
  gap: UnfoldHorizontal,
  problem: CircleAlert,
  clock: Timer,
  muted: VolumeX,
  solo: Headphones,
  hidden: EyeOff,
  lock: Lock,
  more: EllipsisVertical,
  up: ArrowUp,
  below: ArrowDown,
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
