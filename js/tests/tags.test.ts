// Number keys: segments to another tag of their category, as one step.
import { describe, expect, it } from "vitest";
import { apply, fromAnnotation, invert, toAnnotation } from "../src/core/document";
import { assignTag, tagsFor } from "../src/core/tags";
import type { Annotation, Task } from "../src/core/types";
import { EMPTY } from "./core/make";

const task: Task = {
  title: "",
  tracks: { speaker: ["Customer", "Representative"], language: ["English"] },
  segment_fields: [],
  content_fields: [],
  instructions: "",
  overlap: {},
};
const annotation: Annotation = {
  ...EMPTY,
  tracks: [
    { category: "speaker", tag: "Customer", id: "speaker:Customer", position: 0 },
    { category: "language", tag: "English", id: "language:English", position: 1 },
  ],
  segments: [
    { track: "speaker:Customer", start: 0, end: 1, fields: {}, id: "a" },
    { track: "language:English", start: 0, end: 2, fields: {}, id: "c" },
    { track: "speaker:Customer", start: 1, end: 2, fields: {}, id: "b" },
  ],
};
const document = fromAnnotation(annotation);

describe("a tag", () => {
  it("is one of the first segment's category", () => {
    expect(tagsFor(document, task, ["a", "c"])).toEqual(["Customer", "Representative"]);
    expect(tagsFor(document, task, ["c", "a"])).toEqual(["English"]);
    expect(tagsFor(document, task, ["gone"])).toEqual([]);
  });

  it("moves segments to its track, which is added, and back in one step", () => {
    const diff = assignTag(document, ["a", "b"], "Representative");
    const after = apply(document, diff);
    expect([...after.tracks.keys()]).toContain("speaker:Representative");
    expect(after.byTrack.get("speaker:Representative")?.map((segment) => segment.id)).toEqual(["a", "b"]);
    expect(toAnnotation(apply(after, invert(document, diff)))).toEqual(annotation);
  });

  it("changes nothing where it is already", () => {
    expect(assignTag(document, ["a"], "Customer")).toEqual({});
    expect(assignTag(document, [], "Customer")).toEqual({});
  });
});
