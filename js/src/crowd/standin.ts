// Defines the stand-ins for Ground Truth's elements on a page. Knows where answers go, nothing of the task.
import { controlElements } from "./controls";
import { crowdButtonElement, crowdFormElement } from "./form";
import { createNotice, type Notice } from "./notice";
import { LIKELY, type Unproven } from "./serialize";

/** Elements that only lay out what is in them. */
const INERT = ["alert", "card", "instructions", "modal", "radio-group", "tab", "tabs"].map((name) => `crowd-${name}`);

const SIMULATED = "Simulated Ground Truth page: answers stay on this machine.";
/** What is told to the window around the page; as in portal/page.ts. */
const LOADED = "avseg-loaded";
/** The same, and the page's own event that says so; as in worker.ts. */
const FAILED = "avseg-failed";

export interface StandinOptions {
  /** Where answers are posted; empty: they are only shown. */
  readonly answerUrl: string;
  /** What is told to the window around the page once an answer was taken; empty: the page itself shows the answer. */
  readonly told: string;
  readonly unproven: Unproven;
}

interface DataNames {
  readonly answerUrl?: string | undefined;
  readonly told?: string | undefined;
  readonly hiddenJson?: string | undefined;
  readonly unchosen?: string | undefined;
  readonly duplicates?: string | undefined;
  readonly children?: string | undefined;
}

/** Reads the options from the script's data attributes; the page's query overrides how unproven points are taken. */
export function readOptions(data: DataNames, query: string): StandinOptions {
  const asked = new URLSearchParams(query);
  const pick = <T extends string>(name: string, key: keyof DataNames, likely: T, other: T): T =>
    (asked.get(name) ?? data[key]) === other ? other : likely;
  return {
    answerUrl: data.answerUrl ?? "",
    told: data.told ?? "",
    unproven: {
      hiddenJson: pick<Unproven["hiddenJson"]>("hidden-json", "hiddenJson", LIKELY.hiddenJson, "object"),
      unchosen: pick<Unproven["unchosen"]>("unchosen", "unchosen", LIKELY.unchosen, "false"),
      duplicates: pick<Unproven["duplicates"]>("duplicates", "duplicates", LIKELY.duplicates, "first"),
      children: pick<Unproven["children"]>("children", "children", LIKELY.children, "stay"),
    },
  };
}

/** Defines the elements, shows that the page is simulated, and says when all of it is ready. */
export function installStandin(registry: CustomElementRegistry, options: StandinOptions): void {
  let notice: Notice | undefined;
  const onAnswer = (answer: Record<string, unknown>): void => {
    notice ??= createNotice(document.body, options.told ? "" : SIMULATED);
    void hand(answer, options, notice);
  };
  const elements = {
    ...controlElements(),
    ...Object.fromEntries(INERT.map((name) => [name, class extends HTMLElement {}])),
    "crowd-button": crowdButtonElement(),
    "crowd-form": crowdFormElement(options.unproven, onAnswer),
  };
  for (const [name, element] of Object.entries(elements)) registry.define(name, element);
  const finish = (): void => {
    notice ??= createNotice(document.body, options.told ? "" : SIMULATED);
    document.dispatchEvent(new Event("all-crowd-elements-ready"));
  };
  // In a task of its own: forms adopt their children on the same event, some of them after this listener.
  const later = (): unknown => setTimeout(finish, 0);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", later, { once: true });
  else later();
  if (options.told) tellWhenLoaded();
}

/** Tells the window around the page once all of it was loaded, or that its task could not be opened. */
function tellWhenLoaded(): void {
  let isWhole = true;
  const onError = ({ target }: Event): void => {
    if (target instanceof HTMLScriptElement || target instanceof HTMLLinkElement) isWhole = false;
  };
  const onFailed = (): void => {
    isWhole = false;
    window.parent.postMessage(FAILED, "*");
  };
  const onLoad = (): void => {
    window.removeEventListener("error", onError, { capture: true });
    // A page that broke off before its form has nobody who could say so.
    if (isWhole && document.querySelector("crowd-form")) window.parent.postMessage(LOADED, "*");
  };
  window.addEventListener("error", onError, { capture: true });
  document.addEventListener(FAILED, onFailed, { once: true });
  window.addEventListener("load", onLoad, { once: true });
}

async function hand(
  answer: Record<string, unknown>,
  { answerUrl, told }: StandinOptions,
  notice: Notice,
): Promise<void> {
  if (!answerUrl) return notice.show("Submitted.", [answer]);
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(answerUrl, { method: "POST", headers, body: JSON.stringify(answer) });
    if (!response.ok) throw new Error(await response.text());
    if (told) window.parent.postMessage(told, "*");
    notice.show("Submitted.", told ? null : await response.json());
  } catch (error) {
    const reason = error instanceof TypeError ? "nothing answers there" : (error as Error).message;
    notice.show(`Not handed over: ${reason}. Your work is still here; submit again.`, told ? null : [answer]);
  }
}
