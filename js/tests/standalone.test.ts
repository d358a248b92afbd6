// @vitest-environment happy-dom
// The page that holds everything as a host: it says what it lacks, and takes no edit; and what an editor offers there.
import { describe, expect, it, vi } from "vitest";
import type { MediaInfo } from "../src/core/types";
import type { RemoteEvent } from "../src/hosts/port";
import { openStandalonePort } from "../src/hosts/standalone";
import { ACTIONS } from "../src/ui/actions";
import { isForReading } from "../src/ui/actions/action";

const task = { title: "", tracks: {}, segment_fields: [], content_fields: [], instructions: "", overlap: {} };
const annotation = {
  tracks: [{ category: "a", tag: "b", id: "a:b", position: 0 }],
  segments: [{ track: "a:b", start: 0.1, end: 0.30000000000000004, fields: { text: "</script>" }, id: "x" }],
  content: {},
  provenance: { annotator: "", media: "" },
  completion: { done: true, reason: "" },
  version: 1,
};
const info: MediaInfo = {
  name: "media.m4a",
  kind: "audio",
  mime: "audio/mp4",
  duration: 2,
  sample_rate: 8000,
  channels: 1,
  width: 0,
  height: 0,
  frame_count: 0,
  exact: true,
  way: "",
  container: "",
  codecs: [],
  start: 0,
  channel_names: [],
  hindrances: ["no"],
  warnings: ["no"],
};

function sidecar(): string {
  const header = JSON.stringify({ version: 1, info, level: 4, columns: 2, frames: 0 });
  const text = header + " ".repeat((8 - ((4 + header.length) % 8)) % 8);
  const bytes = new Uint8Array(4 + text.length + 8);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  new Int16Array(bytes.buffer, 4 + text.length).set([-5, 6, -7, 8]);
  return btoa(String.fromCharCode(...bytes));
}

function pageOf(parts: Record<string, string> = {}): Document {
  const page = document.implementation.createHTMLDocument();
  const data = JSON.stringify({ task, annotation, note: "By Maria.", media: { name: "call.mp3", mime: "audio/mp4" } });
  for (const [id, text] of Object.entries({ data, peaks: sidecar(), media: btoa("abc\xff"), ...parts })) {
    const part = page.createElement("script");
    part.id = `avseg-${id}`;
    part.type = "text/plain";
    part.textContent = text;
    if (text) page.body.append(part);
  }
  return page;
}

describe("a page that holds everything", () => {
  it("gives the annotation, the media under its own name, and its bytes", async () => {
    let blob: Blob | undefined;
    vi.spyOn(URL, "createObjectURL").mockImplementation((made) => {
      blob = made as Blob;
      return "blob:here";
    });
    const page = pageOf();
    const port = await openStandalonePort(page);
    expect(port.greeting).toBe("By Maria.");
    expect(port.media.info).toEqual({ ...info, name: "call.mp3", hindrances: [], warnings: [] });
    expect([...((await port.media.peaks(4, 0)).channels[0]?.slice(0, 4) ?? [])]).toEqual([-5, 6, -7, 8]);
    expect(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(new Uint8Array([97, 98, 99, 255]));
    expect(page.getElementById("avseg-media")?.textContent).toBe("");
    const seen: RemoteEvent[] = [];
    port.onRemote((event) => seen.push(event));
    port.load();
    expect(seen).toEqual([{ type: "state", annotation, revision: 0, seen: {} }]);
  });

  it("takes no edit", async () => {
    const port = await openStandalonePort(pageOf());
    const seen: RemoteEvent[] = [];
    port.onRemote((event) => seen.push(event));
    port.publish({ client: "page", seq: 1, base: 0, diff: { segments: { remove: ["x"] } } });
    expect(seen).toEqual([{ type: "rejected", client: "page", seq: 1, reason: "this page is for reading" }]);
    await expect(port.submit(annotation as never)).rejects.toThrow("for reading");
    expect(port.capabilities).toEqual({ save: false, submit: false, reading: true });
  });

  it.each(["data", "peaks", "media"])("says that it was cut when its %s is missing", async (part) => {
    await expect(openStandalonePort(pageOf({ [part]: "" }))).rejects.toThrow("This page was cut");
  });
});

it("offers what changes nothing, and all of that", () => {
  const offered = ACTIONS.filter(isForReading);
  const changing = offered.filter(({ group }) => ["Segments", "Record", "Tracks", "History"].includes(group));
  expect(changing.map(({ id }) => id)).toEqual(["copy", "mute-track", "hide-track", "show-tracks"]);
  const reading = ACTIONS.filter(({ group }) => ["Play", "Select", "View", "Help"].includes(group));
  const left = reading.filter((action) => !offered.includes(action)).map(({ id }) => id);
  expect(left).toEqual(["next-problem", "previous-problem", "only-problems"]);
});
