// @vitest-environment happy-dom
// The task page as a host: what it reads from the page, how it keeps edits, and what it hands in.
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { DocumentStore } from "../src/core/store";
import type { Annotation, Task } from "../src/core/types";
import { crowdFormElement } from "../src/crowd/form";
import { LIKELY } from "../src/crowd/serialize";
import { decodeUrl, readPage } from "../src/hosts/page-data";
import type { RemoteEvent } from "../src/hosts/port";
import { openWorkerPort } from "../src/hosts/worker";
import type { MediaReader } from "../src/hosts/worker-media";
import { mountEditor } from "../src/ui/mount";

const LABEL = { label: "", help: "", required: false, visible_if: {}, categories: [] };
const FREE = { pattern: "", min_length: 0, max_length: null };
const task: Task = {
  title: "<img onerror=alert(1)> {{ 1 }} </script>",
  tracks: { speaker: ["Customer", "Representative"] },
  segment_fields: [{ kind: "text", name: "text", multiline: false, default: null, ...FREE, ...LABEL }],
  content_fields: [{ kind: "rating", name: "rate", max: 5, default: 3, ...LABEL }],
  instructions: "",
  overlap: {},
};
const annotation: Annotation = {
  tracks: [{ category: "speaker", tag: "Customer", id: "speaker:Customer", position: 0 }],
  segments: [{ track: "speaker:Customer", start: 0.1, end: 0.30000000000000004, fields: { text: "hi" }, id: "a" }],
  content: { rate: 5 },
  provenance: { annotator: "", media: "" },
  completion: { done: false, reason: "" },
  version: 1,
};

const reader: MediaReader = {
  probe: async () => ({ kind: "audio", duration: 2, width: 0, height: 0 }),
  decode: async () => [new Float32Array(96_000)],
};

function pageOf(data: Record<string, string>): HTMLElement {
  const element = document.createElement("div");
  Object.assign(element.dataset, { task: JSON.stringify(task), media: "https://host/a.wav", ...data });
  return element;
}

function open(
  data: Record<string, string> = {},
  form: HTMLElement = document.createElement("div"),
): ReturnType<typeof openWorkerPort> {
  return openWorkerPort(pageOf(data), form, reader);
}

it("keeps an edit that was made just before the page goes", async () => {
  sessionStorage.clear();
  const port = await open();
  await port.started;
  const diff = { content: { put: { rate: 4 } } };
  port.publish({ client: "me", seq: 1, base: 0, diff });
  window.dispatchEvent(new Event("pagehide"));
  expect(Object.values({ ...sessionStorage }).join()).toContain('"rate":4');
  port.dispose();
  sessionStorage.clear();
});

describe("the page", () => {
  it("gives the task, the media and a first annotation with the defaults", () => {
    const page = readPage(pageOf({ media: " https://host/a.wav?x=1&amp;amp;y=2 " }));
    expect(page.task).toEqual(task);
    expect(page.mediaUrl).toBe("https://host/a.wav?x=1&y=2");
    expect(page.annotation).toEqual({ ...annotation, tracks: [], segments: [], content: { rate: 3 } });
  });

  it("reads an annotation to start from, as an object or within strings", () => {
    let text = JSON.stringify(annotation);
    for (let level = 0; level < 4; level += 1) {
      expect(readPage(pageOf({ annotations: text })).annotation).toEqual(annotation);
      text = JSON.stringify(text);
    }
  });

  it("fills in what an annotation may leave out", () => {
    const tracks = [{ category: "speaker", tag: "Customer" }];
    const segments = [
      { track: "speaker:Customer", start: 1, end: 2 },
      { track: "speaker:Customer", start: 0, end: 1 },
    ];
    const page = readPage(pageOf({ annotations: JSON.stringify({ tracks, segments }) }));
    expect(page.annotation?.segments.map((segment) => [segment.id, segment.start])).toEqual([
      ["segment-2", 0],
      ["segment-1", 1],
    ]);
  });

  it("keeps what made a segment", () => {
    const suggested = { source: "vad", status: "corrected", confidence: 0.5 };
    const [segment] = annotation.segments;
    const origins = [suggested, { source: "vad" }, null].map((origin) => {
      const given = JSON.stringify({ ...annotation, segments: [{ ...segment, origin }] });
      return readPage(pageOf({ annotations: given })).annotation?.segments[0]?.origin;
    });
    expect(origins).toEqual([suggested, { source: "vad", status: "suggested", confidence: null }, undefined]);
  });

  const broken = (change: object): Record<string, string> => ({
    annotations: JSON.stringify({ ...annotation, ...change }),
  });
  it.each([
    ["holds no task", { task: "" }],
    ["holds no task", { task: '{"title' }],
    ["names no media", { media: "" }],
    ["cannot be read", { annotations: "nothing" }],
    ["cannot be read", { annotations: '{"segments":3}' }],
    ["cannot be read", { annotations: '{"streams":{"speaker":[]}}' }],
    ["on no track", broken({ tracks: [] })],
    ["rate must be a whole number from 1 to 5", broken({ content: { rate: 9 } })],
    ["no field other", broken({ content: { other: 9 } })],
    ["start < end", broken({ segments: [{ track: "speaker:Customer", start: 2, end: 1 }] })],
    ["its origin needs a source", broken({ segments: [{ ...annotation.segments[0], origin: { source: 1 } }] })],
    [
      "its origin needs a source",
      broken({ segments: [{ ...annotation.segments[0], origin: { source: "x", status: "" } }] }),
    ],
    ["offers no track", broken({ tracks: [{ category: "constructor", tag: "name" }] })],
    ["same id", broken({ segments: [...annotation.segments, ...annotation.segments] })],
  ])("says: %s", (message, data) => {
    expect(() => readPage(pageOf(data))).toThrow(message);
  });

  it("decodes a URL until it is stable", () => {
    const parts = fc.array(fc.constantFrom("a", "&", "amp;", "=", ";"));
    fc.assert(
      fc.property(parts, fc.nat(4), (text, times) => {
        const plain = decodeUrl(text.join(""));
        let escaped = plain;
        for (let level = 0; level < times; level += 1) escaped = escaped.replaceAll("&", "&amp;");
        expect(decodeUrl(escaped)).toBe(plain);
      }),
    );
  });
});

