// The panel below the tracks that asks before an edit goes on: a list to choose from, or answers for several segments.
import { useLayoutEffect, useRef } from "preact/hooks";
import { BulkForm } from "./bulk-form";
import type { Option } from "./choices";
import { useEditor } from "./context";
import { editorOf } from "./focus";

export function AskPanel() {
  const { controller } = useEditor();
  const panel = controller.panel.value;
  if (!panel) return null;
  return panel.kind === "fields" ? <BulkForm /> : <Choice title={panel.title} options={panel.options} />;
}

/** Close the panel and give the focus back to the editor, whose keys then work again. */
export function useClose(): (from: Element | null) => void {
  const { controller } = useEditor();
  return (from) => {
    const editor = editorOf(from);
    controller.panel.value = null;
    editor?.focus({ preventScroll: true });
  };
}

function Choice({ title, options }: { title: string; options: readonly Option[] }) {
  const list = useRef<HTMLDivElement>(null);
  const close = useClose();
  useLayoutEffect(() => list.current?.querySelector("button")?.focus(), [options]);
  const step = (event: KeyboardEvent) => {
    const box = event.currentTarget as HTMLElement;
    const buttons = [...box.querySelectorAll("button")];
    const now = buttons.findIndex((button) => button.matches(":focus"));
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) buttons[(now + by + buttons.length) % buttons.length]?.focus();
    else if (event.key === "Escape") close(box);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="avseg-ask" role="dialog" aria-label={title} ref={list} onKeyDown={step}>
      <b>{title}</b>
      <div class="avseg-ask-options">
        {options.map((option) => (
          <button
            key={option.label}
            type="button"
            class="avseg-button avseg-ask-option"
            dir="auto"
            onClick={(event) => {
              close(event.currentTarget);
              option.run();
            }}
          >
            {option.label}
          </button>
        ))}
      </div>
      <button type="button" class="avseg-button" onClick={(event) => close(event.currentTarget)}>
        Cancel
      </button>
    </div>
  );
}
