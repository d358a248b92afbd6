// Says in words what a diff does, for one that was not taken. Knows no view.
import { formatSeconds } from "./time";
import type { Diff, Segment } from "./types";

const MOST_TOLD = 3;
const MOST_TEXT = 200;

const cut = (text: string): string => (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);
const quote = (values: readonly unknown[]): string => values.map((value) => `“${cut(String(value))}”`).join(", ");

function describeSegment({ start, end, track, fields }: Segment): string {
  const said = quote(Object.values(fields).filter((value) => value !== "" && String(value) !== ""));
  return `segment ${formatSeconds(start)}–${formatSeconds(end)} s on ${track}${said && ` with ${said}`}`;
}

/** What a diff puts, with the values that would be lost, and how much it removes. */
export function describeDiff({ tracks, segments, content, completion }: Diff): string {
  const told = [
    ...Object.values(tracks?.put ?? {}).map(({ category, tag }) => `track ${category}: ${tag}`),
    ...Object.values(segments?.put ?? {})
      .slice(0, MOST_TOLD + 1)
      .map(describeSegment),
    ...Object.entries(content?.put ?? {}).map(([name, value]) => `${name} ${quote([value].flat())}`),
  ];
  const more =
    Math.max(0, told.length - MOST_TOLD) + Math.max(0, Object.keys(segments?.put ?? {}).length - MOST_TOLD - 1);
  const removed = (segments?.remove?.length ?? 0) + (tracks?.remove?.length ?? 0) + (content?.remove?.length ?? 0);
  return [
    ...told.slice(0, MOST_TOLD),
    ...(more ? [`${more} more`] : []),
    ...(removed ? [`${removed} removed`] : []),
    ...(completion ? [completion.done ? "marked as done" : "opened again"] : []),
  ].join("; ");
}
