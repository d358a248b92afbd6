// The document of one editor, its unacknowledged edits and its history; shared by all views of a widget. No DOM.
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { apply, type Document, fromAnnotation, invert, isEmpty } from "./document";
import { findProblems } from "./fields";
import { markCorrected } from "./suggestions";
import type { Annotation, Diff, Problem, Task } from "./types";

/** What the store needs of a host; a part of Port. */
export interface StorePort {
  readonly task: Task;
  load(): void;
  /** `base` is the revision that was confirmed when the edit was made. */
  publish(diff: Diff, seq: number, base: number): void;
  onRemote(listener: (event: StoreEvent) => void): () => void;
}

export type StoreEvent =
  | { readonly type: "state"; readonly annotation: Annotation; readonly revision: number; readonly seen: number }
  | {
      readonly type: "applied";
      readonly diff: Diff;
      readonly revision: number;
      /** The number of the store's own edit; null for a change that was made elsewhere. */
      readonly seq: number | null;
      /** Whether a change that was made elsewhere came from another page, not from Python. */
      readonly page?: boolean;
    }
  | { readonly type: "rejected"; readonly seq: number; readonly reason: string }
  | { readonly type: "connection"; readonly alive: boolean };

interface Pending {
  readonly seq: number;
  readonly diff: Diff;
  readonly base: number;
}

interface Step {
  readonly label: string;
  readonly undo: Diff;
  readonly redo: Diff;
  readonly merge: string | undefined;
}

const MOST_STEPS = 2000;

export class DocumentStore {
  readonly document: Signal<Document | null> = signal(null);
  /** Edits that the host has not acknowledged. */
  readonly unsaved: Signal<number> = signal(0);
  /** Why the last refused edit was refused; empty when all is well. */
  readonly refusal: Signal<string> = signal("");
  /** Whether the host answers; edits made meanwhile are sent again when it does. */
  readonly alive: Signal<boolean> = signal(true);
  readonly canUndo: ReadonlySignal<string | null>;
  readonly canRedo: ReadonlySignal<string | null>;
  readonly problems: ReadonlySignal<Problem[]>;
  readonly task: Task;

  #base: Document | null = null;
  #revision = -1;
  #pending: Pending[] = [];
  #seq = 0;
  readonly #done: Signal<readonly Step[]> = signal([]);
  readonly #undone: Signal<readonly Step[]> = signal([]);
  readonly #port: StorePort;
  readonly #stop: () => void;

