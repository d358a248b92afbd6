// The questions about the whole media, and the list of what is still missing.
import { isAsked } from "../core/fields";
import type { Problem } from "../core/types";
import { useEditor } from "./context";
import { leaveForEditor } from "./draft";
import { spanText } from "./editing";
import { FieldInput } from "./field-input";
import { focusWhenDrawn, idsOfProblem } from "./focus";
import { showProblem } from "./listening";

export function ContentForm() {
  const { controller, prefix } = useEditor();
  const { content_fields: fields } = controller.store.task;
  const content = controller.store.document.value?.content ?? {};
  if (fields.length === 0) return null;
  return (
    <form
      class="avseg-form"
      aria-label="Content"
      onSubmit={(event) => event.preventDefault()}
      onKeyDown={(event) => isTyped(event) && event.key === "Escape" && leaveForEditor(event)}
    >
      {fields
        .filter((field) => isAsked(field, content))
        .map((field) => {
          const id = `${prefix}-content-${field.name}`;
          return (
            <div key={field.name} class="avseg-form-field">
              <div class="avseg-form-label">
                <span dir="auto">{field.label}</span>
                {field.required && !controller.reading ? <span class="avseg-star-mark"> *</span> : null}
              </div>
              {field.help ? (
                <div class="avseg-form-help" id={`${id}-help`} dir="auto">
                  {field.help}
                </div>
              ) : null}
              <FieldInput
                field={field}
                segment=""
                answers={content}
                value={Object.hasOwn(content, field.name) ? content[field.name] : undefined}
                id={id}
                helpId={`${id}-help`}
                onChange={(value, merge) => controller.setContent(field, value, merge)}
              />
            </div>
          );
        })}
    </form>
  );
}

/** Whether a key was pressed in a field that text is typed into. */
function isTyped({ target, isComposing }: KeyboardEvent): boolean {
  return (
    !isComposing && target instanceof Element && target.matches("textarea, input:not([type=checkbox], [type=radio])")
  );
}

export function Problems() {
  const { controller, prefix } = useEditor();
  const problems = controller.problems.value;
  const document = controller.store.document.value;
  if (problems.length === 0) return null;
  const where = (id: string) => {
    const segment = document?.segments.get(id);
    return segment ? `segment ${spanText(segment)}: ` : "";
  };
  const go = (problem: Problem, from: HTMLElement) => {
    showProblem(controller, problem);
    focusWhenDrawn(from.getRootNode() as Document | ShadowRoot, idsOfProblem(prefix, problem));
  };
  return (
    <details class="avseg-problems" open={problems.length <= 5}>
      <summary>
        {problems.length} problem{problems.length > 1 ? "s" : ""} left
      </summary>
      <ul aria-label="Problems">
        {problems.slice(0, 100).map((problem) => (
          <li key={`${problem.segment}/${problem.field}`}>
            <button type="button" class="avseg-link" onClick={(event) => go(problem, event.currentTarget)}>
              {where(problem.segment)}
              {problem.message}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
