// Generated from src/avseg_widget by `make types`: do not edit.

export type Field =
  TextField | SelectField | RadioField | MultiSelectField | CheckboxesField | CheckboxField | NumberField | RatingField;
export type FromBrowser =
  | Hello
  | Edit
  | Report
  | UseStream
  | CancelAssist
  | FetchFragment
  | FetchPeaks
  | BuildPeaks
  | FetchSpectrogram
  | FetchCurves
  | FetchFrames
  | FetchThumbnails;
export type FromPython = State | Applied | Rejected | Held | Fetched | Assist;
export type FromQueuePage = Go | ForItem | MarkItem | Spent | FetchPictures;
export type ToQueuePage = Opened | OfItem | QueueRows | Pictures | QueueNotice;

export interface Annotation {
  tracks: Track[];
  segments: Segment[];
  content: {
    [k: string]: boolean | number | string | string[];
  };
  provenance: Provenance;
  completion: Completion;
  version: 1;
}
export interface Track {
  category: string;
  tag: string;
  id: string;
  position: number;
}
export interface Segment {
  track: string;
  start: number;
  end: number;
  fields: {
    [k: string]: boolean | number | string | string[];
  };
  id: string;
  origin?: Origin | null;
}
export interface Origin {
  source: string;
  status: "accepted" | "corrected" | "suggested";
  confidence: number | null;
}
export interface Provenance {
  annotator?: string;
  media?: string;
  accepted?: string;
  submitted?: string;
  seconds?: number | null;
  provider?: string;
  issuer?: string;
  subject?: string;
}
export interface Completion {
  done: boolean;
  reason: string;
}
export interface Applied {
  type: "applied";
  revision: number;
  client: string;
  seq: number;
  diff: Diff;
}
export interface Diff {
  tracks?: TrackChange;
  segments?: SegmentChange;
  content?: ContentChange;
  completion?: Completion | null;
}
export interface TrackChange {
  put?: {
    [k: string]: Track;
  };
  remove?: string[];
}
export interface SegmentChange {
  put?: {
    [k: string]: Segment;
  };
  remove?: string[];
}
export interface ContentChange {
  put?: {
    [k: string]: boolean | number | string | string[];
  };
  remove?: string[];
}
export interface Assist {
  type: "assist";
  source: string;
  state: "cancelled" | "cancelling" | "done" | "failed" | "running";
  progress: number | null;
  message: string;
}
export interface BuildPeaks {
  type: "build_peaks";
  client: string;
  request: number;
  run: boolean;
}
export interface CancelAssist {
  type: "cancel_assist";
}
export interface CheckboxField {
  kind: "checkbox";
  name: string;
  default: boolean | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
}
export interface CheckboxesField {
  kind: "checkboxes";
  name: string;
  options: string[];
  default: string[] | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
  depends_on: string;
  options_for: {
    [k: string]: string[];
  };
}
export interface Edit {
  type: "edit";
  client: string;
  seq: number;
  diff: Diff;
  base?: number | null;
}
export interface FetchCurves {
  type: "fetch_curves";
  client: string;
  request: number;
  tile: number;
  floor: number;
  ceiling: number;
}
export interface FetchFragment {
  type: "fetch_fragment";
  client: string;
  request: number;
  kind: "picture" | "sound";
  start: number;
  end: number;
  speed: number;
  resume: boolean;
  codecs: string[];
}
export interface FetchFrames {
  type: "fetch_frames";
  client: string;
  request: number;
}
export interface FetchPeaks {
  type: "fetch_peaks";
  client: string;
  request: number;
  level: number;
  tile: number;
}
export interface FetchPictures {
  type: "fetch_pictures";
  indices: number[];
}
export interface FetchSpectrogram {
  type: "fetch_spectrogram";
  client: string;
  request: number;
  level: number;
  tile: number;
  analysis: SpectrogramAnalysis;
}
export interface SpectrogramAnalysis {
  scale: "linear" | "log" | "mel";
  window: "blackman" | "gaussian" | "hamming" | "hann";
  length: number;
  low: number;
  high: number;
}
export interface FetchThumbnails {
  type: "fetch_thumbnails";
  client: string;
  request: number;
  times: number[];
  within: number;
}
export interface Fetched {
  type: "fetched";
  client: string;
  request: number;
  lengths: number[];
  peaks: PeakProgress | null;
  start: number;
  end: number;
  offset: number;
  mime: string;
  error: string;
}
export interface PeakProgress {
  progress: number;
  running: boolean;
  complete: boolean;
  problem: string;
}
export interface TextField {
  kind: "text";
  name: string;
  multiline: boolean;
  default: string | null;
  pattern: string;
  min_length: number;
  max_length: number | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
}
export interface SelectField {
  kind: "select";
  name: string;
  options: string[];
  default: string | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
  depends_on: string;
  options_for: {
    [k: string]: string[];
  };
}
export interface RadioField {
  kind: "radio";
  name: string;
  options: string[];
  default: string | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
  depends_on: string;
  options_for: {
    [k: string]: string[];
  };
}
export interface MultiSelectField {
  kind: "multi_select";
  name: string;
  options: string[];
  default: string[] | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
  depends_on: string;
  options_for: {
    [k: string]: string[];
  };
}
export interface NumberField {
  kind: "number";
  name: string;
  min: number | null;
  max: number | null;
  step: number | null;
  default: number | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
}
export interface RatingField {
  kind: "rating";
  name: string;
  max: number;
  default: number | null;
  label: string;
  help: string;
  required: boolean;
  visible_if: {
    [k: string]: (string | boolean | number)[];
  };
  categories: string[];
}
export interface ForItem {
  type: "for_item";
  document: string;
  message: unknown;
}
export interface Hello {
  type: "hello";
  client: string;
}
export interface Report {
  type: "report";
  message: string;
}
export interface UseStream {
  type: "use_stream";
  reason: string;
}
export interface State {
  type: "state";
  revision: number;
  annotation: Annotation;
  seen: {
    [k: string]: number;
  };
}
export interface Rejected {
  type: "rejected";
  client: string;
  seq: number;
  reason: string;
}
export interface Held {
  type: "held";
  client: string;
  seq: number;
  reason: string;
}
export interface Go {
  type: "go";
  index: number;
  following: number | null;
}
export interface MarkItem {
  type: "mark";
  index: number;
  flagged: boolean | null;
  note: string | null;
}
export interface Spent {
  type: "spent";
  index: number;
  seconds: number;
}
export interface KeymapChoice {
  preset: "cvat" | "default" | "elan" | "praat";
  keys: {
    [k: string]: string[];
  };
}
export interface MediaInfo {
  name: string;
  kind: "audio" | "video";
  mime: string;
  duration: number | null;
  sample_rate: number;
  channels: number;
  width: number;
  height: number;
  frame_count: number;
  exact: boolean;
  way: string;
  container: string;
  codecs: string[];
  start: number;
  channel_names: string[];
  hindrances: string[];
  warnings: string[];
}
export interface MediaSource {
  info: MediaInfo;
  url: string;
  stream: boolean;
}
export interface OfItem {
  type: "of_item";
  document: string;
  message: unknown;
}
export interface Opened {
  type: "opened";
  index: number;
  setup: Setup | null;
  state: State | null;
  problem: string;
}
export interface Setup {
  task: Task;
  media: MediaSource;
  keymap: KeymapChoice;
  document: string;
  store: string;
}
export interface Task {
  title: string;
  tracks: {
    [k: string]: string[];
  };
  segment_fields: (
    | TextField
    | SelectField
    | RadioField
    | MultiSelectField
    | CheckboxesField
    | CheckboxField
    | NumberField
    | RatingField
  )[];
  content_fields: (
    | TextField
    | SelectField
    | RadioField
    | MultiSelectField
    | CheckboxesField
    | CheckboxField
    | NumberField
    | RatingField
  )[];
  instructions: string;
  overlap: {
    [k: string]: "allow" | "forbid" | "trim";
  };
}
export interface Picture {
  index: number;
  kind: "jpeg" | "none" | "wave";
  bytes: number;
  length: number | null;
  problem: string;
}
export interface Pictures {
  type: "pictures";
  pictures: Picture[];
  waiting: number[];
}
export interface Problem {
  field: string;
  message: string;
  segment: string;
}
export interface QueueNotice {
  type: "notice";
  message: string;
}
export interface QueueRow {
  index: number;
  item: string;
  status?: "done" | "new" | "started";
  flagged?: boolean;
  note?: string;
  seconds?: number;
  segments?: number;
  details?: {
    [k: string]: string;
  };
  problem?: string;
}
export interface QueueRows {
  type: "rows";
  rows: QueueRow[];
  progress: string;
}
export interface QueueState {
  id: string;
  rows: QueueRow[];
  opened: Opened;
  progress: string;
  annotator: string;
  round: number;
  store: string;
  lasting: string;
}
