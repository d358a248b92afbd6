// What a task page says in its attributes: the task, where the media is, and what to start from. Knows no network.

import { trackId } from "../core/commands";
import { compareSegments, inTrackOrder } from "../core/document";
import { defaults, misfit } from "../core/fields";
import type { Annotation, Field, Origin, Segment, Task, Track } from "../core/types";

export interface PageData {
  readonly task: Task;
  readonly mediaUrl: string;
  /** Where the media's peaks file is; empty when there is none. */
  readonly peaksUrl: string;
  /** What to start from; null where it is to be fetched. */
  readonly annotation: Annotation | null;
  /** Where that is; empty where the page holds it, or there is none. */
  readonly annotationsUrl: string;
  /** What else the item's line says, for the annotator to read. */
  readonly metadata: Json;
}

type Json = { readonly [key: string]: unknown };

/** Keys of an item's line that are for the page and for Ground Truth. */
const OWN_KEYS = new Set([
  ...["source", "source-ref", "taskObject", "annotations", "annotations-ref", "peaks-ref"],
  "isHumanAnnotationRequired",
]);

/** Those of a segment that nobody has suggested. */
const SEGMENT_KEYS: ReadonlySet<string> = new Set(["track", "start", "end", "fields", "id"]);
const STATUSES = ["suggested", "accepted", "corrected"] as const;
/** How many times a value may be JSON within a JSON string. */
const MAX_LEVELS = 5;

/** Reads a page's attributes; throws an Error with a message for the annotator. */
export function readPage(element: HTMLElement): PageData {
  const { task: taskText = "", media = "", peaks = "", annotations = "", metadata = "" } = element.dataset;
  const task = parseJson(taskText) as Task | undefined;
  if (!isObject(task)) throw new Error("This page holds no task: its template was changed or cut. Tell who sent it.");
  const mediaUrl = decodeUrl(media.trim());
  if (!mediaUrl) {
    throw new Error("This task names no media: the manifest's line needs source-ref or source. Tell who sent it.");
  }
  const held = annotations.trim();
  const annotationsUrl = held ? "" : decodeUrl((element.dataset.annotationsUrl ?? "").trim());
  return {
    task,
    mediaUrl,
    peaksUrl: decodeUrl(peaks.trim()),
    annotation: annotationsUrl ? null : readStart(held, task),
    annotationsUrl,
    metadata: readMetadata(metadata),
  };
}

/** Reads what a task starts from, which may be nothing; throws as `readAnnotation` does. */
export function readStart(text: string, task: Task): Annotation {
  return text.trim() ? readAnnotation(text, task) : firstAnnotation(task);
}

/** Reads an item's line, without what the page has of it and what earlier jobs wrote; nothing where it is no line. */
function readMetadata(text: string): Json {
  const line = parseJson(text);
  if (!isObject(line)) return {};
  const isLabel = (key: string): boolean => key.endsWith("-metadata") || Object.hasOwn(line, `${key}-metadata`);
  return Object.fromEntries(Object.entries(line).filter(([key]) => !OWN_KEYS.has(key) && !isLabel(key)));
}

/** Undoes `&amp;` as often as it was applied: a signed URL with it inside is refused. */
export function decodeUrl(text: string): string {
  let url = text;
  for (let before = ""; before !== url; ) {
    before = url;
    url = url.replaceAll("&amp;", "&");
  }
  return url;
}

/** The annotation of media that nobody has labeled. */
function firstAnnotation(task: Task): Annotation {
  const provenance = { annotator: "", media: "" };
  const completion = { done: false, reason: "" };
  return { tracks: [], segments: [], content: defaults(task.content_fields), provenance, completion, version: 1 };
}

