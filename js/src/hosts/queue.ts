// A labeling queue in a notebook: one model for all items, each item's editor with a port of its own. Knows the wire,
// nothing of the editor's DOM.
import { ActiveTime, type ListView, PLAIN_VIEW, QueueList } from "../core/queue";
import { DocumentStore } from "../core/store";
import type { FromQueuePage, Opened, QueueRow, QueueState, ToQueuePage } from "../core/types";
import { keymapOf, NotebookPort, type WidgetModel } from "./notebook";
import type { ItemsPort, KeymapPort, OpenItem, QueuePort } from "./port";
import { KeptMarks, type Marks } from "./queue-marks";
import { RowPictures } from "./queue-pictures";
import { keepView, keptView } from "./queue-view";

type Callback = (...values: never[]) => void;

/** How long the kernel may take to open an item before the user is told, in ms. */
const OPEN_PATIENCE = 10_000;
/** Working time is told whenever so much has gathered, in ms. */
const SPENT_INTERVAL = 10_000;

/** The queue's model as one document sees it: what it sends is said of that document, and it hears nothing else. */
class ItemModel implements WidgetModel {
  readonly #queue: WidgetModel;
  readonly #opened: Opened;
  readonly #listeners = new Set<Callback>();

  constructor(queue: WidgetModel, opened: Opened) {
    this.#queue = queue;
    this.#opened = opened;
  }

