// The form that gives all selected segments the same answers; what is left as it is stays as it is in each of them.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { segmentsOf } from "../core/commands/segments";
import type { FieldValue } from "../core/document";
import type { Field, Segment } from "../core/types";
import { useClose } from "./choice";
import { useEditor } from "./context";
import { editFields } from "./editing";
import { FieldInput } from "./field-input";

type Answers = Record<string, FieldValue>;

export function BulkForm() {
  const { controller, prefix } = useEditor();
  const { store, session } = controller;
  const changes = useSignal<ReadonlyMap<string, FieldValue | undefined>>(new Map());
  const form = useRef<HTMLFormElement>(null);
  const close = useClose();
  const document = store.document.value;
  const segments = document ? segmentsOf(document, session.selectedIds.value) : [];
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus(), []);
  const set = (name: string, value: FieldValue | undefined) => {
    changes.value = new Map(changes.peek()).set(name, value);
  };
  const apply = (event: Event) => {
    event.preventDefault();
    const from = form.current;
    // A text that is still being typed is taken when its field is left.
    from?.querySelector<HTMLElement>("button[type=submit]")?.focus();
    editFields(controller, changes.peek());
    close(from);
  };
  const title = `Edit ${segments.length} ${segments.length === 1 ? "segment" : "segments"}`;
  return (
    <form
      class="avseg-ask"
      aria-label={title}
      ref={form}
      onSubmit={apply}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close(form.current);
      }}
    >
      <b>{title}</b>
      <div class="avseg-ask-fields">
        {store.task.segment_fields.map((field) => (
          <div key={field.name} class="avseg-ask-field">
            <div class="avseg-form-label" dir="auto">
              {field.label}
              {!changes.value.has(field.name) && differs(field, segments) ? <small> differs, is kept</small> : null}
            </div>
            <FieldInput
              field={{ ...field, required: false }}
              answers={Object.fromEntries([...changes.value].filter(([, value]) => value !== undefined)) as Answers}
              value={changes.value.has(field.name) ? changes.value.get(field.name) : common(field, segments)}
              id={`${prefix}-bulk-${field.name}`}
              helpId={`${prefix}-help-${field.name}`}
              onChange={(value) => set(field.name, value)}
            />
          </div>
        ))}
      </div>
      <div class="avseg-group">
        <button type="submit" class="avseg-button avseg-button-main" disabled={segments.length === 0}>
          Apply
        </button>
        <button type="button" class="avseg-button" onClick={() => close(form.current)}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function answer(segment: Segment | undefined, { name }: Field): FieldValue | undefined {
  return segment && Object.hasOwn(segment.fields, name) ? segment.fields[name] : undefined;
}

function differs(field: Field, segments: readonly Segment[]): boolean {
  return new Set(segments.map((segment) => JSON.stringify(answer(segment, field)))).size > 1;
}

/** What all segments answer alike. */
function common(field: Field, segments: readonly Segment[]): FieldValue | undefined {
  return differs(field, segments) ? undefined : answer(segments[0], field);
}
