// A worker's page: takes, skips and goes on to the next task, which a frame shows. Knows nothing of what is in it.
import { AskError, ask, isPassing, make, makeButton } from "./ask";

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
/** What a frame tells once all of its task was loaded; as in crowd/standin.ts. */
export const LOADED = "avseg-loaded";
/** What it tells when the task could not be opened. */
export const FAILED = "avseg-failed";
/** How what a frame tells of its draft begins; as in hosts/draft.ts. */
export const DRAFT = "avseg-draft:";

const SANDBOX = "allow-scripts allow-forms";
const RECOUNT = 1000;
const RETRY = 1000;
/** How long a task may take to load, in ms, before it is opened anew, which may then take twice as long. */
const PATIENCE = 10_000;
/** How often a task is opened anew that says itself that it failed: what does not pass is told in its place. */
const MOST_FAILURES = 3;

type Wish = "state" | "take" | "skip";

export class WorkerPage {
  readonly #title = make("h1");
  readonly #status = make("p");
  readonly #left = make("p");
  readonly #skip = makeButton("Skip this task", () => void this.#skipTask());
  readonly #take = makeButton("Start working", () => void this.#ask("take"));
  readonly #leave = makeButton("Sign out", () => void this.#signOut());
  readonly #notice = make("div");
  readonly #place = make("main");
  #frame: HTMLIFrameElement | null = null;
  /** Whether the frame has said so. */
  #loaded = false;
  #failures = 0;
  #patience = PATIENCE;
  #state: PortalState | null = null;
  #ends = 0;