  /** By this a port knows the kernel's state, where a host tells it. */
  get widget_manager(): unknown {
    return (this.#queue as { readonly widget_manager?: unknown }).widget_manager;
  }

  get(name: string): unknown {
    if (name === "_setup") return this.#opened.setup;
    return name === "_document" ? this.#opened.state : this.#queue.get(name);
  }

  set(name: string, value: unknown): void {
    this.#queue.set(name, value);
  }

  save_changes(): void {
    this.#queue.save_changes();
  }

  send(message: unknown): void {
    this.#queue.send({ type: "for_item", document: this.#opened.setup?.document ?? "", message });
  }

  on(name: string, callback: Callback): void {
    if (name === "msg:custom") this.#listeners.add(callback);
    else this.#queue.on(name, callback);
  }

  off(name: string, callback: Callback): void {
    if (name === "msg:custom") this.#listeners.delete(callback);
    else this.#queue.off(name, callback);
  }

  deliver(message: unknown, buffers: readonly DataView[]): void {
    for (const listener of [...this.#listeners]) (listener as (...values: unknown[]) => void)(message, buffers);
  }
}

class ItemPort extends NotebookPort {
  readonly items: ItemsPort;

  constructor(model: WidgetModel, items: ItemsPort) {
    super(model);
    this.items = items;
  }
}

/** A document that is open, or that has edits which Python has not acknowledged. */
interface Desk {
  readonly item: string;
  readonly model: ItemModel;
  readonly port: ItemPort;
  readonly store: DocumentStore;
  readonly stop: () => void;
}

export class QueueHost implements QueuePort {
  readonly list: QueueList;
  readonly keymap: KeymapPort;
  readonly items: ItemsPort;

  readonly #model: WidgetModel;
  readonly #desks = new Map<string, Desk>();
  readonly #listeners = new Set<(item: OpenItem | null) => void>();
  readonly #time = new ActiveTime();
  readonly #marks: KeptMarks;
  readonly #pictures: RowPictures;
  readonly #stops: (() => void)[] = [];
  #last: OpenItem;
  #asked: ReturnType<typeof setTimeout> | undefined;
  /** The item to ask for when the one asked for has come. */
  #then: number | null = null;

  constructor(model: WidgetModel) {
    this.#model = model;
    const state = model.get("_queue") as QueueState;
    this.list = new QueueList(state, {
      ...PLAIN_VIEW,
      ...keptView(state),
      ...(model.get("_view") as Partial<ListView>),
    });
    this.keymap = keymapOf(model, model.get("keymap") as KeymapPort["given"]);
    this.items = new Items(this);
    this.#marks = new KeptMarks(state);
    this.#pictures = new RowPictures(this.list, (indices) => void this.#send({ type: "fetch_pictures", indices }));
    this.#takeRows(state.rows, state.progress);
    this.#last = this.#itemOf(state.opened);
    this.#listen("msg:custom", this.#receive as Callback);
    this.list.advance.value = model.get("advance") as boolean;
    this.#listen("change:advance", () => {
      this.list.advance.value = model.get("advance") as boolean;
    });
    this.#stops.push(
      this.list.advance.subscribe((value) => this.#keep("advance", value)),
      this.list.view.subscribe((value) => {
        this.#keep("_view", value);
        keepView(state, value);
      }),
    );
  }

  get opened(): OpenItem | null {
    return this.#asked === undefined ? this.#last : null;
  }

  onOpened(listener: (item: OpenItem | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  go(index: number): void {
    if (index === this.list.current.peek()) return;
    const connection = this.#last.editing?.store.connection.peek();
    if (connection === "ended" || connection === "down") {
      const then =
        connection === "ended" ? "run the cell again to go on" : "the next item opens when it can be reached";
      this.list.notice.value = `Not connected: ${then}.`;
      return;
    }
    this.list.current.value = index;
    this.list.notice.value = "";
    if (this.#asked !== undefined) {
      this.#then = index;
      return;
    }
    this.#tellTime();
    if (this.#ask(index)) this.#emit(null);
  }

  stay(): void {
    this.#open(this.#last);
  }

  mark(index: number, marks: Marks): void {
    const row = this.list.rows.peek()[index];
    if (!row) return;
    this.#marks.add(row.item, marks);
    this.list.take([{ ...row, ...marks }], this.list.progress.peek());
    const isSent = this.#sendMarks(index, marks);
    if (!isSent || (this.#last.editing?.store.connection.peek() ?? "up") !== "up")
      this.list.notice.value = "Not connected: flags and notes are kept in this browser until Python has them.";
  }

  look(indices: readonly number[]): void {
    this.#pictures.look(indices);
  }

  touch(): void {
    this.#time.touch(performance.now());
    if (this.#time.counted >= SPENT_INTERVAL) this.#tellTime();
  }

  dispose(): void {
    this.#tellTime();
    for (const stop of this.#stops) stop();
    clearTimeout(this.#asked);
    this.#pictures.dispose();
    for (const document of [...this.#desks.keys()]) this.#leave(document, true);
    this.#listeners.clear();
  }

  #listen(name: string, callback: Callback): void {
    this.#model.on(name, callback);
    this.#stops.push(() => this.#model.off(name, callback));
  }

  #keep(name: string, value: unknown): void {
    if (JSON.stringify(this.#model.get(name)) === JSON.stringify(value)) return;
    this.#model.set(name, value);
    this.#model.save_changes();
  }

  /** Says whether the message went out: it does not where the kernel is gone, and whoever needs that tells the user. */
  #send(message: FromQueuePage): boolean {
    try {
      this.#model.send(message);
      return true;
    } catch {
      return false;
    }
  }

  #sendMarks(index: number, { flagged, note }: Marks): boolean {
    return this.#send({ type: "mark", index, flagged: flagged ?? null, note: note ?? null });
  }

  #emit(item: OpenItem | null): void {
    for (const listener of [...this.#listeners]) listener(item);
  }

  readonly #receive = (message: ToQueuePage, buffers: readonly DataView[] = []): void => {
    if (message.type === "of_item") this.#desks.get(message.document)?.model.deliver(message.message, buffers);
    else if (message.type === "rows") this.#takeRows(message.rows, message.progress);
    else if (message.type === "pictures") this.#pictures.take(message, buffers[0]);
    else if (message.type === "opened") this.#receiveOpened(message);
    else if (message.type === "notice") this.list.notice.value = message.message;
  };

  #takeRows(rows: readonly QueueRow[], progress: string): void {
    const shown = rows.map((row) => this.#marks.settle(row));
    this.list.take(shown, progress);
  }

  // One item after the other.

  /** Says whether the item is on its way; if not, the one that is open stays. */
  #ask(index: number): boolean {
    clearTimeout(this.#asked);
    this.#asked = setTimeout(() => {
      this.list.notice.value = `Python does not answer. ${this.list.rows.peek()[index]?.item} opens when it does.`;
    }, OPEN_PATIENCE);
    const isSent = this.#send({ type: "go", index, following: this.list.following() });
    if (!isSent) {
      this.stay();
      this.list.notice.value = "Not connected: run the cell again to go on.";
    }
    return isSent;
  }

  #receiveOpened(message: Opened): void {
    const then = this.#then;
    this.#then = null;
    if (then !== null && then !== message.index) return void this.#ask(then);
    this.#tellTime();
    this.#open(this.#itemOf(message));
  }

  #open(item: OpenItem): void {
    clearTimeout(this.#asked);
    this.#asked = undefined;
    this.#last = item;
    this.list.current.value = item.index;
    this.list.notice.value = "";
    this.#emit(item);
    for (const [document, desk] of [...this.#desks]) {
      if (desk.port !== item.editing?.port && desk.store.unsaved.peek() === 0) this.#leave(document);
    }
  }

  /** An item as its message describes it; a document that still has edits under way goes on as it is. */
  #itemOf(opened: Opened): OpenItem {
    const { index, setup, problem } = opened;
    if (!setup) return { index, editing: null, problem };
    const desk = this.#desks.get(setup.document) ?? this.#desk(opened, setup.document);
    return { index, editing: { port: desk.port, store: desk.store }, problem };
  }

  #desk(opened: Opened, document: string): Desk {
    const model = new ItemModel(this.#model, opened);
    const port = new ItemPort(model, this.items);
    const store = new DocumentStore(port);
    const item = this.list.rows.peek()[opened.index]?.item ?? "";
    const stops = [
      store.connection.subscribe((connection) => {
        if (connection !== "up") return;
        for (const [index, marks] of this.#marks.waiting(this.list.rows.peek())) this.#sendMarks(index, marks);
      }),
      store.unsaved.subscribe((count) => {
        // Left with edits under way: they are all in Python now.
        if (count === 0 && this.#desks.has(document) && this.#last.editing?.port !== port) this.#leave(document);
      }),
      store.refusals.subscribe((refusals) => {
        const reason = refusals.at(-1)?.reason;
        if (reason && this.#last.editing?.port !== port)
          this.list.notice.value = `${item}: an edit was refused: ${reason}`;
      }),
    ];
    const desk = { item, model, port, store, stop: () => stops.map((stop) => stop()) };
    this.#desks.set(document, desk);
    return desk;
  }

  #leave(document: string, now = false): void {
    const desk = this.#desks.get(document);
    if (!desk) return;
    this.#desks.delete(document);
    const end = () => {
      desk.stop();
      desk.store.dispose();
      desk.port.dispose();
    };
    // Not under the feet of whoever just told of the last edit.
    if (now) end();
    else queueMicrotask(end);
  }

  #tellTime(): void {
    const seconds = this.#time.take();
    if (seconds > 0) this.#send({ type: "spent", index: this.#last.index, seconds });
  }
}

/** What the editor of an item may do with the list. */
class Items implements ItemsPort {
  readonly #queue: QueuePort;
  readonly #calls: Readonly<Record<string, () => string>> = {
    "next-item": () => this.#go(1),
    "previous-item": () => this.#go(-1),
    "flag-item": () => this.#toggleFlag(),
    "item-note": () => this.#want("note"),
    "find-item": () => this.#want("search"),
    "item-list": () => this.#look(!this.#queue.list.view.peek().collapsed),
  };

  constructor(queue: QueuePort) {
    this.#queue = queue;
  }

  run(id: string): string | null {
    return this.#calls[id]?.() ?? null;
  }

  finished(): string {
    const { list } = this.#queue;
    if (!list.advance.peek()) return "";
    const to = list.nextOpen();
    if (to === null)
      return `Marked as done. No item ${list.isNarrowed ? "in this view of the list " : ""}is left to do.`;
    this.#queue.go(to);
    return "";
  }

  #go(direction: 1 | -1): string {
    const to = this.#queue.list.next(direction);
    if (to === null) return `This is the ${direction > 0 ? "last" : "first"} item of the list.`;
    this.#queue.go(to);
    return "";
  }

  #toggleFlag(): string {
    const { row } = this.#queue.list;
    if (!row) return "";
    this.#queue.mark(row.index, { flagged: !row.flagged });
    return row.flagged ? "The flag is taken away." : "Flagged.";
  }

  #want(field: "search" | "note"): string {
    this.#look(false);
    this.#queue.list.wanted.value = field;
    return "";
  }

  #look(collapsed: boolean): string {
    this.#queue.list.look({ collapsed });
    return "";
  }
}
