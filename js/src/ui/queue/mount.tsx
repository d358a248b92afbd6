// Puts a queue into an element: the list, and beside it the editor of the item that is open, one after the other.
import { effect } from "@preact/signals";
import { render } from "preact";
import { newId } from "../../core/commands";
import { RefusedTexts } from "../../core/refused";
import type { OpenItem, QueuePort } from "../../hosts/port";
import { Icon } from "../icon";
import { handleItemKey, handleKey } from "../keys";
import { openEditor } from "../mount";
import { watchTheme } from "../theme";
import { UserKeymap } from "../user-keymap";
import { QueueContext } from "./context";
import { Panel } from "./panel";

export function mountQueue(element: HTMLElement, queue: QueuePort): () => void {
  const view = new QueueView(element, queue);
  return () => view.dispose();
}

type Editing = ReturnType<typeof openEditor>;

class QueueView {
  readonly #queue: QueuePort;
  readonly #keymap: UserKeymap;
  readonly #panel: HTMLElement;
  readonly #stage: HTMLElement;
  readonly #scope = new AbortController();
  readonly #stops: (() => void)[];
  /** What fields of each item did not take: it is there again when the item is. */
  readonly #refused = new Map<number, RefusedTexts>();
  #editing: Editing | null = null;
  #close: () => void = () => {};

  constructor(element: HTMLElement, queue: QueuePort) {
    const document = element.ownerDocument;
    this.#queue = queue;
    this.#keymap = new UserKeymap(queue.keymap);
    this.#panel = frame(document, "avseg-items");
    this.#stage = document.createElement("div");
    this.#stage.className = "avseg-queue-stage";
    this.#stage.tabIndex = -1;
    const inner = document.createElement("div");
    inner.className = "avseg-queue";
    inner.append(this.#panel, this.#stage);
    element.classList.add("avseg-queue-box");
    element.append(inner);
    const theme = watchTheme(document);
    this.#listen(element);
    this.#stops = [
      effect(() => {
        const look = theme.dark.value ? "dark" : "light";
        this.#panel.dataset.theme = look;
        for (const each of inner.querySelectorAll<HTMLElement>(".avseg-queue-notice")) each.dataset.theme = look;
      }),
      effect(() => {
        inner.dataset.collapsed = String(queue.list.view.value.collapsed);
      }),
      queue.onOpened((item) => this.#show(item)),
      () => theme.dispose(),
      () => this.#keymap.dispose(),
      () => render(null, this.#panel),
      () => inner.remove(),
      () => element.classList.remove("avseg-queue-box"),
    ];
    const context = {
      queue,
      keymap: this.#keymap,
      prefix: `avseg-${newId()}`,
      focusEditor: () => this.#focus(),
    };
    render(
      <QueueContext.Provider value={context}>
        <Panel />
      </QueueContext.Provider>,
      this.#panel,
    );
    this.#show(queue.opened);
  }

  dispose(): void {
    this.#close();
    this.#scope.abort();
    for (const stop of this.#stops) stop();
  }

  #listen(element: HTMLElement): void {
    const { signal } = this.#scope;
    const touch = () => this.#queue.touch();
    for (const name of ["keydown", "pointerdown", "pointermove", "wheel"] as const)
      element.addEventListener(name, touch, { signal, passive: true, capture: true });
    this.#panel.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#stage.addEventListener(
      "keydown",
      (event) => {
        const inEditor = this.#editing !== null && event.target !== this.#stage;
        if (!inEditor) this.#key(event);
      },
      { signal },
    );
  }

  /** Keys outside of an editor: those of the one that is open work here too. */
  #key(event: KeyboardEvent): void {
    if (this.#editing) handleKey(event, this.#editing.controller);
    else handleItemKey(event, this.#keymap.strokes.peek(), (id) => this.#queue.items.run(id));
  }

  #focus(): void {
    const editor = this.#stage.querySelector<HTMLElement>(".avseg-editor");
    (editor ?? this.#stage).focus({ preventScroll: true });
  }

  #show(item: OpenItem | null): void {
    const root = this.#stage.getRootNode() as Document | ShadowRoot;
    // The keyboard stays here between two editors: what is typed meanwhile must not reach the notebook.
    if (this.#stage.contains(root.activeElement)) this.#stage.focus({ preventScroll: true });
    this.#stage.style.minHeight = `${this.#stage.offsetHeight}px`;
    this.#close();
    if (item?.editing) this.#edit(item.editing, item.index);
    else this.#tell(item);
  }

  #edit({ port, store }: NonNullable<OpenItem["editing"]>, index: number): void {
    const box = this.#stage.ownerDocument.createElement("div");
    this.#stage.append(box);
    const refused = this.#refused.get(index) ?? new RefusedTexts();
    this.#refused.set(index, refused);
    const editing = openEditor(box, port, store, refused);
    const { clock } = editing.controller;
    const stops = [
      effect(() => {
        if (clock.playing.value && clock.time.value >= 0) this.#queue.touch();
      }),
      effect(() => {
        if (store.document.value) requestAnimationFrame(() => this.#settle(box));
      }),
    ];
    this.#editing = editing;
    this.#close = () => {
      for (const stop of stops) stop();
      this.#editing = null;
      editing.dispose();
      box.remove();
    };
  }

  /** The editor is there: it takes the keyboard if the stage kept it. */
  #settle(box: HTMLElement): void {
    if (!box.isConnected) return;
    this.#stage.style.minHeight = "";
    const root = this.#stage.getRootNode() as Document | ShadowRoot;
    if (root.activeElement === this.#stage) this.#focus();
  }

  /** What stands where the editor is not: it is awaited, or its media does not open. */
  #tell(item: OpenItem | null): void {
    const box = frame(this.#stage.ownerDocument, "avseg-queue-notice");
    box.dataset.theme = this.#panel.dataset.theme ?? "light";
    this.#stage.append(box);
    render(item ? <Broken queue={this.#queue} problem={item.problem} /> : <Awaited queue={this.#queue} />, box);
    this.#close = () => {
      render(null, box);
      box.remove();
    };
  }
}

function frame(document: Document, name: string): HTMLElement {
  const made = document.createElement("div");
  made.className = `avseg ${name}`;
  made.dataset.lmSuppressShortcuts = "true";
  return made;
}

function Awaited({ queue }: { queue: QueuePort }) {
  const { list } = queue;
  return (
    <p class="avseg-loading avseg-queue-awaited" role="status">
      <span dir="auto">Opening {list.row?.item ?? "the next item"}…</span>
      {list.notice.value ? (
        <button type="button" class="avseg-button" onClick={() => queue.stay()}>
          Back to the item before
        </button>
      ) : null}
    </p>
  );
}

function Broken({ queue, problem }: { queue: QueuePort; problem: string }) {
  return (
    <div class="avseg-queue-broken">
      <h2 dir="auto">{queue.list.row?.item}</h2>
      <p class="avseg-message avseg-message-error" role="alert">
        <Icon name="warning" />
        <span dir="auto">This item can’t be opened: {problem}</span>
      </p>
      <p>Flag it or leave a note, and go on with the next item.</p>
    </div>
  );
}
