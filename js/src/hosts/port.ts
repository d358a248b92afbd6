// The one interface between the editor and where it runs. Knows the document's types, no host and no DOM.
import type { Edit, Journal } from "../core/journal";
import type { QueueList } from "../core/queue";
import type { DocumentStore, StoreEvent } from "../core/store";
import type {
  Annotation,
  Assist,
  KeymapChoice,
  MediaInfo,
  PeakProgress,
  SpectrogramAnalysis,
  Task,
} from "../core/types";

export type { StoreEvent as RemoteEvent } from "../core/store";
export type { PeakProgress } from "../core/types";

/** Peaks of one tile: for each channel min and max of each column in turn, as int16. */
export interface PeakTile {
  readonly channels: readonly Int16Array[];
  /** How far the peaks are, where a host makes them in the background; without it the tile is complete. */
  readonly progress?: PeakProgress;
}

/** Pitch in Hz (NaN where there is no voice) and intensity in dB at some times in seconds. */
export interface CurveTile {
  readonly times: Float64Array;
  readonly pitch: Float64Array;
  readonly intensity: Float64Array;
  readonly byteLength: number;
}

/** What pieces of sound are. */
export const SOUND_MIME = 'audio/mp4; codecs="flac"';

/** A stretch of sound or pictures as fragmented MP4; `offset` is added to its times. Times in seconds. */
export interface Fragment {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mime: string;
  readonly start: number;
  /** For pictures where the next stretch goes on, in the order of decoding. */
  readonly end: number;
  readonly offset: number;
}

/** The media in pieces, each exactly where it is asked for. */
export interface StreamPort {
  /**
   * Pictures begin at the key frame before `start`, with `resume` where the fragment before ended. Sound is stretched to
   * a `speed`: it lasts from the place of `start` in stretched sound to that of `end`, and begins at `start`.
   */
  fragment(kind: "sound" | "picture", start: number, end: number, resume: boolean, speed?: number): Promise<Fragment>;
  /** Send no more pictures of a type that the browser failed to play; false where there is no other. */
  avoid?(mime: string): boolean;
}

/** The media: described at once, fetched on demand for what is visible. Times in seconds. */
export interface MediaPort {
  readonly info: MediaInfo;
  /** A URL that a media element plays, "" where it is streamed; rejects with a message for the user. */
  url(): Promise<string>;
  /** Present where a host can send the media in pieces. */
  readonly stream?: StreamPort;
  /** The sound in pieces, where only that can be had; null where it can't, to the sample. */
  sound?(): Promise<StreamPort | null>;
  /** Tell the host that the URL did not play, and that the media is streamed. */
  useStream?(reason: string): void;
  /** A tile of columns of 4**level samples, the columns `tile * PEAK_TILE_COLUMNS` and on; empty past the end. */
  peaks(level: number, tile: number): Promise<PeakTile>;
  /** Go on making the peaks, again after an error, or stop; absent where that is nothing to wait for. */
  buildPeaks?(run: boolean): Promise<PeakProgress>;
  /**
   * Levels of the columns `tile * SPECTROGRAM_COLUMNS` and on, each of 2**level samples: SPECTROGRAM_ROWS bytes a
   * column, low to high frequencies, 0 to 255 for -124 to 3.5 dB; fewer columns at the end, none past it.
   */
  spectrogram(analysis: SpectrogramAnalysis, level: number, tile: number): Promise<Uint8Array>;
  /** Pitch and intensity from `tile * CURVE_TILE_SECONDS` on; absent where nothing can find them. */
  curves?(tile: number, floor: number, ceiling: number): Promise<CurveTile>;
  /** Presentation times of the video's frames, ascending; empty when they are not known. */
  frames(): Promise<Float64Array>;
  /** Small pictures at some times, null where there is none; a key frame `within` seconds before one will do. */
  thumbnails?(times: readonly number[], within: number): Promise<readonly (ImageBitmap | null)[]>;
}

