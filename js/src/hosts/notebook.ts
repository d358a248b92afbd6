// The notebook as a host: messages over anywidget's model. Knows the wire, nothing of the editor's DOM.
import { newId } from "../core/commands";
import type { Edit, Journal } from "../core/journal";
import type { Connection } from "../core/store";
import type {
  Annotation,
  FromBrowser,
  FromPython,
  KeymapChoice,
  Setup,
  SpectrogramAnalysis,
  State,
  Task,
} from "../core/types";
import { KernelAssistance } from "./assistance";
import { type Answer, Fetches, type FetchRequest } from "./fetches";
import { BrowserJournal } from "./journal";
import { KernelLink, type LinkedModel } from "./kernel-link";
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
export interface WidgetModel extends LinkedModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
}

/** How long the kernel may take to answer before the editor says so, in ms; then it is asked ever less often. */
const PATIENCE = 10_000;
const LONGEST_PATIENCE = 60_000;
/** The same where the browser has said that there is no network. */
const IMPATIENCE = 2000;
/** How soon what could not be stored is sent again, at first and at most, in ms. */
const RETRY = 2000;
const LONGEST_RETRY = 10_000;
const SESSION_INTERVAL = 250;

/** Why nothing is fetched any more: what runs in the kernel next knows nothing of this page. */
const ENDED = "The kernel has ended or restarted: nothing more can be loaded into this editor.";

