// What the core's tests share: fixtures, a task, random edits that fit, and a plain form of documents to compare.
/// <reference types="node" />
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { trackId } from "../../src/core/commands";
import { apply, type Document, fromAnnotation, toAnnotation } from "../../src/core/document";
import type { Annotation, Diff, Segment, Task, Track } from "../../src/core/types";

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../../../tests/fixtures", name), "utf8")) as T;
}

/** What fields have beside their name and kind; a text has FREE too. */
export const LABEL = { label: "", help: "", required: false, visible_if: {}, categories: [] };
export const FREE = { pattern: "", min_length: 0, max_length: null };

export const TASK: Task = {
  title: "Call",
  tracks: { speaker: ["Customer", "Agent"], language: ["English"], "a:b": ["100%"] },
  segment_fields: [
    { kind: "text", name: "text", multiline: false, default: null, ...FREE, ...LABEL },
    { kind: "rating", name: "level", max: 5, default: 2, ...LABEL },
  ],
  content_fields: [
    { kind: "text", name: "notes", multiline: true, default: null, ...FREE, ...LABEL },
    { kind: "rating", name: "constructor", max: 5, default: 3, ...LABEL },
    { kind: "text", name: "__proto__", multiline: true, default: null, ...FREE, ...LABEL },
  ],
  instructions: "",
  overlap: {},
};

export const TRACKS: readonly Track[] = Object.entries(TASK.tracks)
  .flatMap(([category, tags]) => tags.map((tag) => ({ category, tag })))
  .map(({ category, tag }, position) => ({ category, tag, id: trackId(category, tag), position }));

export const EMPTY: Annotation = {
  tracks: [],
  segments: [],
  content: {},
  provenance: { annotator: "", media: "" },
  completion: { done: false, reason: "" },
  version: 1,
};

export function segment(id: string, track: string, start: number, end: number, text = ""): Segment {
  return { track, start, end, fields: { text }, id };
}

/** Every part of a document as plain lists, in the orders that matter. */
export function plain(document: Document) {
  const byId = [...document.segments].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    annotation: toAnnotation(document),
    byId,
    byTrack: Object.fromEntries([...document.byTrack].map(([track, list]) => [track, [...list]])),
    tracks: [...document.tracks.keys()],
    content: Object.entries(document.content).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** What a document must be, made anew from its annotation. */
export function rebuilt(document: Document) {
  return plain(fromAnnotation(structuredClone(toAnnotation(document))));
}

/** A random edit before it is known what document it changes. */
export interface Plan {
  readonly kind: "put" | "move" | "remove" | "content" | "track" | "rows" | "both" | "completion";
  readonly which: number;
  readonly start: number;
  readonly length: number;
}

const IDS = ["a", "b", "c", "d", "e", "__proto__", "constructor", "7", "🙂"];
const CONTENT = ["notes", "constructor", "__proto__"];

export const plans = fc.array(
  fc.record<Plan>({
    kind: fc.constantFrom("put", "put", "move", "remove", "content", "track", "track", "rows", "both", "completion"),
    which: fc.nat(1000),
    start: fc.nat(40),
    length: fc.integer({ min: 1, max: 20 }),
  }),
  { maxLength: 30 },
);

const at = <T>(items: readonly T[], which: number): T | undefined => items[which % Math.max(1, items.length)];
const one = <T>(key: string, value: T): Record<string, T> => Object.fromEntries([[key, value]]);

/** The diff that a plan makes of a document; it fits, unless a segment ends after 50 s. */
export function diffOf(document: Document, plan: Plan): Diff {
  const { which } = plan;
  const track = at([...document.tracks.values()], which);
  const known = at([...document.segments.values()], which);
  const place = { start: plan.start / 48_000, end: (plan.start + plan.length) / 48_000 };
  const made = track && { ...place, track: track.id, fields: { text: `${which}` }, id: at(IDS, which) as string };
  const put: Diff = made ? { segments: { put: one(made.id, made), remove: which % 3 ? [] : ["a", "zz"] } } : {};
  const name = at(CONTENT, which) as string;
  const content: Diff = which % 4 ? { content: { put: one(name, which) } } : { content: { remove: [name, "none"] } };
  switch (plan.kind) {
    case "put":
      return put;
    case "move":
      return known && track ? { segments: { put: one(known.id, { ...known, ...place, track: track.id }) } } : content;
    case "remove":
      return { segments: { remove: [...document.segments.keys()].filter((_, index) => (index + which) % 3 === 0) } };
    case "content":
      return content;
    case "both":
      return { ...put, ...content };
    case "completion":
      return {
        ...(which % 3 ? {} : content),
        completion: { done: which % 2 > 0, reason: which % 5 ? "" : "as it is" },
      };
    case "rows":
      return track ? moveRow(track, which) : content;
    case "track":
      return toggleTrack(document, at(TRACKS, which) as Track);
  }
}

/** To another row, or to one where a track is already; at times taken out and put in by the same change. */
function moveRow(track: Track, which: number): Diff {
  const moved = { ...track, position: (which % 7) / 2 };
  return { tracks: { put: one(track.id, moved), ...(which % 2 ? { remove: [track.id] } : {}) } };
}

function toggleTrack(document: Document, track: Track): Diff {
  if (!document.tracks.has(track.id)) return { tracks: { put: one(track.id, track) } };
  const remove = (document.byTrack.get(track.id) ?? []).map(({ id }) => id);
  return { tracks: { remove: [track.id] }, segments: { remove } };
}

/** The document after some random edits from nothing. */
export function grow(edits: readonly Plan[]): Document {
  return edits.reduce((document, plan) => apply(document, diffOf(document, plan)), fromAnnotation(EMPTY));
}
