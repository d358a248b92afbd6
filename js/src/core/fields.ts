// What a field takes, what counts as an answer, and what is still missing. The same rules as fields.py.
import type { Document, FieldValue } from "./document";
import type { Field, Problem, Task } from "./types";

export function defaults(fields: readonly Field[]): Record<string, FieldValue> {
  return Object.fromEntries(fields.flatMap(({ name, default: value }) => (value === null ? [] : [[name, value]])));
}

function misfitNumber(value: FieldValue, min: number | null, max: number | null): string | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
  if ((min === null || value >= min) && (max === null || value <= max)) return null;
  if (min === null) return `must be at most ${max}`;
  return max === null ? `must be at least ${min}` : `must lie from ${min} to ${max}`;
}

function isSomeOf(value: FieldValue, options: readonly string[]): boolean {
  return Array.isArray(value) && value.every((item) => options.includes(item)) && new Set(value).size === value.length;
}

/** Why a value does not fit its field, in words for the user; null when it fits. */
export function misfit(field: Field, value: FieldValue): string | null {
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? null : "must be a text";
    case "checkbox":
      return typeof value === "boolean" ? null : "must be yes or no";
    case "select":
    case "radio":
      return typeof value === "string" && field.options.includes(value) ? null : "must be one of the options";
    case "multi_select":
    case "checkboxes":
      return isSomeOf(value, field.options) ? null : "must be some of the options, each at most once";
    case "rating":
      return Number.isInteger(value) && misfitNumber(value, 1, field.max) === null
        ? null
        : `must be a whole number from 1 to ${field.max}`;
    case "number":
      return misfitNumber(value, field.min, field.max);
  }
}

/** Whether a stored value satisfies `required`. */
export function isAnswer(field: Field, value: FieldValue | undefined): boolean {
  switch (field.kind) {
    case "text":
      return typeof value === "string" && value.trim() !== "";
    case "checkbox":
      return value === true;
    case "multi_select":
    case "checkboxes":
      return Array.isArray(value) && value.length > 0;
    default:
      return value !== undefined;
  }
}

/** Options chosen, in the order in which the field lists them. */
export function inOrder(options: readonly string[], chosen: readonly string[]): string[] {
  return options.filter((option) => chosen.includes(option));
}

function missing(
  fields: readonly Field[],
  answers: Readonly<Record<string, FieldValue>>,
  segment: string,
): readonly Problem[] {
  return fields
    .filter((field) => !isAnswer(field, Object.hasOwn(answers, field.name) ? answers[field.name] : undefined))
    .map((field) => ({ field: field.name, message: `${field.label} is required`, segment }));
}

/** Required fields without an answer: of the segments in their order, then of the content. */
export function findProblems(document: Document, task: Task): Problem[] {
  const asked = task.segment_fields.filter((field) => field.required);
  const segments = asked.length ? document.sorted : [];
  return [
    ...segments.flatMap((segment) => missing(asked, segment.fields, segment.id)),
    ...missing(
      task.content_fields.filter((field) => field.required),
      document.content,
      "",
    ),
  ];
}
