// How far the kernel is with what it was asked to suggest, for every view of a widget. Knows the wire, no editor.
import type { Assist } from "../core/types";
import type { AssistancePort } from "./port";

export class KernelAssistance implements AssistancePort {
  readonly cancel: () => void;
  readonly #listeners = new Set<(status: Assist | null) => void>();
  #status: Assist | null = null;

  constructor(cancel: () => void) {
    this.cancel = cancel;
  }

  /** Null: nothing is known to run. */
  receive(status: Assist | null): void {
    // What has ended is told once.
    this.#status = status?.state === "done" || status?.state === "cancelled" ? null : status;
    for (const listener of [...this.#listeners]) listener(status);
  }

  onStatus(listener: (status: Assist | null) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status);
    return () => this.#listeners.delete(listener);
  }
}
