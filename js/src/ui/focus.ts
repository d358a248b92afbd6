// Where the focus goes when what had it is taken away: keys work in the editor only while something in it has the focus.

/** The editor around an element; to be asked for while the element is in the page. */
export function editorOf(element: Element | null): HTMLElement | null {
  return element?.closest<HTMLElement>(".avseg-editor") ?? null;
}

export function focusEditor(element: Element | null): void {
  editorOf(element)?.focus({ preventScroll: true });
}
