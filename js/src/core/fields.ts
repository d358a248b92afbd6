// What a field takes, what counts as an answer, and what is still missing. The same rules as fields.py.
import type { Document, FieldValue } from "./document";
import { findOverlaps } from "./overlap";
import { findSuggestions } from "./suggestions";
import type { Field, Problem, Task, TextField } from "./types";

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

type Answers = Readonly<Record<string, FieldValue>>;

const answerOf = (answers: Answers, name: string): FieldValue | undefined =>
  Object.hasOwn(answers, name) ? answers[name] : undefined;

/** Whether a field is shown, given the other answers and the category of the segment's track. */
export function isAsked(field: Field, answers: Answers, category = ""): boolean {
  if (category && field.categories.length && !field.categories.includes(category)) return false;
  return Object.entries(field.visible_if).every(([name, wanted]) => {
    const value = answerOf(answers, name);
    const given = Array.isArray(value) ? value : [value];
    return given.some((answer) => wanted.includes(answer as string | number | boolean));
  });
}

/** The options that fit the other answers; all of them where nothing limits them. */
export function optionsGiven(field: Field, answers: Answers): readonly string[] {
  if (!("options" in field)) return [];
  const other = field.depends_on ? answerOf(answers, field.depends_on) : undefined;
  if (typeof other !== "string") return field.options;
  return Object.hasOwn(field.options_for, other) ? (field.options_for[other] ?? []) : [];
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true; // Python knows forms of patterns that browsers do not; Python's own check still holds.
  }
}

/** What is wrong with a stored answer in its place, in words; empty when it is right. */
export function findFault(field: Field, value: FieldValue, answers: Answers): string {
  if (field.kind === "text") {
    const length = [...String(value)].length;
    if (length < field.min_length) return `${field.label} needs at least ${field.min_length} characters`;
    if (field.max_length !== null && length > field.max_length) {
      return `${field.label} takes at most ${field.max_length} characters`;
    }
    const wrong = field.pattern !== "" && !matches(field.pattern, String(value));
    return wrong ? `${field.label} does not have the form asked for` : "";
  }
  if (!("options" in field) || !field.depends_on) return "";
  const other = answerOf(answers, field.depends_on);
  if (typeof other !== "string") return "";
  const given = optionsGiven(field, answers);
  const strange = [value].flat().find((item) => !given.includes(String(item)));
  return strange === undefined ? "" : `${field.label}: ${String(strange)} does not fit ${other}`;
}

/** What an answer lacks or has wrong, in words; empty when all is well or the field is not asked. */
export function faultOf(field: Field, answers: Answers, category = ""): string {
  if (!isAsked(field, answers, category)) return "";
  const value = answerOf(answers, field.name);
  if (field.required && !isAnswer(field, value)) return `${field.label} is required`;
  return value === undefined ? "" : findFault(field, value, answers);
}

function find(fields: readonly Field[], answers: Answers, category: string, segment: string): Problem[] {
  return fields.flatMap((field) => {
    const message = faultOf(field, answers, category);
    return message ? [{ field: field.name, message, segment }] : [];
  });
}

/** Whether a field can have a problem at all; most can't, and then a hundred thousand segments are not looked at. */
export function canFail(field: Field): boolean {
  if (field.required || ("depends_on" in field && field.depends_on !== "")) return true;
  return field.kind === "text" && (field.pattern !== "" || field.min_length > 0 || field.max_length !== null);
}

/** What is missing or wrong: of the segments in their order, then of the content; then broken overlap rules; then suggestions. */
export function findProblems(document: Document, task: Task): Problem[] {
  const fields = task.segment_fields.filter(canFail);
  const segments = fields.length ? document.sorted : [];
  return [
    ...segments.flatMap((segment) =>
      find(fields, segment.fields, document.tracks.get(segment.track)?.category ?? "", segment.id),
    ),
    ...find(task.content_fields, document.content, "", ""),
    ...findOverlaps(document, task),
    ...findSuggestions(document),
  ];
}

/** The field that a dialogue writes down: the first text. */
export function spokenField(fields: readonly Field[]): TextField | undefined {
  return fields.find((field) => field.kind === "text");
}