/** Reads an annotation to start from; throws an Error with a message for the annotator. */
export function readAnnotation(text: string, task: Task): Annotation {
  const value = parseJson(text);
  if (!isObject(value) || "streams" in value || !Array.isArray(value.segments ?? [])) {
    throw new Error("The annotations that this task starts from cannot be read. Tell who sent it.");
  }
  try {
    const tracks = inTrackOrder(list(value.tracks).map((item) => readTrack(item, task)));
    const known = new Set(tracks.map((track) => track.id));
    const segments = list(value.segments).map((item, place) => readSegment(item, place + 1, known, task));
    const provenance = isObject(value.provenance) ? value.provenance : {};
    unique(tracks, "tracks");
    unique(segments, "segments");
    return {
      tracks,
      segments: segments.sort(compareSegments),
      content: readContent(value.content, task),
      provenance: { annotator: asText(provenance.annotator), media: asText(provenance.media) },
      completion: { done: false, reason: "" }, // who opens it again is not done yet
      version: 1,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "";
    throw new Error(`The annotations that this task starts from do not fit it: ${reason}. Tell who sent it.`);
  }
}

function readTrack(item: unknown, task: Task): Track {
  const { category, tag, id, position } = isObject(item) ? item : {};
  const offered =
    typeof category === "string" && Object.hasOwn(task.tracks, category) ? task.tracks[category] : undefined;
  if (typeof category !== "string" || typeof tag !== "string" || !offered?.includes(tag)) {
    throw new Error(`the task offers no track ${String(category)}: ${String(tag)}`);
  }
  const place = typeof position === "number" && Number.isFinite(position) ? position : 0;
  return { category, tag, id: asText(id) || trackId(category, tag), position: place };
}

/** Of 100,000 segments each step counts: one that is whole already is not made again. */
function readSegment(item: unknown, number: number, tracks: ReadonlySet<unknown>, task: Task): Segment {
  const given = isObject(item) ? item : {};
  const { track, start, end, id } = given;
  try {
    if (
      typeof start !== "number" ||
      typeof end !== "number" ||
      !(start >= 0 && start < end && end < Number.POSITIVE_INFINITY)
    ) {
      throw new Error(`it must have 0 <= start < end, not ${String(start)} and ${String(end)}`);
    }
    if (!tracks.has(track)) throw new Error(`it is on no track, ${String(track)}`);
    const fields = readAnswers(given.fields, task.segment_fields);
    const origin = readOrigin(given.origin);
    const isWhole = asText(id) !== "" && given.fields === fields && !origin && hasOnly(given, SEGMENT_KEYS);
    if (isWhole) return given as unknown as Segment;
    const segment = { track: String(track), start, end, fields, id: asText(id) || `segment-${number}` };
    return origin ? { ...segment, origin } : segment;
  } catch (error) {
    throw new Error(`segment ${number}: ${error instanceof Error ? error.message : ""}`);
  }
}

/** As model.py has it: a source, and what became of it. */
function readOrigin(value: unknown): Origin | null {
  if (value === undefined || value === null) return null;
  const { source, status = "suggested", confidence = null } = isObject(value) ? value : {};
  const known = STATUSES.find((name) => name === status);
  const sure = confidence === null || (typeof confidence === "number" && confidence >= 0 && confidence <= 1);
  if (typeof source !== "string" || source.trim() === "" || !known || !sure)
    throw new Error("its origin needs a source, a status and a confidence from 0 to 1");
  return { source, status: known, confidence: confidence as number | null };
}

function readContent(value: unknown, task: Task): Annotation["content"] {
  try {
    return readAnswers(value, task.content_fields);
  } catch (error) {
    throw new Error(`content: ${error instanceof Error ? error.message : ""}`);
  }
}

/** Returns what is given itself, where it is an object whose values fit the fields. */
function readAnswers(value: unknown, fields: readonly Field[]): Segment["fields"] {
  if (!isObject(value)) return {};
  for (const name in value) {
    const field = fields.find((known) => known.name === name);
    if (!field) throw new Error(`the task has no field ${name}`);
    const reason = misfit(field, value[name] as Segment["fields"][string]);
    if (reason) throw new Error(`${name} ${reason}`);
  }
  return value as Segment["fields"];
}

function hasOnly(value: Json, keys: ReadonlySet<string>): boolean {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
}

function unique(items: readonly { readonly id: string }[], what: string): void {
  const seen = new Set<string>();
  for (const { id } of items) seen.add(id);
  if (seen.size !== items.length) throw new Error(`two ${what} have the same id`);
}

/** Reads JSON in JSON strings until something else comes out; undefined when it is no JSON. */
function parseJson(text: string): unknown {
  let value: unknown = text;
  try {
    for (let level = 0; level < MAX_LEVELS && typeof value === "string"; level += 1) value = JSON.parse(value);
  } catch {
    return undefined;
  }
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
