// What a page has asked the kernel for and not been given yet. Knows the wire, no model and no media.
import type { Fetched, FromBrowser, SpectrogramAnalysis } from "../core/types";

export type FetchRequest =
  | {
      type: "fetch_fragment";
      kind: "sound" | "picture";
      start: number;
      end: number;
      speed: number;
      resume: boolean;
      codecs: string[];
    }
  | { type: "fetch_peaks"; level: number; tile: number }
  | { type: "build_peaks"; run: boolean }
  | { type: "fetch_spectrogram"; analysis: SpectrogramAnalysis; level: number; tile: number }
  | { type: "fetch_curves"; tile: number; floor: number; ceiling: number }
  | { type: "fetch_frames" }
  | { type: "fetch_thumbnails"; times: readonly number[]; within: number };

export interface Answer {
  readonly message: Fetched;
  readonly data: DataView;
}

interface Waiting {
  readonly message: FromBrowser;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export class Fetches {
  readonly #client: string;
  readonly #send: (message: FromBrowser) => void;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  /** Why nothing will be answered any more; empty as long as it may be. */
  #over = "";

  /** `client` tells this page's fetches from those of others on the same widget. */
  constructor(client: string, send: (message: FromBrowser) => void) {
    this.#client = client;
    this.#send = send;
  }

  ask(request: FetchRequest): Promise<Answer> {
    if (this.#over) return Promise.reject(new Error(this.#over));
    this.#count += 1;
    const id = this.#count;
    const message = { ...request, client: this.#client, request: id } as FromBrowser;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { message, resolve, reject });
      this.#send(message);
    });
  }

  /** Send once more what was not answered: the connection was lost meanwhile. */
  again(): void {
    for (const { message } of this.#waiting.values()) this.#send(message);
  }

  take(message: Fetched, buffers: readonly DataView[]): void {
    const waiting = message.client === this.#client ? this.#waiting.get(message.request) : undefined;
    if (!waiting) return;
    this.#waiting.delete(message.request);
    const data = buffers[0];
    if (message.error) waiting.reject(new Error(message.error));
    else if (data) waiting.resolve({ message, data });
    else waiting.reject(new Error("The kernel's answer came without its data."));
  }

  /** Refuse what waits, and all that is asked from now on. */
  end(reason: string): void {
    this.#over ||= reason;
    for (const { reject } of this.#waiting.values()) reject(new Error(this.#over));
    this.#waiting.clear();
  }
}
