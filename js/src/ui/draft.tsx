// Inputs for typed text: what is typed stays until it is taken, whatever is drawn anew meanwhile.
import { useSignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import { newId } from "../core/commands";
import { useEditor } from "./context";

/** How long typing must pause before what is there is taken, in ms; leaving the field takes it at once. */
const PAUSE = 300;

/** Texts that could not be taken, by their field's id: kept while the field is not in the page. */
export const KeptDrafts = createContext<Map<string, string> | null>(null);

export interface DraftProps {
  readonly value: string;
  /** Take a text; returns why it cannot be taken, or nothing. `merge` is the same while the field keeps the focus. */
  readonly onCommit: (text: string, merge: string) => string | undefined;
  /** Take what is typed while typing goes on; otherwise only when the field is left or Enter pressed. */
  readonly live?: boolean;
  readonly multiline?: boolean;
  readonly attributes?: Record<string, string | number | boolean | undefined>;
  readonly onProblem?: (problem: string) => void;
}

/** The input; where nothing can be changed, the text alone. */
export function Draft(props: DraftProps) {
  return useEditor().controller.reading ? <Read text={props.value} /> : <Input {...props} />;
}

/** A text that cannot be changed. */
export function Read({ text }: { text: string }) {
  return (
    <span class="avseg-read" dir="auto" title={text}>
      {text}
    </span>
  );
}

function Input({ value, onCommit, live = false, multiline = false, attributes = {}, onProblem }: DraftProps) {
  const kept = useContext(KeptDrafts);
  const id = String(attributes.id ?? "");
  const draft = useSignal<string | null>(kept?.get(id) ?? null);
  const visit = useRef(newId());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const element = useRef<HTMLInputElement | HTMLTextAreaElement | null>(null);
  const take = useRef<() => void>(() => {});
  take.current = () => {
    clearTimeout(timer.current);
    const text = draft.peek();
    if (text === null) return;
    const broken = element.current?.validity.badInput ? "Must be a number" : undefined;
    const problem = broken ?? (text === value ? undefined : onCommit(text, visit.current));
    onProblem?.(problem ?? "");
    if (!problem) draft.value = null;
  };
  useEffect(() => {
    kept?.delete(id);
    // What was kept says again what is wrong with it.
    take.current();
    return () => {
      take.current();
      const text = draft.peek();
      if (id && text !== null) kept?.set(id, text);
    };
  }, [kept, id, draft]);
  const shared = {
    ...attributes,
    value: draft.value ?? value,
    ref: (found: HTMLInputElement | HTMLTextAreaElement | null) => {
      element.current = found;
    },
    onInput: (event: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
      draft.value = event.currentTarget.value;
      clearTimeout(timer.current);
      if (live) timer.current = setTimeout(() => take.current(), PAUSE);
    },
    onBlur: () => {
      take.current();
      visit.current = newId();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && !multiline) take.current();
      if (event.key === "Escape") {
        clearTimeout(timer.current);
        draft.value = null;
        onProblem?.("");
      }
    },
  };
  return multiline ? <textarea class="avseg-input" rows={3} {...shared} /> : <input class="avseg-input" {...shared} />;
}