describe("annotations that lie elsewhere", () => {
  const broken = (): ReadableStream =>
    new ReadableStream({ pull: (controller) => controller.error(new TypeError("network error")) });
  const answering = (answer: () => Promise<Response>) => vi.spyOn(globalThis, "fetch").mockImplementation(answer);

  it("are fetched and started from", async () => {
    const fetching = answering(async () => new Response(JSON.stringify(annotation)));
    const port = await open({ annotationsUrl: "https://host/a.json?x=1&amp;y=2" });
    expect(fetching).toHaveBeenCalledWith("https://host/a.json?x=1&y=2");
    const seen: RemoteEvent[] = [];
    port.onRemote((event) => seen.push(event));
    await port.started;
    port.load();
    expect(seen[0]).toMatchObject({ type: "state", annotation });
    fetching.mockRestore();
  });

  it("come into an editor that is built while they are on their way, and shown only then", async () => {
    let arrive: (response: Response) => void = () => {};
    const fetching = answering(() => new Promise((resolve) => (arrive = resolve)));
    const port = await open({ annotationsUrl: "https://host/a.json" });
    const element = document.body.appendChild(document.createElement("div"));
    const dispose = mountEditor(element, port);
    const told = () => element.querySelector(".avseg-opening > [role=status]")?.textContent;
    expect(told()).toBe("Opening…");
    expect(element.querySelector("canvas")).not.toBeNull();
    expect(element.querySelectorAll("tr[data-segment]")).toHaveLength(0);
    arrive(new Response(JSON.stringify(annotation)));
    await port.started;
    await vi.waitFor(() => expect(element.querySelectorAll("tr[data-segment]")).toHaveLength(1));
    expect(told()).toBeUndefined();
    dispose();
    fetching.mockRestore();
  });

  it("are not fetched where the page holds some", async () => {
    const fetching = answering(async () => new Response("", { status: 404 }));
    await open({ annotationsUrl: "https://host/a.json", annotations: JSON.stringify(annotation) });
    expect(fetching).not.toHaveBeenCalled();
    fetching.mockRestore();
  });

  it.each([
    ["refused", async () => new Response("", { status: 403 }), "can't be loaded"],
    ["cut off", () => Promise.reject(new TypeError("Failed to fetch")), "can't be loaded"],
    ["broken off", async () => new Response(broken()), "can't be loaded"],
    ["of another kind", async () => new Response("<html>"), "cannot be read"],
  ])("that are %s stop the task", async (_, answer, message) => {
    const fetching = answering(answer);
    const port = await open({ annotationsUrl: "https://host/a.json" });
    await expect(port.started).rejects.toThrow(message);
    fetching.mockRestore();
  });
});

const silent: MediaReader = { ...reader, decode: () => Promise.reject(new Error("no sound here")) };

