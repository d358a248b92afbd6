// Segments as text that a person can read and a spreadsheet can take, and back. Pure; knows no clipboard.
import { addTrack } from "./commands";
import type { Document, FieldValue } from "./document";
import { misfit } from "./fields";
import { parseTime } from "./time";
import type { Segment, Task, Track } from "./types";

const HEAD = ["start", "end", "category", "tag", "fields"];

/** A cell as it is, or as JSON when it holds what ends a cell or a line. */
function writeCell(text: string): string {
  return /["\t\r\n]/.test(text) ? JSON.stringify(text) : text;
}

/** A line for the names, then one for each segment: start, end, category, tag, answers as JSON, with tabs between. */
export function writeSegments(document: Document, segments: readonly Segment[]): string {
  const lines = segments.map((segment) => {
    const track = document.tracks.get(segment.track);
    const names = [track?.category ?? "", track?.tag ?? ""].map(writeCell);
    return [String(segment.start), String(segment.end), ...names, JSON.stringify(segment.fields)].join("\t");
  });
  return [HEAD.join("\t"), ...lines, ""].join("\n");
}

/** What a line says. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly category: string;
  readonly tag: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A cell written by `writeCell`, or quoted as spreadsheets do, with its quotes doubled. */
function readCell(text: string): string {
  if (!text.startsWith('"')) return text;
  const plain = readJson(text);
  if (typeof plain === "string") return plain;
  return text.endsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Seconds as they were written, or a time as it is typed; not a number where it is neither. */
function readTime(cell: string): number {
  const plain = /^\s*\d/.test(cell) ? Number(cell) : Number.NaN;
  return Number.isNaN(plain) ? (parseTime(readCell(cell.trim())) ?? Number.NaN) : plain;
}

function readLine(line: string): Line | null {
  const [start = "", end = "", category = "", tag = "", fields = ""] = line.split("\t");
  const times = [start, end].map(readTime) as [number, number];
  if (!times.every(Number.isFinite) || times[0] >= times[1]) return null;
  const answers = fields.trim() === "" ? {} : readJson(readCell(fields.trim()));
  if (typeof answers !== "object" || answers === null || Array.isArray(answers)) return null;
  return {
    start: times[0],
    end: times[1],
    category: readCell(category),
    tag: readCell(tag),
    fields: answers as Record<string, unknown>,
  };
}

const isHead = (line: string): boolean => /^\s*"?start\s*"?\s*(\t|$)/i.test(line);

/**
 * Read what `writeSegments` wrote, or a spreadsheet whose columns are in that order, with or without its first line;
 * the number of the first line that is something else, counted from 1, where there is one.
 */
export function readSegments(text: string): Line[] | number {
  const read: Line[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    // Audacity writes the frequencies of a label on a line of their own.
    if (line.trim() === "" || line.startsWith("\\\t") || (read.length === 0 && isHead(line))) continue;
    const found = readLine(line);
    if (!found) return index + 1;
    read.push(found);
  }
  return read.length ? read : 1;
}

export interface Resolved {
  readonly segments: readonly Omit<Segment, "id">[];
  /** Tracks that the task offers and the document has not yet. */
  readonly tracks: Readonly<Record<string, Track>>;
  /** What cannot be taken over, in words for the user. */
  readonly left: readonly string[];
}

/** The answers that fit the task's fields, and the names of the others. */
function answersOf(task: Task, fields: Line["fields"]): { kept: Segment["fields"]; lost: string[] } {
  const kept: [string, FieldValue][] = [];
  const lost: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const field = task.segment_fields.find((candidate) => candidate.name === name);
    if (field && misfit(field, value as FieldValue) === null) kept.push([name, value as FieldValue]);
    else lost.push(name);
  }
  return { kept: Object.fromEntries(kept), lost };
}

/** Lines as segments of this document: tracks found by category and tag, times placed and inside the media. */
export function resolveLines(
  document: Document,
  task: Task,
  lines: readonly Line[],
  place: (time: number) => number,
  duration: number,
): Resolved {
  const known = new Map([...document.tracks.values()].map((track) => [nameOf(track), track]));
  const left: string[] = [];
  const segments = lines.flatMap((line) => {
    const track = known.get(nameOf(line)) ?? offeredTrack(document, task, line);
    const [start, end] = [place(line.start), place(line.end)];
    const outside = start < 0 || end <= start || (duration > 0 && end > duration);
    if (!track) left.push(unknownTrack(line));
    else if (outside) left.push("the media is too short");
    if (!track || outside) return [];
    known.set(nameOf(line), track);
    const { kept, lost } = answersOf(task, line.fields);
    left.push(...lost.map((field) => `${field} does not fit`));
    return [{ track: track.id, start, end, fields: kept }];
  });
  const added = [...known.values()].filter((track) => document.tracks.get(track.id) !== track);
  return { segments, tracks: Object.fromEntries(added.map((track) => [track.id, track])), left: [...new Set(left)] };
}

/** The track that may be added for a line. */
function offeredTrack(document: Document, task: Task, { category, tag }: Line): Track | undefined {
  if (!Object.hasOwn(task.tracks, category) || !task.tracks[category]?.includes(tag)) return undefined;
  return Object.values(addTrack(document, category, tag).tracks?.put ?? {})[0];
}

function unknownTrack({ category, tag }: Line): string {
  const name = [category, tag].filter(Boolean).join(": ");
  return name ? `there is no track ${name}` : "no track is named, and none is selected";
}

function nameOf({ category, tag }: { readonly category: string; readonly tag: string }): string {
  return JSON.stringify([category, tag]);
}
