// A dialog over the page: holds the focus, closes by Escape, and gives the focus back to where it was.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button";

interface DialogProps {
  readonly title: string;
  readonly class?: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

const FOCUSABLE = "button:not(:disabled), input:not(:disabled), select:not(:disabled), [tabindex='0']";

export function Dialog({ title, close, children, class: look }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const before = focusedIn(dialog);
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (dialog.open) dialog.close();
      giveBack(before, dialog);
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`avseg-dialog ${look ?? ""}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={(event) => {
        keepFocus(event);
        // A search field would take the first Escape to empty itself.
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => event.target === event.currentTarget && close()}
    >
      <div class="avseg-dialog-box">
        <header class="avseg-dialog-head">
          <h3>{title}</h3>
          <Button name="Close" icon="close" look="quiet" onClick={close} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** The focused element of the tree that an element is in, which may be below a shadow root. */
function focusedIn(element: Element): HTMLElement | null {
  const root = element.getRootNode();
  const focused = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null;
  return focused instanceof HTMLElement ? focused : null;
}

/** To where the focus was, or to the editor when that is gone or off, so that its keys go on working. */
function giveBack(before: HTMLElement | null, dialog: HTMLElement): void {
  const editor = before?.closest<HTMLElement>(".avseg-editor") ?? dialog.closest<HTMLElement>(".avseg-editor");
  const lost = !before?.isConnected || before.matches(":disabled") || !before.closest(".avseg-editor");
  (lost ? editor : before)?.focus({ preventScroll: true });
}

/** Tab goes round inside; without this it would leave for the browser's own bars. */
function keepFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key !== "Tab" || event.defaultPrevented) return;
  const inside = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.tabIndex >= 0 && element.getClientRects().length > 0,
  );
  const [first, last] = [inside[0], inside.at(-1)];
  const [target] = event.composedPath();
  if (target !== (event.shiftKey ? first : last)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}
