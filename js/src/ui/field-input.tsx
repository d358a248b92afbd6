// One field of a task as a control, for a cell of the table or the content form.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { FieldValue } from "../core/document";
import { findFault, inOrder, isAnswer, misfit, optionsGiven } from "../core/fields";
import type {
  CheckboxesField,
  Field,
  MultiSelectField,
  NumberField,
  RadioField,
  RatingField,
  SelectField,
  TextField,
} from "../core/types";
import { useEditor } from "./context";
import { Draft, Read } from "./draft";
import { Icon, iconLook } from "./icon";

export interface FieldInputProps {
  readonly field: Field;
  readonly value: FieldValue | undefined;
  /** The id of the segment that is asked; empty where it is none. */
  readonly segment: string;
  /** The answers to all fields beside it, which may limit its options. */
  readonly answers: Readonly<Record<string, FieldValue>>;
  /** `undefined` takes the answer back; edits of the same `merge` are one step of the history. */
  readonly onChange: (value: FieldValue | undefined, merge?: string) => void;
  /** Unique in the page; ids of the parts start with it. */
  readonly id: string;
  /** The id of the help text's element. */
  readonly helpId: string;
  /** One line only, as in a table. */
  readonly compact?: boolean;
  /** Why the answer can't be changed; empty or absent when it can. */
  readonly locked?: string;
}

/** The control, or the answer as text where nothing can be changed. */
export function FieldInput(props: FieldInputProps) {
  return useEditor().controller.reading ? <Read text={readValue(props)} /> : <CheckedControl {...props} />;
}

function readValue({ field, value, compact }: FieldInputProps): string {
  if (value === undefined) return compact ? "" : "—";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return [value].flat().join(", ") + (field.kind === "rating" ? ` of ${field.max}` : "");
}

/** The control with its errors below it. */
function CheckedControl(props: FieldInputProps) {
  const { field, value, answers, id } = props;
  const problem = useSignal("");
  const missing = field.required && !isAnswer(field, value);
  const text = problem.value || (missing ? "Required" : value === undefined ? "" : findFault(field, value, answers));
  return (
    <>
      <Control
        {...props}
        invalid={text !== ""}
        onProblem={(found) => {
          problem.value = found;
        }}
      />
      {text ? (
        <span class="avseg-problem" id={`${id}-problem`} title={text}>
          {text}
        </span>
      ) : null}
    </>
  );
}

/** The options to offer: those that fit, and any other that is chosen, so that it can be seen and taken back. */
function offered(field: Field, answers: FieldInputProps["answers"], value: FieldValue | undefined): readonly string[] {
  const chosen = [value ?? []].flat().map(String);
  const given = optionsGiven(field, answers);
  return "options" in field ? field.options.filter((option) => given.includes(option) || chosen.includes(option)) : [];
}

interface ControlProps extends FieldInputProps {
  readonly invalid: boolean;
  readonly onProblem: (problem: string) => void;
}

function Control(props: ControlProps) {
  const { field } = props;
  switch (field.kind) {
    case "text":
      return <TextControl {...props} field={field} />;
    case "number":
      return <NumberControl {...props} field={field} />;
    case "select":
      return <SelectControl {...props} field={field} />;
    case "radio":
      return <RadioControl {...props} field={field} />;
    case "multi_select":
      return <MultiSelectControl {...props} field={field} />;
    case "checkboxes":
      return <Boxes {...props} field={field} />;
    case "checkbox":
      return (
        <input
          type="checkbox"
          checked={props.value === true}
          disabled={Boolean(props.locked)}
          {...described(props)}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
      );
    case "rating":
      return <RatingControl {...props} field={field} />;
  }
}

function described({ field, id, helpId, invalid, locked }: ControlProps): Record<string, string | boolean> {
  const by = [field.help ? helpId : "", invalid ? `${id}-problem` : ""].filter(Boolean).join(" ");
  return {
    "aria-label": field.label,
    id,
    ...(field.required ? { "aria-required": true } : {}),
    ...(invalid ? { "aria-invalid": true } : {}),
    ...(by ? { "aria-describedby": by } : {}),
    ...(locked ? { title: locked } : {}),
  };
}

/** What is typed can still be read and copied where it can't be changed. */
const typed = (props: ControlProps) => ({ ...described(props), ...(props.locked ? { readOnly: true } : {}) });

function TextControl(props: ControlProps & { field: TextField }) {
  const { field, segment, value, compact, onChange, onProblem } = props;
  const commit = (text: string, merge: string) => {
    onChange(text === "" ? undefined : text, merge);
    return undefined;
  };
  const title = [compact && value ? String(value) : "", props.locked].filter(Boolean).join("\n");
  const attributes = { ...typed(props), dir: "auto", ...(title ? { title } : {}) };
  return (
    <Draft
      live
      place={{ segment, field: field.name, label: field.label }}
      multiline={field.multiline}
      value={typeof value === "string" ? value : ""}
      attributes={attributes}
      onCommit={commit}
      onProblem={onProblem}
    />
  );
}

