// A worker's page: takes, skips and goes on to the next task, which a frame shows. Knows nothing of what is in it.

/** What the portal says to a worker; `left` is in seconds. */
export interface PortalState {
  readonly title: string;
  readonly worker: string;
  readonly own: number;
  readonly items: number;
  readonly done: number;
  readonly paused: boolean;
  readonly assignment?: number;
  readonly url?: string;
  readonly left?: number;
}

/** What a frame tells the page around it once its answer was taken. */
export const SUBMITTED = "avseg-submitted";

const SANDBOX = "allow-scripts allow-forms";
const RECOUNT = 1000;

export class WorkerPage {
  readonly #base: string;
  readonly #title = make("h1", "");
  readonly #status = make("p", "");
  readonly #left = make("p", "");
  readonly #skip = make("button", "Skip this task");
  readonly #take = make("button", "Start working");
  readonly #place = document.createElement("main");
  #frame: HTMLIFrameElement | null = null;
  #state: PortalState | null = null;
  #ends = 0;

  constructor(element: HTMLElement, base: string) {
    this.#base = base;
    this.#status.setAttribute("role", "status");
    this.#left.className = "left";
    for (const button of [this.#skip, this.#take]) {
      button.type = "button";
      button.hidden = true;
    }
    this.#take.className = "main";
    this.#skip.addEventListener("click", () => void this.#skipTask());
    this.#take.addEventListener("click", () => void this.#ask("take"));
    const bar = document.createElement("header");
    bar.append(this.#title, this.#status, this.#left, this.#skip, this.#take);
    element.replaceChildren(bar, this.#place);
    // A sandboxed frame has no origin of its own to compare: what counts is which window speaks.
    window.addEventListener("message", (event) => {
      if (event.source === this.#frame?.contentWindow && event.data === SUBMITTED) void this.#ask("take");
    });
    setInterval(() => this.#count(), RECOUNT);
  }

  open(): void {
    void this.#ask("state");
  }

  async #skipTask(): Promise<void> {
    const assignment = this.#state?.assignment;
    if (assignment === undefined) return;
    await this.#ask("skip", { assignment });
    if (!this.#state?.url) await this.#ask("take");
  }

  async #ask(what: "state" | "take" | "skip", content?: unknown): Promise<void> {
    this.#skip.disabled = this.#take.disabled = true;
    try {
      const response = await fetch(this.#base + what, {
        method: what === "state" ? "GET" : "POST",
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      });
      if (!response.ok) throw new Error(await response.text());
      this.#show((await response.json()) as PortalState, what !== "state");
    } catch (error) {
      const reason = error instanceof TypeError ? "it does not answer" : (error as Error).message;
      this.#status.textContent = `The portal could not be asked: ${reason}. What you submitted is kept. Try again.`;
      this.#take.textContent = "Try again";
      this.#take.hidden = this.#frame !== null;
    } finally {
      this.#skip.disabled = this.#take.disabled = false;
    }
  }

  #show(state: PortalState, asked: boolean): void {
    const changed = state.assignment !== this.#state?.assignment;
    this.#state = state;
    document.title = this.#title.textContent = state.title;
    this.#status.textContent = describe(state, asked);
    this.#ends = performance.now() + 1000 * (state.left ?? 0);
    this.#skip.hidden = !state.url;
    this.#take.hidden = Boolean(state.url);
    this.#take.textContent = asked && !state.url ? "Look again" : "Start working";
    this.#count();
    if (!state.url) {
      this.#frame = null;
      this.#place.replaceChildren();
    } else if (changed || !this.#frame) {
      this.#frame = taskFrame(state.url);
      this.#place.replaceChildren(this.#frame);
    }
  }

  #count(): void {
    if (!this.#state?.url) {
      this.#left.textContent = "";
      return;
    }
    const seconds = Math.max(0, Math.ceil((this.#ends - performance.now()) / 1000));
    this.#left.textContent = seconds
      ? `Time left: ${formatLeft(seconds)}`
      : "The time for this task is over: it may go to somebody else. Submit what you have.";
  }
}

function taskFrame(url: string): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", SANDBOX);
  frame.title = "Task";
  frame.src = url;
  return frame;
}

/** What stands above the task, in a sentence or two; `asked` when a task was wanted. */
export function describe(state: PortalState, asked: boolean): string {
  const own = `${state.worker}: ${state.own === 1 ? "1 task" : `${state.own} tasks`} submitted`;
  const all = `${state.done} of ${state.items} items are done`;
  if (state.url || !asked) return `${own}. ${all}.`;
  if (state.paused) return `${own}. The work is paused: look again later.`;
  return state.done === state.items
    ? `${own}. All is done: thank you.`
    : `${own}. ${all}; nothing is left for you at the moment.`;
}

/** Seconds as hours, minutes and seconds. */
export function formatLeft(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

function make<K extends keyof HTMLElementTagNameMap>(name: K, text: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
