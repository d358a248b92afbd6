// A kernel in memory with the widget's protocol, and anywidget's models in front of it, each with its own lossy line.
import { apply, fromAnnotation, toAnnotation } from "../../src/core/document";
import type { Annotation, Diff, FromBrowser, FromPython, Setup, State } from "../../src/core/types";
import type { WidgetModel } from "../../src/hosts/notebook";
import { EMPTY, TASK } from "./make";

/** Segments must end by then, so that some random edits are refused. */
export const LENGTH = 50 / 48_000;

export const SETUP: Setup = {
  task: TASK,
  media: {
    url: "https://host/a.wav",
    stream: true,
    info: {
      name: "a.wav",
      kind: "audio",
      mime: "audio/wav",
      duration: LENGTH,
      sample_rate: 48_000,
      channels: 2,
      width: 0,
      height: 0,
      frame_count: 0,
      exact: true,
      way: "",
      container: "",
      codecs: [],
      start: 0,
      channel_names: [],
      hindrances: [],
      warnings: [],
    },
  },
  keymap: { preset: "default", keys: {} },
  document: "document",
  store: "",
};

export class Kernel {
  document = fromAnnotation(EMPTY);
  revision = 0;
  readonly seen: Record<string, number> = {};
  readonly lines: Line[] = [];
  /** Whether nothing can be stored. */
  full = false;

  state(): State {
    return { type: "state", revision: this.revision, annotation: toAnnotation(this.document), seen: { ...this.seen } };
  }

  /** A change made by a program, as `w.segments = ...` does. */
  assign(diff: Diff): void {
    this.#take(diff, "", 0);
  }

  receive(message: FromBrowser): void {
    if (message.type === "hello") return this.#tell(this.state());
    if (message.type !== "edit") return;
    const { client, seq, diff } = message;
    const seen = this.seen[client] ?? 0;
    if (seq <= seen) return this.#tell({ type: "applied", revision: this.revision, client, seq, diff: {} });
    if (seq > seen + 1) return this.#tell(this.state());
    if (this.full) return this.#tell({ type: "held", client, seq, reason: "the disk is full" });
    this.seen[client] = seq;
    if (this.#fits(diff)) this.#take(diff, client, seq);
    else this.#tell({ type: "rejected", client, seq, reason: "it does not fit" });
  }

  #fits(diff: Diff): boolean {
    const after = apply(this.document, diff);
    return after.sorted.every((segment) => after.tracks.has(segment.track) && segment.end <= LENGTH);
  }

  #take(diff: Diff, client: string, seq: number): void {
    this.document = apply(this.document, diff);
    this.revision += 1;
    this.#tell({ type: "applied", revision: this.revision, client, seq, diff });
  }

  #tell(message: FromPython): void {
    for (const line of this.lines) line.down.push(JSON.stringify(message));
  }
}

type Listener = (message: FromPython, buffers?: DataView[]) => void;

/** One page's model: messages wait on the line, both ways, until they are let through or lost. */
export class Line implements WidgetModel {
  readonly up: string[] = [];
  readonly down: string[] = [];
  readonly listeners = new Set<Listener>();
  /** Those who hear that the notebook has given the widget up. */
  readonly mourners = new Set<() => void>();
  readonly shared: Record<string, unknown> = {};
  saved: Annotation | null = null;
  broken = false;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.lines.push(this);
  }

  get(name: string): unknown {
    if (name === "_setup") return SETUP;
    return name === "_document" && this.saved ? { type: "state", revision: 0, annotation: this.saved, seen: {} } : null;
  }

  set(name: string, value: unknown): void {
    this.shared[name] = value;
  }

  save_changes(): void {
    this.shared.saves = Number(this.shared.saves ?? 0) + 1;
  }

  send(content: unknown): void {
    if (this.broken) throw new Error("the comm is closed");
    this.up.push(JSON.stringify(content));
  }

  on(name: string, callback: (...values: never[]) => void): void {
    if (name === "comm_live_update") this.mourners.add(callback as () => void);
    else this.listeners.add(callback as Listener);
  }

  off(name: string, callback: (...values: never[]) => void): void {
    if (name === "comm_live_update") this.mourners.delete(callback as () => void);
    else this.listeners.delete(callback as Listener);
  }

  deliver(message: FromPython, buffers: DataView[] = []): void {
    for (const listener of [...this.listeners]) listener(message, buffers);
  }

  /** Let one message through to the kernel. */
  stepUp(): boolean {
    const message = this.up.shift();
    if (message) this.#kernel.receive(JSON.parse(message));
    return message !== undefined;
  }

  /** Let one message through to the page. */
  stepDown(): boolean {
    const message = this.down.shift();
    if (message) this.deliver(JSON.parse(message));
    return message !== undefined;
  }

  lose(): void {
    this.up.length = 0;
    this.down.length = 0;
  }

  /** What waits to be sent to the kernel. */
  sent(): FromBrowser[] {
    return this.up.splice(0).map((message) => JSON.parse(message));
  }
}

/** Let every message through, until nothing moves any more. */
export function settle(kernel: Kernel): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const line of kernel.lines) moved = line.stepUp() || line.stepDown() || moved;
  }
}
