// What feeding a MediaSource takes: one act after the other, and what of it is there. Knows no port and no element.

/** A SourceBuffer whose acts are promises; the caller waits for one before the next. */
export class FragmentBuffer {
  readonly #buffer: SourceBuffer;

  constructor(source: MediaSource, mime: string) {
    this.#buffer = source.addSourceBuffer(mime);
  }

  get updating(): boolean {
    return this.#buffer.updating;
  }

  append(bytes: BufferSource, offset: number): Promise<void> {
    return this.#act(() => {
      if (this.#buffer.timestampOffset !== offset) this.#buffer.timestampOffset = offset;
      this.#buffer.appendBuffer(bytes);
    });
  }

  remove(start: number, end: number): Promise<void> {
    return this.#act(() => this.#buffer.remove(start, end));
  }

  /** Where the unbroken stretch around a time ends; the time itself where there is none. */
  reaches(time: number): number {
    const { buffered } = this.#buffer;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= time + NEAR && time < buffered.end(index)) return buffered.end(index);
    }
    return time;
  }

  get first(): number {
    const { buffered } = this.#buffer;
    return buffered.length ? buffered.start(0) : Number.POSITIVE_INFINITY;
  }

  get last(): number {
    const { buffered } = this.#buffer;
    return buffered.length ? buffered.end(buffered.length - 1) : 0;
  }

  #act(act: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (event: Event) => {
        this.#buffer.removeEventListener("updateend", done);
        this.#buffer.removeEventListener("error", done);
        if (event.type === "error") reject(new Error("the browser could not read the next piece of it"));
        else resolve();
      };
      this.#buffer.addEventListener("updateend", done);
      this.#buffer.addEventListener("error", done);
      try {
        act();
      } catch (error) {
        this.#buffer.removeEventListener("updateend", done);
        this.#buffer.removeEventListener("error", done);
        reject(error);
      }
    });
  }
}

/** Browsers round to microseconds, and count a picture as there a little before it begins. */
const NEAR = 0.002;

/** Open a MediaSource in an element, unless `signal` ends that; rejects where the browser has none. */
export function openSource(element: HTMLMediaElement, signal: AbortSignal): Promise<MediaSource> {
  if (typeof MediaSource === "undefined") {
    return Promise.reject(new Error("this browser takes no media in pieces: use Chrome, Edge, Firefox or Safari"));
  }
  const source = new MediaSource();
  const url = URL.createObjectURL(source);
  // The address keeps the source alive for as long as the page.
  const revoke = () => URL.revokeObjectURL(url);
  return new Promise((resolve) => {
    source.addEventListener("sourceopen", () => resolve(source), { once: true });
    source.addEventListener("sourceopen", revoke, { once: true });
    signal.addEventListener("abort", revoke, { once: true });
    element.src = url;
  });
}
