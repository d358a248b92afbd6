// Icons of the Lucide set, drawn by the style sheet in the text's colour: a node each, or none where a button shows one.
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
  Film,
  Headphones,
  type IconNode,
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
  SlidersHorizontal,
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
  film: Film,
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
  settings: SlidersHorizontal,
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

/** The picture of an icon as a mask; it is opaque where the text's colour is to be seen. */
export function mask(icon: IconNode, fill: "none" | "black" = "none"): string {
  const shapes = icon.map(([tag, attributes]) => `<${tag} ${written(attributes)}/>`).join("");
  const line = 'stroke="black" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="${fill}" ${line}>${shapes}</svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}

function written(attributes: object): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");
}

export type Look = Readonly<Record<"--avseg-icon", string>>;

const LOOKS = Object.fromEntries(
  (Object.keys(ICONS) as IconName[]).map((name): [string, readonly [Look, Look]] => [
    name,
    [{ "--avseg-icon": mask(ICONS[name]) }, { "--avseg-icon": mask(ICONS[name], "black") }],
  ]),
) as Readonly<Record<IconName, readonly [outlined: Look, filled: Look]>>;

/** The style of an element that shows an icon by its class: `avseg-icon-before` or `avseg-icon-after` its text. */
export function iconLook(name: IconName, filled = false): Look {
  return LOOKS[name][filled ? 1 : 0];
}

/** An icon where no element of its class can show it. */
export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return <span class="avseg-icon" style={iconLook(name, filled)} aria-hidden="true" />;
}
