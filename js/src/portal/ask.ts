// Asks the portal for JSON on behalf of its pages. Knows no page.

/** What the portal could not do, in words for who asked; `passing` when it may go by itself. */
export class AskError extends Error {
  readonly passing: boolean;

  constructor(message: string, passing: boolean) {
    super(message);
    this.passing = passing;
  }
}

/** Whether what a status tells may go by itself: too much asked for, or a proxy that does not reach the portal. */
export function isPassing(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

/** Gets JSON from a path, or posts content to it; rejects with an AskError. */
export async function ask<T>(path: string, content?: unknown): Promise<T> {
  const init = content === undefined ? {} : { method: "POST", body: JSON.stringify(content) };
  // An answer can break off as well as not come.
  const { ok, status, text } = await fetch(path, init)
    .then(async (response) => ({ ok: response.ok, status: response.status, text: await response.text() }))
    .catch(() => {
      throw new AskError("The portal does not answer", true);
    });
  if (!ok) throw new AskError(text, isPassing(status));
  return (text ? JSON.parse(text) : undefined) as T;
}

export function make<K extends keyof HTMLElementTagNameMap>(name: K, text = ""): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

export function makeButton(text: string, act: () => void): HTMLButtonElement {
  const button = make("button", text);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}