  constructor(port: StorePort) {
    this.#port = port;
    this.task = port.task;
    this.canUndo = computed(() => this.#done.value.at(-1)?.label ?? null);
    this.canRedo = computed(() => this.#undone.value.at(-1)?.label ?? null);
    this.problems = computed(() => (this.document.value ? findProblems(this.document.value, this.task) : []));
    this.#stop = port.onRemote((event) => batch(() => this.#receive(event)));
    port.load();
  }

  dispose(): void {
    this.#stop();
  }

  /** Make an edit: visible at once, published, and one step of the history (joined to the last one of the same `merge`). */
  dispatch(label: string, diff: Diff, merge?: string): void {
    const document = this.document.peek();
    if (!document || isEmpty(diff)) return;
    // An annotation that is changed is not done any more.
    const reopen = document.completion.done && !diff.completion ? { completion: { done: false, reason: "" } } : {};
    const change: Diff = { ...markCorrected(document, diff), ...reopen };
    const step: Step = { label, undo: invert(document, change), redo: change, merge };
    batch(() => {
      this.#remember(step, document);
      this.#publish(change);
    });
  }

  undo(): void {
    this.#turn(this.#done, this.#undone, (step) => step.undo);
  }

  redo(): void {
    this.#turn(this.#undone, this.#done, (step) => step.redo);
  }

  /** Send every unacknowledged edit again, as after a lost connection. */
  resend(): void {
    for (const { diff, seq, base } of [...this.#pending]) this.#port.publish(diff, seq, base);
  }

  #remember(step: Step, before: Document): void {
    const done = this.#done.peek();
    const last = done.at(-1);
    const joined = step.merge !== undefined && last?.merge === step.merge && this.#undone.peek().length === 0;
    if (joined && last) {
      const origin = apply(before, last.undo);
      const redo = joinDiffs(last.redo, step.redo);
      this.#done.value = [...done.slice(0, -1), { ...step, undo: invert(origin, redo), redo }];
    } else {
      this.#done.value = [...done.slice(-MOST_STEPS + 1), step];
    }
    this.#undone.value = [];
  }

  #turn(from: Signal<readonly Step[]>, to: Signal<readonly Step[]>, pick: (step: Step) => Diff): void {
    const step = from.peek().at(-1);
    if (!step) return;
    batch(() => {
      from.value = from.peek().slice(0, -1);
      to.value = [...to.peek(), step];
      this.#publish(pick(step));
    });
  }

  #publish(diff: Diff): void {
    const document = this.document.peek();
    if (!document) return;
    this.#seq += 1;
    const base = this.#revision;
    this.#pending.push({ seq: this.#seq, diff, base });
    this.refusal.value = "";
    this.document.value = apply(document, diff);
    this.unsaved.value = this.#pending.length;
    this.#port.publish(diff, this.#seq, base);
  }

  #receive(event: StoreEvent): void {
    if (event.type === "connection") this.alive.value = event.alive;
    else if (event.type === "state") this.#receiveState(event.annotation, event.revision, event.seen);
    else if (event.type === "rejected") this.#receiveRejection(event.seq, event.reason);
    else if (this.#base === null || event.revision > this.#revision + 1) this.#port.load();
    else if (event.revision === this.#revision + 1) this.#receiveDiff(event);
    else if (event.seq !== null) this.#settle(event.seq);
  }

  #receiveState(annotation: Annotation, revision: number, seen: number): void {
    if (revision < this.#revision) return;
    this.#base = fromAnnotation(annotation);
    this.#revision = revision;
    this.#seq = Math.max(this.#seq, seen);
    this.#pending = this.#pending.filter((item) => item.seq > seen);
    this.#show();
    this.resend();
  }

  #receiveDiff({ diff, revision, seq, page }: Extract<StoreEvent, { type: "applied" }>): void {
    if (!this.#base) return;
    const own = seq !== null && this.#pending[0]?.seq === seq;
    if (seq === null) {
      const label = page ? "change from another page" : "change from Python";
      const step: Step = { label, undo: invert(this.#base, diff), redo: diff, merge: undefined };
      this.#done.value = [...this.#done.peek().slice(-MOST_STEPS + 1), step];
      this.#undone.value = [];
    }
    if (own) this.#pending.shift();
    // With nothing else under way, what is shown is what the host confirmed: no need to make it twice.
    const settled = own && this.#pending.length === 0 ? this.document.peek() : null;
    this.#base = settled ?? apply(this.#base, diff);
    this.#revision = revision;
    this.unsaved.value = this.#pending.length;
    if (!own) this.#show();
  }

  #receiveRejection(seq: number, reason: string): void {
    const refused = this.#pending.find((item) => item.seq === seq);
    if (!refused) return;
    this.#settle(seq);
    this.#done.value = this.#done.peek().filter((step) => step.redo !== refused.diff);
    this.refusal.value = reason;
    this.#show();
  }

  #settle(seq: number): void {
    this.#pending = this.#pending.filter((item) => item.seq !== seq);
    this.unsaved.value = this.#pending.length;
  }

  /** What the user sees: what the host confirmed, and on top of it what is under way. */
  #show(): void {
    if (!this.#base) return;
    this.document.value = this.#pending.reduce((document, item) => apply(document, item.diff), this.#base);
    this.unsaved.value = this.#pending.length;
  }
}

/** One diff with the effect of two, the second made after the first. */
export function joinDiffs(first: Diff, second: Diff): Diff {
  const completion = second.completion ?? first.completion;
  const joined: Diff = completion ? { completion } : {};
  for (const part of ["tracks", "segments", "content"] as const) {
    const [a, b] = [first[part], second[part]];
    if (!a && !b) continue;
    const kept: Record<string, unknown> = { ...a?.put };
    for (const key of b?.remove ?? []) delete kept[key];
    const put = { ...kept, ...b?.put };
    const remove = [...new Set([...(a?.remove ?? []), ...(b?.remove ?? [])])];
    Object.assign(joined, {
      [part]: { ...(Object.keys(put).length ? { put } : {}), ...(remove.length ? { remove } : {}) },
    });
  }
  return joined;
}
