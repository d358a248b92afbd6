// Typed texts that could not be taken: not in the document, but problems like any other until they are mended. No DOM.
import { type Signal, signal } from "@preact/signals-core";
import type { Document } from "./document";
import { isAsked } from "./fields";
import type { Problem, Task } from "./types";

/** Where a text is typed: a field, `start` or `end` of a segment; of the content where the segment is empty. */
export interface Place {
  readonly segment: string;
  readonly field: string;
  /** What the user knows the field by. */
  readonly label: string;
}

export interface RefusedText extends Place {
  /** Empty where the browser gives no text of what is not a number. */
  readonly text: string;
  readonly reason: string;
  /** What the document had there, as JSON: a later answer takes the place of the text. */
  readonly was: string;
}

type Key = Pick<Place, "segment" | "field">;

const keyOf = ({ segment, field }: Key): string => `${segment}/${field}`;

export class RefusedTexts {
  readonly all: Signal<ReadonlyMap<string, RefusedText>> = signal(new Map());

  of(place: Key): RefusedText | undefined {
    return this.all.peek().get(keyOf(place));
  }

  keep(place: Place, refusal: Pick<RefusedText, "text" | "reason" | "was">): void {
    const { segment, field, label } = place;
    const { text, reason, was } = refusal;
    const old = this.of(place);
    if (old?.text === text && old.reason === reason && old.was === was) return;
    this.all.value = new Map(this.all.peek()).set(keyOf(place), { segment, field, label, text, reason, was });
  }

  drop(place: Key): void {
    if (!this.of(place)) return;
    const next = new Map(this.all.peek());
    next.delete(keyOf(place));
    this.all.value = next;
  }
}

/** All that is left to mend: first the texts refused where something is still asked, then what the document has wrong. */
export function withRefused(
  problems: readonly Problem[],
  refused: RefusedTexts,
  document: Document | null,
  task: Task,
): readonly Problem[] {
  const all = refused.all.value;
  if (all.size === 0 || !document) return problems;
  const open = [...all.values()].filter((place) => isOpen(place, document, task));
  const places = new Set(open.map(keyOf));
  return [...open.map(problemOf), ...problems.filter((problem) => !places.has(keyOf(problem)))];
}

/** What a document has at a place, as JSON. */
export function answerAt(document: Document | null, { segment: id, field }: Key): string {
  const segment = document?.segments.get(id);
  if (segment && (field === "start" || field === "end")) return JSON.stringify(segment[field]);
  return JSON.stringify((segment ? segment.fields : document?.content)?.[field] ?? null);
}

function isOpen({ segment: id, field: name, was }: RefusedText, document: Document, task: Task): boolean {
  const segment = document.segments.get(id);
  if ((id && !segment) || answerAt(document, { segment: id, field: name }) !== was) return false;
  const field = (id ? task.segment_fields : task.content_fields).find((candidate) => candidate.name === name);
  const category = segment ? document.tracks.get(segment.track)?.category : "";
  return !field || isAsked(field, segment ? segment.fields : document.content, category);
}

function problemOf({ segment, field, label, text, reason }: RefusedText): Problem {
  return { segment, field, message: `${label}${text ? ` “${text}”` : ""}: ${reason}` };
}
