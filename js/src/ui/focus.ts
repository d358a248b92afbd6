// Where the focus goes, as when what had it is taken away: keys work only while something in the editor has the focus.
import type { Problem } from "../core/types";

/** The editor around an element; to be asked for while the element is in the page. */
export function editorOf(element: Element | null): HTMLElement | null {
  return element?.closest<HTMLElement>(".avseg-editor") ?? null;
}

export function focusEditor(element: Element | null): void {
  editorOf(element)?.focus({ preventScroll: true });
}

const CONTROLS = "input, select, textarea, button";
/** What is out of sight is drawn once its segment is selected; it is there within so many frames. */
const MOST_FRAMES = 10;

/** Focus the first of some elements, or the control in it, as soon as one is drawn; returns how to give that up. */
export function focusWhenDrawn(root: Document | ShadowRoot, ids: readonly string[]): () => void {
  let frame = 0;
  const look = (left: number) => {
    const [found] = ids.flatMap((id) => root.getElementById(id) ?? []);
    const control = found?.matches(CONTROLS) ? found : found?.querySelector<HTMLElement>(CONTROLS);
    if (control) control.focus();
    else if (left > 0) frame = requestAnimationFrame(() => look(left - 1));
  };
  look(MOST_FRAMES);
  return () => cancelAnimationFrame(frame);
}

/** Where the control of a problem may be: in the dialogue, or in the table or the form. */
export function idsOfProblem(prefix: string, { segment, field }: Pick<Problem, "segment" | "field">): string[] {
  return [`${prefix}-line-${segment}`, `${prefix}-${segment || "content"}-${field}`];
}
