// Says in words what a diff puts, for one that was not taken. Knows no view.
import type { Document } from "./document";
import { formatClock } from "./time";
import type { Diff, Field, Task } from "./types";

const MOST_TOLD = 3;
const MOST_TEXT = 200;

const inWords = (value: unknown): string => {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return `“${[value].flat().join(", ").slice(0, MOST_TEXT)}”`;
};

/** Answers as the forms show them: each with its label. */
const answered = (answers: Readonly<Record<string, unknown>>, fields: readonly Field[]): string[] =>
  Object.entries(answers).map(
    ([name, value]) => `${fields.find((field) => field.name === name)?.label || name} ${inWords(value)}`,
  );

/** The segments and answers that would be lost, the first few of them; empty where nothing but removals would be. */
export function describeDiff({ segments, content }: Diff, document: Document | null, task: Task): string {
  const told = [
    ...Object.values(segments?.put ?? {}).map(({ track, start, end, fields }) => {
      const { category, tag } = document?.tracks.get(track) ?? {};
      const place = tag === undefined ? track : `${category}: ${tag}`;
      return [`${place}, ${formatClock(start)}–${formatClock(end)}`, ...answered(fields, task.segment_fields)].join(
        ", ",
      );
    }),
    ...answered(content?.put ?? {}, task.content_fields),
  ];
  const more = told.length > MOST_TOLD ? [`${told.length - MOST_TOLD} more`] : [];
  return [...told.slice(0, MOST_TOLD), ...more].join("; ");
}
