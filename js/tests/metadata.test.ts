// @vitest-environment happy-dom
// What a task page tells of its item: everything in the line but what the page and Ground Truth have it for.
import fc from "fast-check";
import { expect, it } from "vitest";
import { readPage } from "../src/hosts/page-data";
import { openWorkerPort } from "../src/hosts/worker";

const TASK = {
  title: "",
  tracks: { speaker: ["A"] },
  segment_fields: [],
  content_fields: [],
  instructions: "",
  overlap: {},
};

function pageOf(metadata: string | undefined): HTMLElement {
  const element = document.createElement("div");
  Object.assign(element.dataset, { task: JSON.stringify(TASK), media: "https://host/a.wav" });
  if (metadata !== undefined) element.dataset.metadata = metadata;
  return element;
}

const told = (line: unknown): unknown => readPage(pageOf(JSON.stringify(line))).metadata;

it("is what the line says beside the page's own keys and the labels of earlier jobs", () => {
  const own = {
    "source-ref": "s3://b/a.wav",
    source: "s3://b/a.wav",
    taskObject: "s3://b/a.wav",
    "peaks-ref": "s3://b/a.wav.peaks",
    annotations: { segments: [] },
    "annotations-ref": "s3://b/a.json",
    isHumanAnnotationRequired: true,
    "round-1": {},
    "round-1-metadata": { job_name: "labeling-job/round-1" },
    "lost-metadata": {},
  };
  const rest = { speaker: "S 7", prompt: "Say <b>ah</b>", recorded: "2026-01-31", nested: { source: [1, null, true] } };
  expect(told({ ...own, ...rest })).toEqual(rest);
  expect(told(own)).toEqual({});
});

it("is read from within strings too", () => {
  expect(told(JSON.stringify(JSON.stringify({ speaker: "S 7" })))).toEqual({ speaker: "S 7" });
});

it.each([
  undefined,
  "",
  " ",
  "{",
  "null",
  "[1]",
  "3",
  '"text"',
  "{{ task.input }}",
  '{"a":NaN}',
  `${"[".repeat(60_000)}`,
])("is nothing, and the task goes on, where the page has %.20s", (text) => {
  expect(readPage(pageOf(text)).metadata).toEqual({});
});

it("keeps names and values as they are, whatever they are called", () => {
  const text = fc.oneof(
    fc.constantFrom("__proto__", "constructor", "toString", "<img onerror=alert(1)>", "{{ x }}", "../../etc", "\u202e"),
    fc.string({ unit: "grapheme", maxLength: 20 }),
  );
  const value = fc.oneof(text, fc.jsonValue());
  fc.assert(
    fc.property(fc.array(fc.tuple(text, value)), (entries) => {
      const line = Object.fromEntries(entries.map(([name, content]) => [`x ${name}`, content]));
      expect(told(line)).toEqual(JSON.parse(JSON.stringify(line)));
    }),
  );
  const hostile = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": "c"}');
  expect(Object.keys(told(hostile) as object)).toEqual(["__proto__", "constructor"]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

it("comes to the editor by the port", async () => {
  const reader = {
    probe: async () => ({ kind: "audio" as const, duration: 2, width: 0, height: 0 }),
    decode: async () => [new Float32Array(96_000)],
  };
  const long = "x".repeat(200_000);
  const page = pageOf(JSON.stringify({ long }));
  const port = await openWorkerPort(page, document.createElement("div"), reader);
  expect(port.metadata).toEqual({ long });
  port.dispose();
});
