// The document of one editor, its unacknowledged edits and its history; shared by all views of a widget. No DOM.
import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import { describeDiff } from "./describe";
import { apply, type Document, fromAnnotation, isEmpty } from "./document";
import { findProblems } from "./fields";
import { History } from "./history";
import type { Edit, Journal, KeptHistory, Left } from "./journal";
import { Outbox, type Seen } from "./outbox";
import { markCorrected } from "./suggestions";
import type { Annotation, Diff, Problem, Task } from "./types";

/** What the store needs of a host; a part of Port. */
export interface StorePort {
  readonly task: Task;
  /** Where edits and history are kept beside the host's own side, if anywhere. */
  readonly journal?: Journal | undefined;
  load(): void;
  publish(edit: Edit): void;
  onRemote(listener: (event: StoreEvent) => void): () => void;
}

type OfEdit = Pick<Edit, "client" | "seq">;

export type StoreEvent =
  | { readonly type: "state"; readonly annotation: Annotation; readonly revision: number; readonly seen: Seen }
  /** A change stands; `client` is empty for one made in Python. Without a change it only acknowledges. */
  | ({ readonly type: "applied"; readonly diff: Diff; readonly revision: number } & OfEdit)
  | ({ readonly type: "rejected"; readonly reason: string } & OfEdit)
  /** An edit could not be stored; nobody has it but this side. */
  | ({ readonly type: "held"; readonly reason: string } & OfEdit)
  /** It is time to send again what was held. */
  | { readonly type: "retry" }
  | { readonly type: "connection"; readonly connection: Connection };

/** The host answers, does not though it could be reached, can't be reached, or is gone for good. */
export type Connection = "up" | "silent" | "down" | "ended";

export interface Refusal {
  readonly reason: string;
  /** What the edit was, in words. */
  readonly edit: string;
  /** Whether it was made when nobody answered, perhaps long ago: it is shown until the user has seen it. */
  readonly late: boolean;
}

const MOST_REFUSALS = 100;

export class DocumentStore {
  readonly document: Signal<Document | null> = signal(null);
  /** Edits that the host has not acknowledged. */
  readonly unsaved: Signal<number> = signal(0);
  /** The edits that were refused, of late. */
  readonly refusals: Signal<readonly Refusal[]> = signal([]);
  /** Whether the host answers; edits made meanwhile are sent again when it does. */
  readonly connection: Signal<Connection> = signal("up");
  /** Whether edits under way outlive the page. */
  readonly lasting: Signal<boolean> = signal(false);
  /** Whether it is known what earlier pages left. */
  readonly opened: Signal<boolean>;
  /** Why edits can't be stored; empty when all is well. */
  readonly trouble: Signal<string> = signal("");
  readonly canUndo: ReadonlySignal<string | null>;
  readonly canRedo: ReadonlySignal<string | null>;
  readonly problems: ReadonlySignal<Problem[]>;
  readonly task: Task;

  #base: Document | null = null;
  #revision = -1;
  #seen: Seen = {};
  /** What earlier pages left, until there is a document to compare it with; null before it is read. */
  #left: Left | "taken" | null = null;
  readonly #outbox = new Outbox();
  readonly #history = new History();
  readonly #port: StorePort;
  readonly #stop: () => void;