  constructor(element: HTMLElement) {
    this.#status.setAttribute("role", "status");
    this.#left.className = "left";
    this.#notice.className = "notice";
    this.#take.className = "main";
    this.#skip.hidden = this.#leave.hidden = true;
    const bar = make("header");
    bar.append(this.#title, this.#status, this.#left, this.#skip, this.#leave);
    element.replaceChildren(bar, this.#place);
    // A sandboxed frame has no origin of its own to compare: what counts is which window speaks.
    window.addEventListener("message", (event) => {
      if (event.source !== this.#frame?.contentWindow) return;
      if (event.data === LOADED) {
        this.#loaded = true;
      } else if (event.data === FAILED) {
        this.#failures += 1;
        this.#loaded = this.#failures > MOST_FAILURES;
        if (!this.#loaded) this.#showSoonAgain(this.#frame);
      } else if (event.data === SUBMITTED) {
        this.#keep("");
        void this.#ask("take");
      } else if (typeof event.data === "string" && event.data.startsWith(DRAFT)) {
        this.#keep(event.data.slice(DRAFT.length));
      }
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

  async #signOut(): Promise<void> {
    try {
      await ask("/leave", {});
      location.reload();
    } catch (error) {
      this.#status.textContent = (error as Error).message;
    }
  }

  async #ask(what: Wish, content: unknown = {}): Promise<void> {
    this.#skip.disabled = this.#take.disabled = true;
    try {
      this.#show(await ask<PortalState>(`/${what}`, what === "state" ? undefined : content), what !== "state");
    } catch (error) {
      this.#fail(error as AskError, () => void this.#ask(what, content));
    } finally {
      this.#skip.disabled = this.#take.disabled = false;
    }
  }

  /** What passes by itself is tried again; the task on the screen stays, as what was done in it is there only. */
  #fail(error: AskError, again: () => void): void {
    if (!(error instanceof AskError)) throw error;
    const kept = "What you submitted is kept.";
    this.#status.textContent = error.passing ? `${error.message}: trying again. ${kept}` : error.message;
    if (error.passing) setTimeout(again, RETRY);
    else if (!this.#frame) this.#tell(error.message, "Try again");
  }

  /** Keep what a task's frame calls itself, its draft, for when this page is loaded again; nothing when it is over. */
  #keep(name: string): void {
    try {
      sessionStorage.setItem(DRAFT, JSON.stringify([this.#state?.assignment, name]));
    } catch {
      // A full storage: the work is still on the screen.
    }
  }

  #kept(): string {
    const [assignment, name] = JSON.parse(sessionStorage.getItem(DRAFT) ?? "[]") as [number?, string?];
    return assignment === this.#state?.assignment ? (name ?? "") : "";
  }

  #show(state: PortalState, asked: boolean): void {
    const changed = state.assignment !== this.#state?.assignment;
    this.#state = state;
    document.title = this.#title.textContent = state.title;
    this.#status.textContent = describe(state);
    this.#ends = performance.now() + 1000 * (state.left ?? 0);
    this.#skip.hidden = !state.url;
    this.#title.hidden = Boolean(state.url); // the task says it too
    this.#leave.hidden = false;
    this.#count();
    if (!state.url) {
      this.#frame = null;
      this.#tell(...invite(state, asked));
    } else if (changed || !this.#frame) {
      this.#failures = 0;
      this.#patience = PATIENCE;
      this.#showTask(state.url);
    }
  }

  #showTask(url: string): void {
    const frame = taskFrame(url, this.#kept());
    this.#frame = frame;
    this.#loaded = false;
    // A page that could not be loaded is an event too, and tells nothing; one that broke off is none.
    frame.addEventListener("load", () => this.#showSoonAgain(frame));
    this.#showSoonAgain(frame, this.#patience);
    this.#patience *= 2;
    this.#place.replaceChildren(frame);
  }

  #showSoonAgain(frame: HTMLIFrameElement, delay = RETRY): void {
    setTimeout(() => void this.#showAgain(frame), delay);
  }

  /** Open a task anew of which something was not loaded; what the portal says against it stays in its place. */
  async #showAgain(frame: HTMLIFrameElement): Promise<void> {
    const isNeeded = (): boolean => frame === this.#frame && !this.#loaded;
    if (!isNeeded()) return;
    const response = await fetch(frame.src).catch(() => null);
    if (!isNeeded()) return;
    if (!response || isPassing(response.status)) {
      const reason = response ? "has trouble" : "does not answer";
      this.#status.textContent = `The task could not be loaded, as the portal ${reason}: trying again.`;
      this.#showSoonAgain(frame);
    } else if (response.ok) {
      if (this.#state) this.#status.textContent = describe(this.#state);
      this.#showTask(frame.src);
    }
  }

  #tell(text: string, button: string): void {
    this.#take.textContent = button;
    this.#notice.replaceChildren(make("p", text), ...(button ? [this.#take] : []));
    this.#place.replaceChildren(this.#notice);
    this.#take.focus();
  }

  #count(): void {
    this.#left.hidden = !this.#state?.url;
    if (!this.#state?.url) return;
    const seconds = Math.max(0, Math.ceil((this.#ends - performance.now()) / 1000));
    this.#left.classList.toggle("over", seconds === 0);
    this.#left.textContent = seconds
      ? `Time left: ${formatLeft(seconds)}`
      : "The time is over: somebody else may get this task. Submit what you have.";
  }
}

function taskFrame(url: string, name: string): HTMLIFrameElement {
  const frame = make("iframe");
  frame.name = name;
  frame.setAttribute("sandbox", SANDBOX);
  frame.title = "Task";
  frame.src = url;
  return frame;
}

/** What stands above the task. */
export function describe(state: PortalState): string {
  const own = state.own === 1 ? "1 task" : `${state.own} tasks`;
  return `${state.worker}: ${own} submitted. ${state.done} of ${state.items} items are done.`;
}

/** What stands in the place of a task, and what the button there says, if any; `asked` when a task was wanted. */
export function invite(state: PortalState, asked: boolean): [string, string] {
  if (state.done === state.items) return ["All is done: thank you.", ""];
  if (state.paused) return ["The work is paused: look again later.", "Look again"];
  if (!asked) return [`Hello ${state.worker}. Each task is shown until you submit or skip it.`, "Start working"];
  return ["Nothing is left for you at the moment. A task that somebody else gives back may come to you.", "Look again"];
}

/** Seconds as hours, minutes and seconds. */
export function formatLeft(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
