// Inputs for typed text: what is typed stays until it is taken, whatever is drawn anew meanwhile.
import { useSignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useEffect, useRef } from "preact/hooks";
import { newId } from "../core/commands";
import { answerAt, type Place, type RefusedTexts } from "../core/refused";
import { useEditor } from "./context";
import { focusEditor } from "./focus";

/** How long typing must pause before what is there is taken, in ms; leaving the field takes it at once. */
const PAUSE = 300;

/** Where texts that could not be taken are kept, for a form whose fields are not the document's. */
export const Refused = createContext<RefusedTexts | null>(null);

type Typed = HTMLInputElement | HTMLTextAreaElement;

export interface DraftProps {
  readonly value: string;
  readonly place: Place;
  /** Take a text; returns why it cannot be taken, or nothing. `merge` is the same while the field keeps the focus. */
  readonly onCommit: (text: string, merge: string) => string | undefined;
  /** Take what is typed while typing goes on; otherwise only when the field is left or Enter pressed. */
  readonly live?: boolean;
  /** Without it line breaks become spaces. */
  readonly multiline?: boolean;
  /** Show one line of text on as many as it needs. */
  readonly wraps?: boolean;
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

function Input(props: DraftProps) {
  const { multiline = false, wraps = false, live = false, attributes = {} } = props;
  const { draft, shown, element, typed, take, takeBack, visit } = useDraft(props);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    // A page that is reloaded or closed has no time for the pause; what keeps the edit listens there, too.
    const leave = () => {
      if (typed.current && live) take.current();
    };
    globalThis.addEventListener("pagehide", leave, { capture: true });
    return () => {
      globalThis.removeEventListener("pagehide", leave, { capture: true });
      clearTimeout(timer.current);
    };
  }, [live]);
  const shared = {
    ...attributes,
    value: draft.value ?? shown,
    ref: (found: Typed | null) => {
      element.current = found;
    },
    onInput: ({ currentTarget }: { currentTarget: Typed }) => {
      if (!multiline) joinLines(currentTarget);
      typed.current = true;
      draft.value = currentTarget.value;
      clearTimeout(timer.current);
      if (live) timer.current = setTimeout(() => take.current(), PAUSE);
    },
    onBlur: () => {
      if (typed.current) take.current();
      // One that gets low without the focus shows its first line.
      if (element.current) element.current.scrollTop = 0;
      visit.current = newId();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.isComposing) return;
      const leaves = event.key === "Escape";
      if (leaves ? typed.current : event.key === "Enter" && !multiline) take.current();
      if (leaves) takeBack();
    },
  };
  const isArea = multiline || wraps;
  return isArea ? <textarea class="avseg-input" rows={3} {...shared} /> : <input class="avseg-input" {...shared} />;
}

/** What is typed into an input, and how it is taken; what is refused is kept while the input is not in the page. */
function useDraft({ value, place, multiline, onCommit, onProblem }: DraftProps) {
  const { controller } = useEditor();
  const { session } = controller;
  const refused = useContext(Refused) ?? session.refused;
  const draft = useSignal<string | null>(refused.of(place)?.text ?? null);
  const shown = multiline ? value : oneLine(value);
  const visit = useRef(newId());
  /** Whether something was typed since it was last taken or refused. */
  const typed = useRef(false);
  const element = useRef<Typed | null>(null);
  const settle = (reason: string) => {
    const text = draft.peek() ?? "";
    typed.current = false;
    if (reason) refused.keep(place, { text, reason, was: answerAt(controller.document, place) });
    else refused.drop(place);
    onProblem?.(reason);
    if (!reason) draft.value = null;
  };
  const take = useRef(() => {});
  take.current = () => {
    const text = draft.peek();
    // The browser gives no text of what is not a number: refused once, it is not an empty answer.
    if (text === null || (text === "" && !typed.current)) return;
    const broken = element.current?.validity.badInput ? "Must be a number" : undefined;
    settle(broken ?? (text === shown ? undefined : onCommit(text, visit.current)) ?? "");
  };
  const takeBack = () => {
    if (draft.peek() === null) return;
    settle("");
    if (element.current) element.current.value = shown;
  };
  useEffect(() => {
    const kept = refused.of(place);
    if (kept) onProblem?.(kept.reason);
    return () => {
      if (typed.current) take.current();
    };
  }, [refused]);
  // Another answer, from elsewhere or by undo, takes the place of a text that was refused.
  useEffect(() => {
    const kept = refused.of(place);
    if (kept && !typed.current && kept.was !== answerAt(controller.document, place)) takeBack();
  }, [value]);
  return { draft, shown, element, typed, take, takeBack, visit };
}

const oneLine = (text: string): string => text.replace(/\r\n?|\n/g, " ");

/** Make spaces of the line breaks that came in with a paste; the caret stays where it is. */
function joinLines(element: Typed): void {
  if (!element.value.includes("\n")) return;
  const { selectionStart, selectionEnd } = element;
  element.value = oneLine(element.value);
  element.setSelectionRange(selectionStart, selectionEnd);
}

/** Give the focus from a field to the editor, whose keys then work. */
export function leaveForEditor(event: KeyboardEvent): void {
  if (!(event.target instanceof Element)) return;
  event.preventDefault();
  focusEditor(event.target);
}