describe("the port", () => {
  it("opens, and describes the media", async () => {
    const port = await open();
    expect(port.capabilities).toEqual({ save: false, submit: true });
    expect(port.media.info).toMatchObject({
      name: "a.wav",
      kind: "audio",
      duration: 2,
      sample_rate: 48_000,
      channels: 1,
    });
    expect(await port.media.url()).toBe("https://host/a.wav");
    expect((await port.media.peaks(4, 0)).channels[0]).toHaveLength(2 * 375);
    expect(await port.media.frames()).toHaveLength(0);
  });

  it("accepts each edit at once and once", async () => {
    const port = await open({ annotations: JSON.stringify(annotation) });
    const events: RemoteEvent[] = [];
    const stop = port.onRemote((event) => events.push(event));
    port.load();
    port.publish({ client: "page", seq: 1, base: 0, diff: { content: { put: { rate: 1 } } } });
    port.publish({ client: "page", seq: 1, base: 0, diff: { content: { put: { rate: 1 } } } });
    port.load();
    expect(events.map((event) => event.type)).toEqual(["state", "applied", "state"]);
    expect(events[1]).toMatchObject({ seq: 1, revision: 1 });
    expect(events[2]).toMatchObject({
      seen: { page: 1 },
      revision: 1,
      annotation: { ...annotation, content: { rate: 1 } },
    });
    stop();
    port.load();
    expect(events).toHaveLength(3);
  });

  it("serves the editor's store", async () => {
    const port = await open();
    const store = new DocumentStore(port);
    store.dispatch("rate", { content: { put: { rate: 4 } } });
    expect(store.unsaved.value).toBe(0);
    expect(store.document.value?.content).toEqual({ rate: 4 });
    store.undo();
    expect(store.document.value?.content).toEqual({ rate: 3 });
    store.dispose();
  });

  it("hands in the annotation as JSON in the hidden field, bit by bit", async () => {
    const onAnswer = vi.fn();
    customElements.define("crowd-form", crowdFormElement(LIKELY, onAnswer));
    const form = document.createElement("crowd-form");
    form.innerHTML = '<input type="hidden" name="annotations"><crowd-button form-action="submit"></crowd-button>';
    document.body.append(form);
    const port = await open({}, form);
    await port.submit(annotation);
    expect(onAnswer).toHaveBeenCalledTimes(1);
    const answer = onAnswer.mock.calls[0]?.[0];
    expect(Object.keys(answer)).toEqual(["annotations"]);
    expect(JSON.parse(answer.annotations)).toEqual(annotation);
    form.addEventListener("submit", (event) => event.preventDefault());
    await expect(port.submit(annotation)).rejects.toThrow("did not take the answer");
    form.remove();
  });

  it("says when the page cannot hand in", async () => {
    const port = await open();
    await expect(port.submit(annotation)).rejects.toThrow("still loading");
  });

  it("says to reload the task when the media is gone, at the start or later", async () => {
    const gone: MediaReader = { ...reader, probe: () => Promise.reject(new Error("reload the task")) };
    await expect(openWorkerPort(pageOf({}), document.createElement("div"), gone)).rejects.toThrow("reload the task");
    let expired = false;
    const expiring: MediaReader = { ...reader, probe: (url) => (expired ? gone.probe(url) : reader.probe(url)) };
    const port = await openWorkerPort(pageOf({}), document.createElement("div"), expiring);
    expired = true;
    await expect(port.media.url()).rejects.toThrow("reload the task");
    // A player may describe what it has of the media when there is no more of it.
    for (const [status, decode] of [
      [403, silent.decode],
      [0, reader.decode],
    ] as const) {
      const refusing = { ...reader, decode, status: async () => status };
      const { media } = await openWorkerPort(pageOf({}), document.createElement("div"), refusing);
      expect(await media.url()).toBe("https://host/a.wav");
      await expect(media.url()).rejects.toThrow("reload the task");
    }
    const untold = { ...silent, status: async () => 0 };
    const { media } = await openWorkerPort(pageOf({}), document.createElement("div"), untold);
    expect([await media.url(), await media.url()]).toHaveLength(2);
  });

  it("opens without a waveform when the sound cannot be decoded", async () => {
    const port = await openWorkerPort(pageOf({}), document.createElement("div"), silent);
    expect(port.media.info).toMatchObject({ sample_rate: 0, channels: 0, warnings: ["no sound here"] });
    await expect(port.media.peaks(4, 0)).rejects.toThrow("no sound here");
  });
});
