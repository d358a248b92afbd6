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
  Film,
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

type Shape = (typeof ICONS)[IconName][number];

/** One path with the outline of a shape of an icon, so that an icon is two nodes in the page and not six. */
export function outline([tag, attributes]: Shape): string {
  const of = (name: string) => Number(attributes[name] ?? 0);
  if (tag === "path") return absolute(String(attributes.d));
  if (tag === "line") return `M${of("x1")} ${of("y1")}L${of("x2")} ${of("y2")}`;
  if (tag === "circle") return round(of("cx"), of("cy"), of("r"), of("r"));
  if (tag === "ellipse") return round(of("cx"), of("cy"), of("rx"), of("ry"));
  if (tag === "rect") return box(of("x"), of("y"), of("width"), of("height"), of("rx") || of("ry"));
  return `M${String(attributes.points)}${tag === "polygon" ? "z" : ""}`;
}

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)";
const START = new RegExp(`^m\\s*(${NUMBER})[\\s,]*(${NUMBER})([\\s\\S]*)$`);

/** A path that begins where it says even behind another one: a leading `m` counts from where that one ended. */
function absolute(d: string): string {
  const found = START.exec(d);
  if (!found) return d;
  const rest = found[3] ?? "";
  return `M${found[1]} ${found[2]}${/^[\s,]*[-+.\d]/.test(rest) ? `l${rest}` : rest}`;
}

function round(x: number, y: number, wide: number, high: number): string {
  return `M${x - wide} ${y}a${wide} ${high} 0 1 0 ${2 * wide} 0a${wide} ${high} 0 1 0 ${-2 * wide} 0`;
}

function box(x: number, y: number, width: number, height: number, r: number): string {
  const corner = (dx: number, dy: number) => `a${r} ${r} 0 0 1 ${dx} ${dy}`;
  const [across, down] = [width - 2 * r, height - 2 * r];
  return `M${x + r} ${y}h${across}${corner(r, r)}v${down}${corner(-r, r)}h${-across}${corner(-r, -r)}v${-down}${corner(r, -r)}z`;
}

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
      <path d={ICONS[name].map(outline).join("")} />
    </svg>
  );
}
