// The notebook as a host: messages over anywidget's model. Knows the wire, nothing of the editor's DOM.
import { newId } from "../core/commands";
import type {
  Annotation,
  Diff,
  Fetched,
  FromBrowser,
  FromPython,
  KeymapChoice,
  Setup,
  SpectrogramAnalysis,
  State,
  Task,
} from "../core/types";
import type {
  CurveTile,
  Fragment,
  KeymapPort,
  MediaPort,
  PeakProgress,
  PeakTile,
  Port,
  RemoteEvent,
  StreamPort,
} from "./port";

/** What is used of anywidget's model. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, callback: (...values: never[]) => void): void;
  off(name: string, callback: (...values: never[]) => void): void;
}

/** How long the kernel may take to answer before the editor says so, in ms. */
const PATIENCE = 10_000;
const SESSION_INTERVAL = 250;

interface Waiting {
  resolve(answer: { message: Fetched; data: DataView }): void;
  reject(error: Error): void;
}

type FetchRequest =
  | {
      type: "fetch_fragment";
      kind: "sound" | "picture";
      start: number;
      end: number;
      resume: boolean;
      codecs: string[];
    }
  | { type: "fetch_peaks"; level: number; tile: number }
  | { type: "build_peaks"; run: boolean }
  | { type: "fetch_spectrogram"; analysis: SpectrogramAnalysis; level: number; tile: number }
  | { type: "fetch_curves"; tile: number; floor: number; ceiling: number }
  | { type: "fetch_frames" }
  | { type: "fetch_thumbnails"; times: readonly number[]; within: number };

export class NotebookPort implements Port {
  readonly capabilities = { save: true, submit: false };
  readonly task: Task;
  readonly media: MediaPort;
  readonly keymap: KeymapPort;

  readonly #model: WidgetModel;
  /** Short, as every edit carries it; it only tells the pages on one widget apart. */
  readonly #client = newId().slice(0, 6);
  readonly #listeners = new Set<(event: RemoteEvent) => void>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #unanswered = new Map<number, number>();
  #requests = 0;
  #greeted = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #sharing: ReturnType<typeof setTimeout> | undefined;
  #session: Parameters<Port["shareSession"]>[0] | null = null;

