// The lead's page: how far the work is, the invitation links, pause and resume. Knows no task.
import { type AskError, ask, make, makeButton } from "./ask";

interface LeadState {
  readonly title: string;
  readonly results: string;
  readonly problems: readonly string[];
  readonly workers: readonly { readonly name: string; readonly submitted: number; readonly link: string }[];
  readonly items: number;
  readonly done: number;
  readonly wanted: number;
  readonly submitted: number;
  readonly held: number;
  readonly paused: boolean;
}

const EVERY = 2000;
const COPIED = 2000;

export class LeadPage {
  readonly #title = make("h1");
  readonly #status = make("p");
  readonly #pause = makeButton("Pause", () => void this.#ask("/lead/pause", { paused: !this.#paused }));
  readonly #bar = make("progress");
  readonly #counts = make("p");
  readonly #problems = make("ul");
  readonly #workers = make("tbody");
  readonly #name = make("input");
  readonly #results = make("code");
  #paused = false;
  /** The workers that the table shows: it is made anew only when they change, so that what is selected stays. */
  #shown = "";

  constructor(element: HTMLElement) {
    this.#status.setAttribute("role", "status");
    this.#bar.setAttribute("aria-label", "Answers");
    this.#problems.className = "problems";
    this.#problems.setAttribute("aria-label", "Problems");
    const header = make("header");
    header.append(this.#title, this.#status, this.#pause);
    const place = make("main");
    place.className = "lead";
    const results = make("p", "Results: ");
    results.append(this.#results);
    place.append(this.#bar, this.#counts, this.#problems, make("h2", "Workers"), this.#table(), this.#form(), results);
    element.replaceChildren(header, place);
  }

  open(): void {
    void this.#ask("/lead/state");
    setInterval(() => void this.#ask("/lead/state"), EVERY);
  }

  #table(): HTMLElement {
    const head = make("tr");
    for (const name of ["Name", "Submitted", "Invitation link"]) {
      const cell = make("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    const [table, top] = [make("table"), make("thead")];
    top.append(head);
    table.append(top, this.#workers);
    return table;
  }

  #form(): HTMLElement {
    const form = make("form");
    const label = make("label", "Invite ");
    this.#name.required = true;
    this.#name.maxLength = 100;
    this.#name.placeholder = "Name";
    this.#name.setAttribute("aria-label", "Name of a worker to invite");
    label.append(this.#name);
    form.append(label, make("button", "Add"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value;
      this.#name.value = "";
      void this.#ask("/lead/invite", { name });
    });
    return form;
  }

  async #ask(path: string, content?: unknown): Promise<void> {
    try {
      this.#show(await ask<LeadState>(path, content));
    } catch (error) {
      this.#status.textContent = `${(error as AskError).message}. The work done so far is kept.`;
    }
  }

  #show(state: LeadState): void {
    document.title = this.#title.textContent = state.title;
    this.#paused = state.paused;
    this.#pause.textContent = state.paused ? "Resume" : "Pause";
    this.#status.textContent = statusOf(state);
    this.#bar.max = state.wanted;
    this.#bar.value = state.submitted;
    this.#counts.textContent =
      `${state.done} of ${state.items} items done, ${state.submitted} of ${state.wanted} answers, ` +
      `${state.held} being worked on`;
    this.#problems.replaceChildren(...state.problems.map((problem) => make("li", problem)));
    this.#results.textContent = state.results;
    const shown = JSON.stringify(state.workers);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#workers.replaceChildren(...state.workers.map((worker) => this.#row(worker)));
  }

  #row(worker: LeadState["workers"][number]): HTMLElement {
    const row = make("tr");
    const name = make("th", worker.name);
    name.scope = "row";
    const [link, place, cell] = [make("input"), make("div"), make("td")];
    link.readOnly = true;
    link.value = worker.link;
    link.setAttribute("aria-label", `Invitation link of ${worker.name}`);
    link.addEventListener("focus", () => link.select());
    const copy = makeButton("Copy", () => void copyText(link, copy));
    const renew = makeButton("New link", () => void this.#renew(worker.name));
    renew.title = "The old link ends";
    place.append(link, copy, renew);
    place.className = "link";
    cell.append(place);
    row.append(name, make("td", String(worker.submitted)), cell);
    return row;
  }

  async #renew(name: string): Promise<void> {
    const sure = confirm(`The link that ${name} has ends at once, and they must be sent the new one. Go on?`);
    if (sure) await this.#ask("/lead/invite", { name, renew: true });
  }
}

/** The clipboard is there on secure origins only; else the link is selected for the user to copy. */
async function copyText(link: HTMLInputElement, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    link.focus();
    return;
  }
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = "Copy";
  }, COPIED);
}

function statusOf(state: LeadState): string {
  if (state.items === state.done) return "All is done.";
  return state.paused ? "Paused: no more tasks are given out." : "Tasks are given out.";
}