export class NotebookPort implements Port {
  readonly capabilities = { save: true, submit: false };
  readonly task: Task;
  readonly media: MediaPort;
  readonly keymap: KeymapPort;
  readonly journal: Journal;
  readonly savedIn: string;
  readonly assistance = new KernelAssistance(() => this.#send({ type: "cancel_assist" }));

  readonly #model: WidgetModel;
  readonly #client = newId().slice(0, 6);
  readonly #fetches = new Fetches(this.#client, (message) => this.#send(message));
  readonly #listeners = new Set<(event: RemoteEvent) => void>();
  /** When edits were sent that are not answered, in ms. */
  readonly #unanswered = new Map<string, number>();
  readonly #link: KernelLink;
  #up = true;
  #patience = PATIENCE;
  #retryIn = RETRY;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #greeted = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #sharing: ReturnType<typeof setTimeout> | undefined;
  #session: Parameters<Port["shareSession"]>[0] | null = null;

  constructor(model: WidgetModel, journal?: Journal) {
    this.#model = model;
    const setup = model.get("_setup") as Setup;
    this.task = setup.task;
    this.savedIn = setup.store ?? "";
    this.journal = journal ?? new BrowserJournal(setup.document);
    this.keymap = keymapOf(model, setup.keymap);
    this.media = new KernelMedia(
      setup,
      (request) => this.#fetches.ask(request),
      (reason) => this.#send({ type: "use_stream", reason }),
    );
    model.on("msg:custom", this.#receive as (...values: never[]) => void);
    this.#link = new KernelLink(model, () => this.#followLink());
    this.#up = this.#link.up;
    globalThis.addEventListener?.("offline", this.#probe);
    globalThis.addEventListener?.("online", this.#probe);
    this.#watch = setInterval(() => this.#checkAnswers(), 1000);
  }

  load(): void {
    const saved = this.#model.get("_document") as State | null;
    if (saved && this.#greeted === 0) queueMicrotask(() => this.#receiveState(saved));
    this.#greeted = performance.now();
    this.#send({ type: "hello", client: this.#client });
  }

  publish(edit: Edit): void {
    this.#unanswered.set(nameOf(edit), performance.now());
    const { client, seq, base, diff } = edit;
    // Every byte of an edit travels; without a store nobody else changes the document.
    this.#send({ type: "edit", client, seq, diff, ...(this.savedIn ? { base } : {}) });
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
    this.#link.dispose();
    globalThis.removeEventListener?.("offline", this.#probe);
    globalThis.removeEventListener?.("online", this.#probe);
    clearInterval(this.#watch);
    clearTimeout(this.#sharing);
    clearTimeout(this.#retry);
    this.#fetches.end("The editor was closed.");
    this.#listeners.clear();
  }

  /** What can't be sent now goes out again when the kernel can be reached. */
  #send(message: FromBrowser): void {
    if (!this.#link.up) return;
    try {
      this.#model.send(message);
    } catch {
      this.#tell("down");
    }
  }

  #tell(connection: Connection): void {
    this.#emit({ type: "connection", connection });
  }

  #emit(event: RemoteEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #followLink(): void {
    const { up, ended } = this.#link;
    if (ended) {
      this.#fetches.end(ENDED);
      this.#tell("ended");
    } else if (up !== this.#up) {
      this.#up = up;
      this.#unanswered.clear();
      if (!up) return this.#tell("down");
      this.load();
      this.#fetches.again();
    }
  }

  /** The browser says that its network went or came: the kernel may be on this machine all the same. */
  readonly #probe = (): void => {
    this.#patience = IMPATIENCE;
    this.load();
  };

  readonly #receive = (message: FromPython, buffers: readonly DataView[] = []): void => {
    if (message.type === "state") return this.#receiveState(message);
    if (message.type === "fetched") return this.#fetches.take(message, buffers);
    if (message.type === "assist") return this.assistance.receive(message);
    if (!ANSWERS.has(message.type)) return;
    if (this.#unanswered.delete(nameOf(message))) this.#hear();
    if (message.type === "held") this.#retryLater(message.client);
    else if (message.type === "applied") this.#retryIn = RETRY;
    this.#emit(message);
  };

  #receiveState(state: State): void {
    for (const name of this.#unanswered.keys()) {
      const [client = "", seq] = name.split(" ");
      if (Number(seq) <= (state.seen[client] ?? 0)) this.#unanswered.delete(name);
    }
    this.#greeted = -1;
    this.assistance.receive(null); // a kernel that runs something says so after its state
    this.#hear();
    this.#emit({ type: "state", annotation: state.annotation, revision: state.revision, seen: state.seen });
  }

  #hear(): void {
    this.#patience = PATIENCE;
    if (this.#link.up) this.#tell("up");
  }

  #retryLater(client: string): void {
    for (const name of this.#unanswered.keys()) if (name.startsWith(`${client} `)) this.#unanswered.delete(name);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#emit({ type: "retry" }), this.#retryIn);
    this.#retryIn = Math.min(2 * this.#retryIn, LONGEST_RETRY);
  }

  /** A missing answer is a fault to show; asking for the state brings unacknowledged edits to be sent again. */
  #checkAnswers(): void {
    const late = performance.now() - this.#patience;
    const oldest = Math.min(...this.#unanswered.values(), this.#greeted > 0 ? this.#greeted : Number.POSITIVE_INFINITY);
    if (oldest > late || !this.#link.up) return;
    for (const name of this.#unanswered.keys()) this.#unanswered.set(name, performance.now());
    this.#patience = Math.min(Math.max(PATIENCE, 2 * this.#patience), LONGEST_PATIENCE);
    this.#tell("silent");
    this.load();
  }
}

/** What answers an edit. */
const ANSWERS: ReadonlySet<string> = new Set<FromPython["type"]>(["applied", "rejected", "held"]);

const nameOf = ({ client, seq }: { client: string; seq: number }): string => `${client} ${seq}`;

/** Codecs of pictures that Python can send, each with a type to ask the browser for. */
const CODECS = { h264: "avc1.640028", vp9: "vp09.00.10.08", av1: "av01.0.08M.08" } as const;

class KernelMedia implements MediaPort {
  readonly info: Setup["media"]["info"];
  readonly stream?: StreamPort;
  readonly useStream: (reason: string) => void;
  readonly #source: Setup["media"];
  readonly #fetch: (request: FetchRequest) => Promise<Answer>;
  #url: Promise<string> | undefined;
  /** Of pictures: those that the browser plays. */
  #codecs = Object.keys(CODECS).filter((name) => plays(name as keyof typeof CODECS));

  constructor(setup: Setup, fetch: (request: FetchRequest) => Promise<Answer>, useStream: (reason: string) => void) {
    this.info = setup.media.info;
    this.#source = setup.media;
    this.#fetch = fetch;
    this.useStream = useStream;
    if (setup.media.stream)
      this.stream = { fragment: (...asked) => this.#fragment(...asked), avoid: (mime) => this.#avoid(mime) };
  }

  url(): Promise<string> {
    this.#url ??= this.#findUrl();
    return this.#url;
  }

  async peaks(level: number, tile: number): Promise<PeakTile> {
    const { message, data } = await this.#fetch({ type: "fetch_peaks", level, tile });
    const all = new Int16Array(copied(data));
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
    const all = new Float64Array(copied(data));
    const count = all.length / 3;
    const [times, pitch, intensity] = [0, count, 2 * count].map((from) => all.subarray(from, from + count));
    return { times, pitch, intensity, byteLength: all.byteLength } as CurveTile;
  }

  async frames(): Promise<Float64Array> {
    if (!this.info.frame_count) return new Float64Array();
    const { data } = await this.#fetch({ type: "fetch_frames" });
    return new Float64Array(copied(data));
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

  async #fragment(
    kind: "sound" | "picture",
    start: number,
    end: number,
    resume: boolean,
    speed = 1,
  ): Promise<Fragment> {
    const codecs = kind === "picture" ? this.#codecs : [];
    const { message, data } = await this.#fetch({ type: "fetch_fragment", kind, start, end, speed, resume, codecs });
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    return { bytes, mime: message.mime, start: message.start, end: message.end, offset: message.offset };
  }

  #avoid(mime: string): boolean {
    const codec = Object.entries(CODECS).find(([, given]) => mime.includes(`"${given.slice(0, 4)}`))?.[0];
    const others = this.#codecs.filter((name) => name !== codec);
    // Python encodes anew in all but the last of them.
    if (others.length === this.#codecs.length || !others.some((name) => name !== "av1")) return false;
    this.#codecs = others;
    return true;
  }

  async #findUrl(): Promise<string> {
    const { url } = this.#source;
    if (url === "" || /^https?:/.test(url) || (await serves(url))) return url;
    this.useStream(`this page gets no answer from the Jupyter server at ${url}`);
    return "";
  }
}

/** Bytes that begin where numbers of any size may. */
const copied = ({ buffer, byteOffset, byteLength }: DataView) => buffer.slice(byteOffset, byteOffset + byteLength);

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
