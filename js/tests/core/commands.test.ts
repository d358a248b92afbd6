// Commands: each is a pure function that gives the smallest diff, and an empty one when nothing changes.
import { describe, expect, it } from "vitest";
import * as commands from "../../src/core/commands";
import { apply, fromAnnotation, isEmpty } from "../../src/core/document";
import { EMPTY, segment, TASK } from "./make";

const CUSTOMER = "speaker:Customer";
const AGENT = "speaker:Agent";
const document = fromAnnotation({
  ...EMPTY,
  tracks: [
    { category: "speaker", tag: "Customer", id: CUSTOMER, position: 0 },
    { category: "speaker", tag: "Agent", id: AGENT, position: 1 },
  ],
  segments: [segment("a", CUSTOMER, 0.1 + 0.2, 1, "hi"), segment("b", CUSTOMER, 1, 2), segment("c", AGENT, 0, 1)],
  content: { notes: "x", sounds: ["car"] },
});

describe("tracks", () => {
  it("are added once", () => {
    expect(commands.addTrack(document, "language", "English")).toEqual({
      tracks: {
        put: { "language:English": { category: "language", tag: "English", id: "language:English", position: 2 } },
      },
    });
    expect(commands.addTrack(document, "speaker", "Agent")).toEqual({});
  });

  it("get another id where theirs is taken", () => {
    const taken = fromAnnotation({ ...EMPTY, tracks: [{ category: "x", tag: "y", id: "speaker:Agent", position: 0 }] });
    const put = Object.values(commands.addTrack(taken, "speaker", "Agent").tracks?.put ?? {});
    expect(put).toHaveLength(1);
    expect(put[0]?.id).toMatch(/^speaker:Agent:[0-9a-f]{12}$/);
  });

  it("are removed with their segments", () => {
    expect(commands.removeTrack(document, CUSTOMER)).toEqual({
      tracks: { remove: [CUSTOMER] },
      segments: { remove: ["a", "b"] },
    });
    expect(apply(document, commands.removeTrack(document, CUSTOMER)).sorted.map(({ id }) => id)).toEqual(["c"]);
    const empty = apply(document, commands.addTrack(document, "language", "English"));
    expect(commands.removeTrack(empty, "language:English")).toEqual({ tracks: { remove: ["language:English"] } });
  });
});

describe("segments", () => {
  it("are added to each track, with defaults and ids of their own", () => {
    const { diff, ids } = commands.addSegments(TASK, [CUSTOMER, AGENT], 1 / 3, 14401 / 48000 + 1);
    const made = ids.map((id) => diff.segments?.put?.[id]);
    expect(new Set(ids).size).toBe(2);
    expect(made).toEqual([
      { track: CUSTOMER, start: 1 / 3, end: 14401 / 48000 + 1, fields: { level: 2 }, id: ids[0] },
      { track: AGENT, start: 1 / 3, end: 14401 / 48000 + 1, fields: { level: 2 }, id: ids[1] },
    ]);
  });

  it("are removed where they are there", () => {
    expect(commands.removeSegments(document, ["a", "zz"])).toEqual({ segments: { remove: ["a"] } });
    expect(commands.removeSegments(document, ["zz"])).toEqual({});
    expect(commands.removeSegments(document, [])).toEqual({});
  });

  it("are placed, with all else kept", () => {
    const diff = commands.placeSegment(document, "a", { start: 0.5, track: AGENT });
    expect(diff).toEqual({ segments: { put: { a: segment("a", AGENT, 0.5, 1, "hi") } } });
    expect(commands.placeSegment(document, "a", { start: 0.1 + 0.2, end: 1, track: CUSTOMER })).toEqual({});
    expect(commands.placeSegment(document, "zz", { start: 0 })).toEqual({});
  });

  it.each(["text", "constructor", "__proto__"])("have their field %s answered and taken back", (name) => {
    const answered = apply(document, commands.setField(document, "b", name, "x"));
    expect(Object.entries(answered.segments.get("b")?.fields ?? {})).toContainEqual([name, "x"]);
    expect(commands.setField(answered, "b", name, "x")).toEqual({});
    const back = apply(answered, commands.setField(answered, "b", name, undefined));
    expect(Object.hasOwn(back.segments.get("b")?.fields ?? {}, name)).toBe(false);
    expect(commands.setField(back, "b", name, undefined)).toEqual({});
  });

  it("keep their fields when one that is not there is answered", () => {
    expect(commands.setField(document, "zz", "text", "x")).toEqual({});
    expect(document.segments.get("a")?.fields).toEqual({ text: "hi" });
  });
});

it.each(["notes", "rate", "constructor", "__proto__"])("the content field %s is answered and taken back", (name) => {
  const answered = apply(document, commands.setContent(document, name, ["a", "b"]));
  expect(Object.entries(answered.content)).toContainEqual([name, ["a", "b"]]);
  expect(isEmpty(commands.setContent(answered, name, ["a", "b"]))).toBe(true);
  expect(isEmpty(commands.setContent(answered, name, ["b", "a"]))).toBe(false);
  const back = apply(answered, commands.setContent(answered, name, undefined));
  expect(Object.hasOwn(back.content, name)).toBe(false);
  expect(commands.setContent(back, name, undefined)).toEqual({});
});

it("an annotation is done, with a reason or not, and open again", () => {
  expect(commands.setCompletion(document, true)).toEqual({ completion: { done: true, reason: "" } });
  const done = apply(document, commands.setCompletion(document, true, "as it is"));
  expect(done.completion).toEqual({ done: true, reason: "as it is" });
  expect(commands.setCompletion(done, true, "as it is")).toEqual({});
  expect(commands.setCompletion(done, false)).toEqual({ completion: { done: false, reason: "" } });
  expect(commands.setCompletion(document, false)).toEqual({});
});

it("ids are twelve hex digits and differ", () => {
  const ids = Array.from({ length: 1000 }, commands.newId);
  expect(new Set(ids).size).toBe(1000);
  expect(ids.every((id) => /^[0-9a-f]{12}$/.test(id))).toBe(true);
});
