// The task page as a host: attributes in, one hidden field and crowd-form out. Knows nothing of the editor's DOM.
import { apply, type Document, fromAnnotation, toAnnotation } from "../core/document";
import type { Edit } from "../core/journal";
import type { Annotation, Task } from "../core/types";
import { DraftKeeper } from "./draft";
import { type PageData, readAnnotation, readPage, readStart } from "./page-data";
import type { MediaPort, Port, RemoteEvent } from "./port";
import { fetchSidecar } from "./sidecar";
import { browserReader, type MediaReader, openWorkerMedia } from "./worker-media";

const RESTORED = "What you had done here before the page was loaded again is back.";

/** The name of the answer's only field. */
export const ANSWER_FIELD = "annotations";

/**
 * Opens the task that an element describes; `form` is the page's crowd-form. Rejects with a message to show. What the
 * task starts from may come later, and the media is loaded meanwhile: see `started`.
 */
export async function openWorkerPort(
  element: HTMLElement,
  form: HTMLElement,
  reader: MediaReader = browserReader,
): Promise<WorkerPort> {
  const page = readPage(element);
  const fetched = page.annotationsUrl ? fetchAnnotations(page.annotationsUrl) : null;
  fetched?.catch(() => {}); // told by `started`, when there is a port
  const sidecar = page.peaksUrl ? await fetchSidecar(page.peaksUrl).catch(() => null) : null;
  const port = new WorkerPort(page, await openWorkerMedia(page.mediaUrl, sidecar, reader), form);
  const begin = (text: string, annotation: Annotation): void => {
    // A signature in the address is another one each time.
    const { task = "", annotations = "" } = element.dataset;
    const [address = ""] = page.mediaUrl.split("?", 1);
    const draft = new DraftKeeper(element.ownerDocument.defaultView as Window, task, address, annotations, text);
    const kept = readDraft(draft, page.task);
    port.begin(kept ?? annotation, draft, kept ? RESTORED : "");
  };
  if (page.annotation) begin("", page.annotation);
  else if (fetched) port.started = fetched.then((text) => begin(text, readStart(text, page.task)));
  return port;
}

/** What cannot be read is of no use to anybody. */
function readDraft(draft: DraftKeeper, task: Task): Annotation | null {
  try {
    const text = draft.read();
    return text ? readAnnotation(text, task) : null;
  } catch {
    return null;
  }
}

/** Whoever started from nothing instead would do the work again. */
async function fetchAnnotations(url: string): Promise<string> {
  const response = await fetch(url).catch(() => null);
  const text = response?.ok ? await response.text().catch(() => null) : null;
  if (text === null) {
    throw new Error(
      "The annotations that this task starts from can't be loaded. Reload the task, or tell who sent it.",
    );
  }
  return text;
}

class WorkerPort implements Port {
  readonly capabilities = { save: false, submit: true };
  readonly task: Task;
  readonly media: MediaPort;
  readonly metadata: PageData["metadata"];
  greeting = "";
  /** Settles when there is an annotation to edit; rejects with a message to show where it cannot be had. */
  started: Promise<void> = Promise.resolve();

  readonly #form: HTMLElement;
  readonly #listeners = new Set<(event: RemoteEvent) => void>();
  #draft: DraftKeeper | null = null;
  #start: Annotation | null = null;
  /** Made of the start by the first edit, as a large one takes time. */
  #document: Document | null = null;
  #revision = 0;
  #seen: Record<string, number> = {};

  constructor(page: PageData, media: MediaPort, form: HTMLElement) {
    this.task = page.task;
    this.media = media;
    this.metadata = page.metadata;
    this.#form = form;
  }

  begin(annotation: Annotation, draft: DraftKeeper, greeting: string): void {
    this.#start = annotation;
    this.#draft = draft;
    this.greeting = greeting;
    globalThis.addEventListener("pagehide", this.#leave);
    this.load();
  }

  load(): void {
    const annotation = this.#document ? toAnnotation(this.#document) : this.#start;
    if (annotation) this.#emit({ type: "state", annotation, revision: this.#revision, seen: this.#seen });
  }

  /** Nobody else edits here, so each edit stands at once; it is kept for an editor that opens again. */
  publish({ client, seq, diff }: Edit): void {
    if (!this.#start || seq <= (this.#seen[client] ?? 0)) return;
    const document = apply(this.#document ?? fromAnnotation(this.#start), diff);
    this.#document = document;
    this.#revision += 1;
    this.#seen = { ...this.#seen, [client]: seq };
    this.#draft?.keep(() => JSON.stringify(toAnnotation(document)));
    this.#emit({ type: "applied", diff, revision: this.#revision, client, seq });
  }

  onRemote(listener: (event: RemoteEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** There is nobody to tell: the editor shows problems itself. */
  report(): void {}

  shareSession(): void {}

  async submit(annotation: Annotation): Promise<void> {
    const field = this.#form.querySelector<HTMLInputElement>(`input[name="${ANSWER_FIELD}"]`);
    const submit = "submit" in this.#form ? this.#form.submit : undefined;
    if (!field || typeof submit !== "function") {
      throw new Error("The page can't hand in answers yet: parts of it are still loading. Try again in a moment.");
    }
    field.value = JSON.stringify(annotation);
    let event: Event | undefined;
    const watch = (submitted: Event): void => {
      event = submitted;
    };
    this.#form.addEventListener("submit", watch);
    submit.call(this.#form);
    this.#form.removeEventListener("submit", watch);
    if (event?.defaultPrevented) throw new Error("The page did not take the answer: look for what it asks you to do.");
  }

  dispose(): void {
    globalThis.removeEventListener("pagehide", this.#leave);
    this.#leave();
    this.#listeners.clear();
  }

  readonly #leave = (): void => this.#draft?.flush();

  #emit(event: RemoteEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
