// The form that gives all selected segments the same answers; what is left as it is stays as it is in each of them.
import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { answersWith, segmentsOf } from "../core/commands/segments";
import type { FieldValue } from "../core/document";
import { isAsked } from "../core/fields";
import { type Place, RefusedTexts } from "../core/refused";
import type { Field, Segment } from "../core/types";
import { useClose } from "./choice";
import { useEditor } from "./context";
import { Refused } from "./draft";
import { editFields, sentence } from "./editing";
import { FieldInput } from "./field-input";

type Answers = Segment["fields"];
type Changes = ReadonlyMap<string, FieldValue | undefined>;

/** A field that some of the selected segments are asked for, and what these would answer. */
interface Question {
  readonly field: Field;
  readonly of: readonly Answers[];
}

export function BulkForm() {
  const { controller, prefix } = useEditor();
  const changes = useSignal<Changes>(new Map());
  const refused = useMemo(() => new RefusedTexts(), []);
  const form = useRef<HTMLFormElement>(null);
  const close = useClose();
  const { count, questions } = useQuestions(changes.value);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus(), []);
  const apply = (event: Event) => {
    event.preventDefault();
    const from = form.current;
    // A text that is still being typed is taken when its field is left.
    from?.querySelector<HTMLElement>("button[type=submit]")?.focus();
    const wrong = questions.find(({ field }) => refused.of(placeOf(field)));
    if (wrong) return from?.querySelector<HTMLElement>(`#${CSS.escape(`${prefix}-bulk-${wrong.field.name}`)}`)?.focus();
    editFields(controller, changes.peek());
    close(from);
  };
  const title = `Edit ${sentence(count)}`;
  return (
    <form
      class="avseg-ask"
      aria-label={title}
      ref={form}
      noValidate
      onSubmit={apply}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        if (event.target instanceof Element && event.target.closest("[popover]")) return;
        event.stopPropagation();
        close(form.current);
      }}
    >
      <b>{title}</b>
      <Refused.Provider value={refused}>
        <Questions count={count} questions={questions} changes={changes} />
      </Refused.Provider>
      <div class="avseg-group">
        <button
          type="submit"
          class="avseg-button avseg-button-main"
          disabled={count === 0}
          // Were the focus taken by the press, what is refused would be said, and the button move away.
          onMouseDown={(event) => event.preventDefault()}
        >
          Apply
        </button>
        <button type="button" class="avseg-button" onClick={() => close(form.current)}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** What the selected segments are asked once they are given some answers, and how many segments they are. */
function useQuestions(changes: Changes): { count: number; questions: readonly Question[] } {
  const { store, session } = useEditor().controller;
  const document = store.document.value;
  if (!document) return { count: 0, questions: [] };
  const answered = segmentsOf(document, session.selectedIds.value).map((segment) => ({
    category: document.tracks.get(segment.track)?.category,
    fields: answersWith(document, store.task, segment, changes),
  }));
  const questions = store.task.segment_fields.map((field) => ({
    field,
    of: answered.filter(({ category, fields }) => isAsked(field, fields, category)).map(({ fields }) => fields),
  }));
  return { count: answered.length, questions: questions.filter(({ of }) => of.length > 0) };
}

interface QuestionsProps {
  readonly count: number;
  readonly questions: readonly Question[];
  readonly changes: Signal<Changes>;
}

function Questions({ count, questions, changes }: QuestionsProps) {
  const { prefix } = useEditor();
  return (
    <div class="avseg-ask-fields">
      {questions.map(({ field, of }) => (
        <div key={field.name} class="avseg-ask-field">
          <div class="avseg-form-label" dir="auto">
            {field.label}
            {of.length < count ? <small> of {of.length}</small> : null}
            {differs(field.name, of) ? <small> differs, is kept</small> : null}
          </div>
          <FieldInput
            field={{ ...field, required: false }}
            segment=""
            answers={commonTo(questions, of)}
            value={common(field.name, of)}
            id={`${prefix}-bulk-${field.name}`}
            helpId={`${prefix}-help-${field.name}`}
            onChange={(value) => {
              changes.value = new Map(changes.peek()).set(field.name, value);
            }}
          />
        </div>
      ))}
    </div>
  );
}

const placeOf = (field: Field): Place => ({ segment: "", field: field.name, label: field.label });

function answer(fields: Answers | undefined, name: string): FieldValue | undefined {
  return fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function differs(name: string, of: readonly Answers[]): boolean {
  return new Set(of.map((fields) => JSON.stringify(answer(fields, name)))).size > 1;
}

/** What all segments answer alike. */
function common(name: string, of: readonly Answers[]): FieldValue | undefined {
  return differs(name, of) ? undefined : answer(of[0], name);
}

/** The answer to the other questions that some segments have in common. */
function commonTo(questions: readonly Question[], of: readonly Answers[]): Answers {
  const all = questions.map(({ field: { name } }) => [name, common(name, of)] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined)) as Answers;
}
