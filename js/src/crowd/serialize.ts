// Turns the controls of a form into the answer that Ground Truth stores. Knows no page and no server.

/** How the points that nobody has confirmed are taken; tests run both ways. */
export interface Unproven {
  /** JSON in a hidden field comes back as it is, or as values. */
  readonly hiddenJson: "string" | "object";
  /** Radio buttons and checkboxes of which none is chosen are left out, or all false. */
  readonly unchosen: "omit" | "false";
  /** Which of several text fields with one name counts. */
  readonly duplicates: "first" | "last";
  /** crowd-form moves what is in it into a form of its own, or leaves it where it is. */
  readonly children: "move" | "stay";
}

export const LIKELY: Unproven = { hiddenJson: "string", unchosen: "omit", duplicates: "last", children: "move" };

/** What crowd elements that hold an answer have in common. */
export interface CrowdControl extends HTMLElement {
  readonly answer:
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "choice"; readonly chosen: boolean };
  /** Whether it is required and has no answer. */
  readonly missing: boolean;
  reset(): void;
}

const OTHER_INPUTS = new Set(["button", "submit", "reset", "image", "file"]);

export function isCrowdControl(element: Element): element is CrowdControl {
  return "answer" in element && "missing" in element;
}

type Reading =
  | { readonly kind: "text"; readonly name: string; readonly text: string; readonly hidden: boolean }
  | { readonly kind: "choice"; readonly name: string; readonly value: string; readonly chosen: boolean };

/** The answer of each named control of a form, by name, sorted as Ground Truth sorts them. */
export function serialize(form: HTMLElement, unproven: Unproven): Record<string, unknown> {
  const answers = new Map<string, unknown>();
  const groups = new Map<string, Map<string, boolean>>();
  for (const reading of [...form.querySelectorAll<HTMLElement>("*")].map(readControl)) {
    if (reading?.kind === "choice") {
      const group = groups.get(reading.name) ?? new Map<string, boolean>();
      groups.set(reading.name, group.set(reading.value, reading.chosen));
    } else if (reading && !(unproven.duplicates === "first" && answers.has(reading.name))) {
      const values = reading.hidden && unproven.hiddenJson === "object";
      answers.set(reading.name, values ? parsed(reading.text) : reading.text);
    }
  }
  const counts = (group: ReadonlyMap<string, boolean>): boolean =>
    unproven.unchosen === "false" || [...group.values()].includes(true);
  for (const [name, group] of groups) if (counts(group)) answers.set(name, sorted(group));
  return sorted(answers);
}

/** What a control answers; null when it is none, or a crowd element without an answer. */
function readControl(control: HTMLElement): Reading | null {
  const name = control.getAttribute("name");
  if (!name || control.hasAttribute("disabled")) return null;
  if (isCrowdControl(control)) return readCrowdControl(control, name);
  if (control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement) {
    return { kind: "text", name, text: control.value, hidden: false };
  }
  if (!(control instanceof HTMLInputElement) || OTHER_INPUTS.has(control.type)) return null;
  if (control.type === "checkbox" || control.type === "radio") {
    return { kind: "choice", name, value: control.value, chosen: control.checked };
  }
  return { kind: "text", name, text: control.value, hidden: control.type === "hidden" };
}

function readCrowdControl(control: CrowdControl, name: string): Reading | null {
  const { answer } = control;
  if (answer.kind === "text") return answer.text ? { kind: "text", name, text: answer.text, hidden: false } : null;
  return { kind: "choice", name, value: control.getAttribute("value") ?? "on", chosen: answer.chosen };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sorted<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