function NumberControl(props: ControlProps & { field: NumberField }) {
  const { field, segment, value, onChange, onProblem } = props;
  const commit = (text: string, merge: string) => {
    if (text.trim() === "") {
      onChange(undefined, merge);
      return undefined;
    }
    const wrong = misfit(field, Number(text));
    if (wrong) return wrong.charAt(0).toUpperCase() + wrong.slice(1);
    onChange(Number(text), merge);
    return undefined;
  };
  const limits = { min: field.min ?? undefined, max: field.max ?? undefined, step: field.step ?? "any" };
  return (
    <Draft
      place={{ segment, field: field.name, label: field.label }}
      value={value === undefined ? "" : String(value)}
      attributes={{ ...typed(props), ...limits, type: "number" }}
      onCommit={commit}
      onProblem={onProblem}
    />
  );
}

function SelectControl(props: ControlProps & { field: SelectField }) {
  const { field, value, answers, onChange } = props;
  return (
    <select
      class="avseg-select"
      disabled={Boolean(props.locked)}
      {...described(props)}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    >
      <option value="">—</option>
      {offered(field, answers, value).map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

function RadioControl(props: ControlProps & { field: RadioField }) {
  const { field, value, answers, onChange, id } = props;
  return (
    <div class="avseg-options" role="radiogroup" {...described(props)}>
      {offered(field, answers, value).map((option) => (
        <label key={option} class="avseg-option">
          <input
            type="radio"
            name={id}
            checked={value === option}
            disabled={Boolean(props.locked)}
            onChange={() => onChange(option)}
          />
          <span dir="auto">{option}</span>
        </label>
      ))}
      {value === undefined || props.locked ? null : (
        <button
          type="button"
          class="avseg-clear avseg-icon-before"
          style={iconLook("close")}
          aria-label={`Clear ${field.label}`}
          title="Clear"
          onClick={() => onChange(undefined)}
        />
      )}
    </div>
  );
}

function Boxes(props: ControlProps & { field: CheckboxesField | MultiSelectField }) {
  const { field, value, answers, onChange } = props;
  const chosen = Array.isArray(value) ? value : [];
  const turn = (option: string, on: boolean) => {
    const next = inOrder(field.options, on ? [...chosen, option] : chosen.filter((item) => item !== option));
    onChange(next.length ? next : undefined);
  };
  return (
    <fieldset class="avseg-options" disabled={Boolean(props.locked)} {...described(props)}>
      {offered(field, answers, value).map((option) => (
        <label key={option} class="avseg-option">
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) => turn(option, event.currentTarget.checked)}
          />
          <span dir="auto">{option}</span>
        </label>
      ))}
    </fieldset>
  );
}

function MultiSelectControl(props: ControlProps & { field: MultiSelectField }) {
  const { field, value, id, helpId, invalid } = props;
  const by = [field.help ? helpId : "", invalid ? `${id}-problem` : ""].filter(Boolean).join(" ");
  const list = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const chosen = Array.isArray(value) ? value : [];
  const show = (button: HTMLElement) => {
    const box = button.getBoundingClientRect();
    const popup = list.current;
    if (!popup) return;
    popup.style.left = `${box.left}px`;
    popup.style.top = `${box.bottom + 2}px`;
    popup.style.minWidth = `${box.width}px`;
    popup.togglePopover();
  };
  return (
    <>
      <button
        type="button"
        class="avseg-select avseg-multi avseg-icon-after"
        style={iconLook("down")}
        id={id}
        {...(by ? { "aria-describedby": by } : {})}
        aria-label={`${field.label}: ${chosen.join(", ") || "none"}`}
        {...(props.locked ? { title: props.locked } : {})}
        aria-haspopup="true"
        aria-expanded={open.value}
        onClick={(event) => show(event.currentTarget)}
      >
        <span class="avseg-clip">{chosen.join(", ") || "—"}</span>
      </button>
      <div
        ref={list}
        class="avseg-popup"
        popover="auto"
        onToggle={(event: Event) => {
          open.value = (event as ToggleEvent).newState === "open";
        }}
      >
        <Boxes {...props} id={`${id}-list`} />
      </div>
    </>
  );
}

function RatingControl(props: ControlProps & { field: RatingField }) {
  const { field, value, onChange, id } = props;
  const stars = Array.from({ length: field.max }, (_, index) => index + 1);
  return (
    <div class="avseg-rating" role="radiogroup" {...described(props)}>
      {stars.map((star) => (
        <label key={star} class="avseg-star" title={props.locked || `${star} of ${field.max}`}>
          <input
            type="radio"
            name={id}
            value={star}
            aria-label={String(star)}
            checked={value === star}
            disabled={Boolean(props.locked)}
            onChange={() => onChange(star)}
            onClick={() => value === star && onChange(undefined)}
          />
          <Icon name="star" filled={typeof value === "number" && star <= value} />
        </label>
      ))}
    </div>
  );
}
