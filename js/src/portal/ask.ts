// Asks the portal for JSON on behalf of its pages. Knows no page.

/** What the portal could not do, in words for who asked; `passing` when it may go by itself. */
export class AskError extends Error {
  readonly passing: boolean;

  constructor(message: string, passing: boolean) {
    super(message);
    this.passing = passing;
  }
}

/** Gets JSON from a path, or posts content to it; rejects with an AskError. */
export async function ask<T>(path: string, content?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, content === undefined ? {} : { method: "POST", body: JSON.stringify(content) });
  } catch {
    throw new AskError("The portal does not answer", true);
  }
  if (!response.ok) throw new AskError(await response.text(), response.status === 429);
  return (response.status === 204 ? undefined : await response.json()) as T;
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
