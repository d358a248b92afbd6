// Icons of the Lucide set, drawn in the text's colour and hidden from screen readers.
import {
  ArrowDown,
  ArrowUp,
  AudioWaveform,
  Check,
  ChevronDown,
  ChevronFirst,
  ChevronLast,
  Circle,
  CircleAlert,
  Crosshair,
  EllipsisVertical,
  EyeOff,
  Headphones,
  Info,
  Keyboard,
  Lock,
  Maximize2,
  MonitorPlay,
  Pause,
  Play,
  Plus,
  Redo2,
  Repeat,
  SkipBack,
  SkipForward,
  Square,
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
  check: Check,
  down: ChevronDown,
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