  constructor(model: WidgetModel) {
    this.#model = model;
    const setup = model.get("_setup") as Setup;
    this.task = setup.task;
    this.keymap = keymapOf(model, setup.keymap);
    this.media = new KernelMedia(
      setup,
      (request) => this.#fetch(request),
      (reason) => this.#send({ type: "use_stream", reason }),
    );
    model.on("msg:custom", this.#receive as (...values: never[]) => void);
    this.#watch = setInterval(() => this.#checkAnswers(), 1000);
  }

  load(): void {
    const saved = this.#model.get("_document") as State | null;
    if (saved && this.#greeted === 0) queueMicrotask(() => this.#receiveState(saved));
    this.#greeted = performance.now();
    this.#send({ type: "hello", client: this.#client });
  }

  publish(diff: Diff, seq: number, base: number): void {
    this.#unanswered.set(seq, performance.now());
    this.#send({ type: "edit", client: this.#client, seq, diff, base });
  }

  onRemote(listener: (event: RemoteEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(message: string): void {
    this.#send({ type: "report", message });
  }

  shareSession(state: { readonly selectedIds: readonly string[]; readonly currentTime: number }): void {
    this.#session = state;
    this.#sharing ??= setTimeout(() => {
      this.#sharing = undefined;
      if (!this.#session) return;
      this.#model.set("selected_ids", [...this.#session.selectedIds]);
      this.#model.set("current_time", this.#session.currentTime);
      this.#model.save_changes();
    }, SESSION_INTERVAL);
  }

  submit(_annotation: Annotation): Promise<void> {
    return Promise.reject(new Error("Nothing is handed in from a notebook: the segments are in Python already."));
  }

  dispose(): void {
    this.#model.off("msg:custom", this.#receive as (...values: never[]) => void);
    clearInterval(this.#watch);
    clearTimeout(this.#sharing);
    for (const { reject } of this.#waiting.values()) reject(new Error("The editor was closed."));
    this.#waiting.clear();
    this.#listeners.clear();
  }

  #send(message: FromBrowser): void {
    try {
      this.#model.send(message);
    } catch {
      this.#emit({ type: "connection", alive: false });
    }
  }

  #emit(event: RemoteEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  readonly #receive = (message: FromPython, buffers: readonly DataView[] = []): void => {
    if (message.type === "state") return this.#receiveState(message);
    if (message.type === "fetched") return this.#receiveFetched(message, buffers);
    if (message.type !== "applied" && message.type !== "rejected") return;
    const own = message.client === this.#client;
    if (own) {
      this.#unanswered.delete(message.seq);
      this.#emit({ type: "connection", alive: true });
    }
    if (message.type === "rejected") {
      if (own) this.#emit({ type: "rejected", seq: message.seq, reason: message.reason });
    } else {
      const { client, diff, revision } = message;
      this.#emit({ type: "applied", diff, revision, seq: own ? message.seq : null, page: client !== "" });
    }
  };

  #receiveState(state: State): void {
    const seen = state.seen[this.#client] ?? 0;
    for (const seq of this.#unanswered.keys()) if (seq <= seen) this.#unanswered.delete(seq);
    this.#greeted = -1;
    this.#emit({ type: "connection", alive: true });
    this.#emit({ type: "state", annotation: state.annotation, revision: state.revision, seen });
  }

  #receiveFetched(message: Fetched, buffers: readonly DataView[]): void {
    const waiting = message.client === this.#client ? this.#waiting.get(message.request) : undefined;
    if (!waiting) return;
    this.#waiting.delete(message.request);
    const data = buffers[0];
    if (message.error) waiting.reject(new Error(message.error));
    else if (data) waiting.resolve({ message, data });
    else waiting.reject(new Error("The kernel's answer came without its data."));
  }

  #fetch(request: FetchRequest): Promise<{ message: Fetched; data: DataView }> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ ...request, client: this.#client, request: id } as FromBrowser);
    });
  }

  /** A missing answer is a fault to show; asking for the state brings unacknowledged edits to be sent again. */
  #checkAnswers(): void {
    const late = performance.now() - PATIENCE;
    const oldest = Math.min(...this.#unanswered.values(), this.#greeted > 0 ? this.#greeted : Number.POSITIVE_INFINITY);
    if (oldest > late) return;
    for (const seq of this.#unanswered.keys()) this.#unanswered.set(seq, performance.now());
    this.#emit({ type: "connection", alive: false });
    this.load();
  }
}

/** Codecs of pictures that Python can send, each with a type to ask the browser for. */
const CODECS = { h264: "avc1.640028", vp9: "vp09.00.10.08", av1: "av01.0.08M.08" } as const;

class KernelMedia implements MediaPort {
  readonly info: Setup["media"]["info"];
  readonly stream?: StreamPort;
  readonly useStream: (reason: string) => void;
  readonly #source: Setup["media"];
  readonly #fetch: (request: FetchRequest) => Promise<{ message: Fetched; data: DataView }>;
  #url: Promise<string> | undefined;

  constructor(
    setup: Setup,
    fetch: (request: FetchRequest) => Promise<{ message: Fetched; data: DataView }>,
    useStream: (reason: string) => void,
  ) {
    this.info = setup.media.info;
    this.#source = setup.media;
    this.#fetch = fetch;
    this.useStream = useStream;
    if (setup.media.stream) this.stream = { fragment: (...asked) => this.#fragment(...asked) };
  }

  url(): Promise<string> {
    this.#url ??= this.#findUrl();
    return this.#url;
  }

  async peaks(level: number, tile: number): Promise<PeakTile> {
    const { message, data } = await this.#fetch({ type: "fetch_peaks", level, tile });
    const all = new Int16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    const { channels } = this.info;
    const each = channels ? all.length / channels : 0;
    return {
      channels: Array.from({ length: channels }, (_, channel) => all.subarray(channel * each, (channel + 1) * each)),
      ...(message.peaks ? { progress: message.peaks } : {}),
    };
  }

  async buildPeaks(run: boolean): Promise<PeakProgress> {
    const { message } = await this.#fetch({ type: "build_peaks", run });
    if (!message.peaks) throw new Error("The kernel's answer came without its data.");
    return message.peaks;
  }

  async spectrogram(analysis: SpectrogramAnalysis, level: number, tile: number): Promise<Uint8Array> {
    const { data } = await this.#fetch({ type: "fetch_spectrogram", analysis, level, tile });
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }

  async curves(tile: number, floor: number, ceiling: number): Promise<CurveTile> {
    const { data } = await this.#fetch({ type: "fetch_curves", tile, floor, ceiling });
    const all = new Float64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
    const count = all.length / 3;
    const [times, pitch, intensity] = [0, count, 2 * count].map((from) => all.subarray(from, from + count));
    return { times, pitch, intensity, byteLength: all.byteLength } as CurveTile;
  }

  async frames(): Promise<Float64Array> {
    if (!this.info.frame_count) return new Float64Array();
    const { data } = await this.#fetch({ type: "fetch_frames" });
    return new Float64Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  }

  async thumbnails(times: readonly number[], within: number): Promise<readonly (ImageBitmap | null)[]> {
    const { message, data } = await this.#fetch({ type: "fetch_thumbnails", times, within });
    let at = data.byteOffset;
    const pictures = message.lengths.map((length) => {
      at += length;
      return length ? new Blob([new Uint8Array(data.buffer as ArrayBuffer, at - length, length)]) : null;
    });
    return Promise.all(pictures.map((picture) => picture && createImageBitmap(picture)));
  }

  async #fragment(kind: "sound" | "picture", start: number, end: number, resume: boolean): Promise<Fragment> {
    const codecs = kind === "picture" ? Object.keys(CODECS).filter((name) => plays(name as keyof typeof CODECS)) : [];
    const { message, data } = await this.#fetch({ type: "fetch_fragment", kind, start, end, resume, codecs });
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return { bytes, mime: message.mime, start: message.start, end: message.end, offset: message.offset };
  }

  async #findUrl(): Promise<string> {
    const { url } = this.#source;
    if (url === "" || /^https?:/.test(url) || (await serves(url))) return url;
    this.useStream(`this page gets no answer from the Jupyter server at ${url}`);
    return "";
  }
}

const plays = (codec: keyof typeof CODECS): boolean =>
  typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(`video/mp4; codecs="${CODECS[codec]}"`);

/** The user's keys are a trait, so that Python can pass them on to the next editor. */
export function keymapOf(model: WidgetModel, given: KeymapChoice): KeymapPort {
  return {
    given,
    kept: () => model.get("keymap") as KeymapChoice,
    keep(keymap) {
      model.set("keymap", keymap);
      model.save_changes();
    },
    onKept(listener) {
      model.on("change:keymap", listener);
      return () => model.off("change:keymap", listener);
    },
  };
}

/** Whether the page's own server answers a ranged request for a path; it may hide some folders. */
async function serves(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { Range: "bytes=0-0" } });
    await response.body?.cancel();
    return response.status === 206;
  } catch {
    return false;
  }
}
