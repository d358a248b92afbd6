// Small pictures for the rows of a queue's list that are in sight: asked for until they have come. Knows no DOM.
import type { QueueList, RowPicture } from "../core/queue";
import type { Picture, Pictures } from "../core/types";

/** How long the answer to a wish may take, in ms, before it is made again. */
const PATIENCE = 3000;
const INTERVAL = 300;

export class RowPictures {
  readonly #list: QueueList;
  readonly #ask: (indices: number[]) => void;
  #sight: readonly number[] = [];
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(list: QueueList, ask: (indices: number[]) => void) {
    this.#list = list;
    this.#ask = ask;
  }

  /** The rows in sight are these now. */
  look(indices: readonly number[]): void {
    this.#sight = indices;
    if (this.#asking === undefined) this.#go();
  }

  /** Pictures have come, their bytes one behind the other; some may be in the making. */
  take({ pictures, waiting }: Pictures, data: DataView | undefined): void {
    let at = data?.byteOffset ?? 0;
    const found = pictures.map((picture): readonly [Picture, RowPicture] => {
      const bytes = new Uint8Array((data?.buffer ?? new ArrayBuffer(0)) as ArrayBuffer, at, picture.bytes).slice();
      at += picture.bytes;
      const { kind, length } = picture;
      if (kind === "wave") return [picture, { length, peaks: bytes }];
      return [picture, kind === "jpeg" ? { length, url: URL.createObjectURL(new Blob([bytes])) } : { length }];
    });
    if (found.length) this.#list.learn(found);
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#go(), waiting.length ? INTERVAL : 0);
  }

  dispose(): void {
    clearTimeout(this.#asking);
    for (const { url } of this.#list.pictures.peek().values()) if (url) URL.revokeObjectURL(url);
  }

  #go(): void {
    clearTimeout(this.#asking);
    const known = this.#list.pictures.peek();
    const indices = this.#sight.filter((index) => !known.has(index));
    this.#asking = undefined;
    if (indices.length === 0) return;
    this.#asking = setTimeout(() => this.#go(), PATIENCE);
    this.#ask(indices);
  }
}