/** Columns of one peak tile; the same number as in wire.py. */
export const PEAK_TILE_COLUMNS = 2048;
/** Columns of one spectrogram tile and levels of each, seconds of one tile of curves; as in wire.py too. */
export const SPECTROGRAM_COLUMNS = 128;
export const SPECTROGRAM_ROWS = 256;
export const CURVE_TILE_SECONDS = 10;

export interface Capabilities {
  /** Edits are kept by the host as they are made. */
  readonly save: boolean;
  /** There is an answer to hand in, by `submit`. */
  readonly submit: boolean;
  /** Nothing can be changed: the editor only shows and plays. */
  readonly reading?: boolean;
}

/** Where a user's keys are kept. */
export interface KeymapPort {
  /** What the editor was opened with; resetting goes back to it. */
  readonly given: KeymapChoice;
  kept(): KeymapChoice;
  keep(keymap: KeymapChoice): void;
  /** Hears of changes made elsewhere; returns what ends that. */
  onKept(listener: () => void): () => void;
}

/** The list that the document is one item of. */
export interface ItemsPort {
  /** Start an action of the list by its id; what the user is told, null when the list has none of that id. */
  run(id: string): string | null;
  /** The document was marked as done: on to the next that is not, where the user wants that; what the user is told. */
  finished(): string;
}

/** A program that looks for suggestions where the host is. */
export interface AssistancePort {
  /** Hears at once and then of each change how far it is, null when none runs; returns what ends that. */
  onStatus(listener: (status: Assist | null) => void): () => void;
  cancel(): void;
}

export interface Port {
  readonly capabilities: Capabilities;
  readonly task: Task;
  readonly media: MediaPort;
  /** Absent where nothing may be kept. */
  readonly keymap?: KeymapPort;
  /** Present where the document is one of many. */
  readonly items?: ItemsPort;
  /** Where edits under way are kept beside the host's own side; absent where each stands at once. */
  readonly journal?: Journal;
  /** The file that edits are saved in; empty or absent: there is none. */
  readonly savedIn?: string;
  /** Absent where nothing runs beside the editor. */
  readonly assistance?: AssistancePort;
  /** What is known of the item beside its media, to be shown as text. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** What the user is told first. */
  readonly greeting?: string;
  /** Ask for a `state` event: when opening, or after a gap. */
  load(): void;
  /** Hand over one edit; its client and number come back in `applied`, `rejected` or `held`. */
  publish(edit: Edit): void;
  onRemote(listener: (event: StoreEvent) => void): () => void;
  /** Tell the other side of something that failed, in words for the user. */
  report(problem: string): void;
  /** What the user looks at; hosts may drop it. */
  shareSession(state: { readonly selectedIds: readonly string[]; readonly currentTime: number }): void;
  /** Hand in the answer; resolves when it was taken, rejects with a message for the user. */
  submit(annotation: Annotation): Promise<void>;
  dispose(): void;
}

/** An item that is open: its document with the port of its editor, or why there is none. */
export interface OpenItem {
  readonly index: number;
  readonly editing: { readonly port: Port; readonly store: DocumentStore } | null;
  readonly problem: string;
}

/** Many documents, one of them open at a time. */
export interface QueuePort {
  readonly list: QueueList;
  readonly keymap: KeymapPort;
  readonly items: ItemsPort;
  /** Null while another one is awaited. */
  readonly opened: OpenItem | null;
  /** Hears of each item that opens, and of `null` when another one is asked for. */
  onOpened(listener: (item: OpenItem | null) => void): () => void;
  go(index: number): void;
  /** Stay with the item that was open, where the one asked for does not come. */
  stay(): void;
  mark(index: number, marks: { readonly flagged?: boolean; readonly note?: string }): void;
  /** The rows in sight want their pictures. */
  look(indices: readonly number[]): void;
  /** Somebody is at work on the item that is open. */
  touch(): void;
}
