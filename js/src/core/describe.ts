// Says in words what a diff puts, for one that was not taken. Knows no view.
import { formatSeconds } from "./time";
import type { Diff } from "./types";

const MOST_TOLD = 3;
const MOST_TEXT = 200;

const quote = (values: readonly unknown[]): string =>
  values
    .map((value) => String(value).slice(0, MOST_TEXT))
    .filter(Boolean)
    .map((text) => ` “${text}”`)
    .join("");

/** The segments and answers that would be lost, the first few of them; empty where nothing but removals would be. */
export function describeDiff({ segments, content }: Diff): string {
  const told = [
    ...Object.values(segments?.put ?? {}).map(
      ({ start, end, fields }) => `${formatSeconds(start)}–${formatSeconds(end)} s${quote(Object.values(fields))}`,
    ),
    ...Object.entries(content?.put ?? {}).map(([name, value]) => `${name}${quote([value].flat())}`),
  ];
  const more = told.length > MOST_TOLD ? [`${told.length - MOST_TOLD} more`] : [];
  return [...told.slice(0, MOST_TOLD), ...more].join("; ");
}