  constructor(port: StorePort) {
    this.#port = port;
    this.task = port.task;
    this.opened = signal(port.journal === undefined);
    this.canUndo = this.#history.canUndo;
    this.canRedo = this.#history.canRedo;
    this.problems = computed(() => (this.document.value ? findProblems(this.document.value, this.task) : []));
    let open = true;
    const stop = port.onRemote((event) => batch(() => this.#receive(event)));
    this.#stop = () => {
      open = false;
      stop();
    };
    void port.journal
      ?.open((lasting) => (this.lasting.value = lasting))
      .then((left) => {
        if (open) batch(() => this.#receiveLeft(left));
      });
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
    batch(() => {
      this.#history.remember(label, document, change, merge);
      this.#publish(change);
    });
  }

  /** What `undo` and `redo` would change. */
  get next() {
    return this.#history.next;
  }

  undo(): void {
    this.#turn(() => this.#history.undo());
  }

  redo(): void {
    this.#turn(() => this.#history.redo());
  }

  /** Send again what could not be stored; the first edit goes ahead and tells whether it can now. */
  retry(): void {
    const [first] = this.#outbox.edits;
    if (first) this.#port.publish(first);
  }

  /** The user has seen what was refused. */
  dismissRefusals(): void {
    this.refusals.value = [];
  }

  #turn(pick: () => Diff | null): void {
    batch(() => {
      const diff = pick();
      if (diff) this.#publish(diff);
    });
  }

  #publish(diff: Diff): void {
    const document = this.document.peek();
    if (!document) return;
    const edit = this.#outbox.add(diff, this.#revision);
    this.#port.journal?.keep(edit);
    this.refusals.value = this.refusals.peek().filter(({ late }) => late);
    this.document.value = apply(document, diff);
    this.unsaved.value = this.#outbox.edits.length;
    this.#keepHistory();
    if (this.trouble.peek() === "" && this.#outbox.edits[0]?.client === edit.client) this.#port.publish(edit);
  }

  #resend(): void {
    if (this.trouble.peek() === "") for (const edit of this.#outbox.sendable()) this.#port.publish(edit);
  }

  #receive(event: StoreEvent): void {
    if (event.type === "connection") this.connection.value = event.connection;
    else if (event.type === "retry") this.retry();
    else if (event.type === "state") this.#receiveState(event.annotation, event.revision, event.seen);
    else if (event.type === "held") this.#receiveHeld(event);
    else if (event.type === "rejected") this.#receiveRejection(event);
    else if (isEmpty(event.diff)) this.#receiveAcknowledgement(event);
    else if (this.#base === null || event.revision > this.#revision + 1) this.#port.load();
    else if (event.revision === this.#revision + 1) this.#receiveDiff(event);
    else this.#settle(event);
  }

  #receiveState(annotation: Annotation, revision: number, seen: Seen): void {
    if (revision < this.#revision) return;
    this.#base = fromAnnotation(annotation);
    this.#revision = revision;
    this.#seen = seen;
    this.#settleSeen();
    this.#takeLeft();
    const renumbered = this.#outbox.renumber(seen);
    for (const edit of renumbered?.dropped ?? []) this.#port.journal?.drop(edit);
    for (const edit of renumbered?.kept ?? []) this.#port.journal?.keep(edit);
    this.#show();
    this.#keepHistory();
    this.#resend();
  }

  #settleSeen(): void {
    const gone = this.#outbox.settleSeen(this.#seen);
    for (const edit of gone) this.#port.journal?.drop(edit);
    if (gone.length) this.trouble.value = "";
  }

  /** An edit that was sent twice is acknowledged twice; what it is acknowledged with may not be here yet. */
  #receiveAcknowledgement(event: Extract<StoreEvent, { type: "applied" }>): void {
    if (event.revision > this.#revision) this.#port.load();
    else this.#settle(event);
  }

  #receiveDiff({ diff, revision, client, seq }: Extract<StoreEvent, { type: "applied" }>): void {
    if (!this.#base) return;
    const own = this.#outbox.find({ client, seq }) !== undefined;
    if (!own) {
      const label = client ? "change from another page" : "change from Python";
      this.#history.remember(label, this.#base, diff);
    }
    this.#seen = client ? { ...this.#seen, [client]: seq } : this.#seen;
    this.#revision = revision;
    const shown = this.document.peek();
    if (own) this.#settle({ client, seq }, revision);
    // With nothing else under way, what is shown is what the host confirmed: no need to make it twice.
    const settled = own && this.#outbox.edits.length === 0;
    this.#base = settled ? shown : apply(this.#base, diff);
    if (!own) this.#show();
    this.#keepHistory();
  }

  #receiveHeld(held: OfEdit & { reason: string }): void {
    if (this.#outbox.find(held)) this.trouble.value = held.reason;
  }

  #receiveRejection(rejected: OfEdit & { reason: string }): void {
    const refused = this.#outbox.find(rejected);
    if (!refused) return;
    const late =
      refused.client !== this.#outbox.client || refused.base < this.#revision || this.connection.peek() !== "up";
    const refusal = { reason: rejected.reason, edit: describeDiff(refused.diff, this.#base, this.task), late };
    this.refusals.value = [...this.refusals.peek(), refusal].slice(-MOST_REFUSALS);
    this.#seen = { ...this.#seen, [refused.client]: refused.seq };
    this.#history.forget(refused.diff);
    this.#settle(refused);
    this.#show();
    this.#keepHistory();
  }

  /** Let an edit go that is settled, one way or the other; those that waited for it are sent. */
  #settle(settled: OfEdit, revision?: number): void {
    const edit = this.#outbox.find(settled);
    if (!edit) return;
    const waited = this.trouble.peek() !== "";
    this.#outbox.settle(edit, revision);
    this.#port.journal?.drop(edit);
    this.trouble.value = "";
    this.unsaved.value = this.#outbox.edits.length;
    if (waited || this.#outbox.edits[0]?.client !== edit.client) this.#resend();
  }

  #receiveLeft(left: Left): void {
    this.opened.value = true;
    this.#left = left;
    if (this.#base === null) return; // the state that comes has what to compare it with
    this.#takeLeft();
    this.#show();
    this.#resend();
  }

  /** Go on where an earlier page was: its edits go out again, and its history counts where nothing came between. */
  #takeLeft(): void {
    const left = this.#left;
    const base = this.#base;
    if (!left || left === "taken" || !base) return;
    this.#left = "taken";
    const edits = this.#outbox.restore(left.edits);
    this.#settleSeen();
    const history = left.histories.find((kept) => this.#fits(kept));
    if (history) this.#history.restore(history);
    else this.#rememberLeft(base, edits);
    this.#keepHistory();
  }

  /** Whether the document is what the history was kept for, with no more than its own edits taken since. */
  #fits({ revision, pending }: KeptHistory): boolean {
    const isTaken = ([client, seq]: readonly [string, number]) => seq <= (this.#seen[client] ?? 0);
    const waiting = pending.filter((name) => !isTaken(name));
    return (
      this.#revision === revision + pending.length - waiting.length &&
      waiting.every(([client, seq]) => this.#outbox.find({ client, seq }) !== undefined)
    );
  }

  #rememberLeft(base: Document, edits: readonly Edit[]): void {
    let document = base;
    for (const edit of edits) {
      if (!this.#outbox.find(edit)) continue;
      this.#history.remember("change kept in this browser", document, edit.diff);
      document = apply(document, edit.diff);
    }
  }

  #keepHistory(): void {
    if (this.#left !== "taken") return;
    const pending = this.#outbox.edits.map(({ client, seq }) => [client, seq] as const);
    this.#port.journal?.keepHistory({ revision: this.#revision, pending, ...this.#history.kept });
  }

  /** What the user sees: what the host confirmed, and on top of it what is under way. */
  #show(): void {
    if (!this.#base) return;
    this.document.value = this.#outbox.edits.reduce((document, { diff }) => apply(document, diff), this.#base);
    this.unsaved.value = this.#outbox.edits.length;
  }
}
