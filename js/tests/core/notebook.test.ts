// The notebook's host over anywidget's model: messages both ways, fetches, and what is let go at the end.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FromBrowser, FromPython, Setup } from "../../src/core/types";
import { NotebookPort } from "../../src/hosts/notebook";
import type { RemoteEvent } from "../../src/hosts/port";
import { Kernel, Line, SETUP } from "./kernel";
import { EMPTY, TASK } from "./make";

let line: Line;
let port: NotebookPort;
let events: RemoteEvent[];

beforeEach(() => {
  vi.useFakeTimers();
  line = new Line(new Kernel());
  open();
});

afterEach(() => {
  port.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(media: Partial<Setup["media"]> = {}, store = ""): void {
  const get = line.get.bind(line);
  line.get = (name) => (name === "_setup" ? { ...SETUP, store, media: { ...SETUP.media, ...media } } : get(name));
  port?.dispose();
  port = new NotebookPort(line);
  events = [];
  port.onRemote((event) => events.push(event));
}

/** The last message sent, which tells the page's name and the number of its request. */
function last<T extends FromBrowser["type"]>(type: T): Extract<FromBrowser, { type: T }> {
  const message = line.sent().at(-1);
  if (message?.type !== type) throw new Error(`${type} was not sent, but ${message?.type}`);
  return message as Extract<FromBrowser, { type: T }>;
}

function client(): string {
  port.load();
  return last("hello").client;
}

const NOTHING = { lengths: [] as number[], peaks: null, start: 0, end: 0, offset: 0, mime: "", error: "" };
const fetched = (request: number, name: string, more: object = {}) =>
  ({ type: "fetched", client: name, request, ...NOTHING, ...more }) as const;
const bytes = (...values: number[]) => new DataView(Uint8Array.from(values).buffer);

describe("messages", () => {
  it("carry edits there and their answers back", () => {
    const name = client();
    port.publish({ client: name, seq: 1, base: 7, diff: { content: { put: { notes: "x" } } } });
    const diff = { content: { put: { notes: "x" } } };
    expect(last("edit")).toEqual({ type: "edit", client: name, seq: 1, diff });
    const answers: FromPython[] = [
      { type: "applied", revision: 1, client: name, seq: 1, diff: {} },
      { type: "applied", revision: 2, client: "other", seq: 1, diff: {} },
      { type: "applied", revision: 3, client: "", seq: 0, diff: {} },
      { type: "rejected", client: name, seq: 2, reason: "no" },
      { type: "held", client: name, seq: 3, reason: "disk full" },
      { type: "state", revision: 3, annotation: EMPTY, seen: { [name]: 2, other: 9 } },
    ];
    for (const answer of answers) line.deliver(answer);
    expect(events.filter(({ type }) => type !== "connection")).toEqual(answers);
  });

  it("say what an edit was made on where a store asks for it", () => {
    open({}, "labels.db");
    port.publish({ client: "page", seq: 1, base: 7, diff: {} });
    expect(last("edit")).toEqual({ type: "edit", client: "page", seq: 1, diff: {}, base: 7 });
  });

  it("that cannot be sent are told as a lost connection", () => {
    line.broken = true;
    port.publish({ client: "page", seq: 1, base: 0, diff: {} });
    expect(events).toEqual([{ type: "connection", connection: "down" }]);
  });

  it("of unknown kinds are passed over", () => {
    line.deliver({ type: "news" } as never);
    expect(events).toEqual([]);
  });

  it("report problems in words", () => {
    port.report("It does not play.");
    expect(last("report")).toEqual({ type: "report", message: "It does not play." });
  });

  it("are answered in time or asked for again", () => {
    const name = client();
    line.deliver({ type: "state", revision: 0, annotation: EMPTY, seen: {} });
    vi.advanceTimersByTime(60_000);
    expect(line.sent()).toEqual([]);
    port.publish({ client: "page", seq: 1, base: 0, diff: {} });
    last("edit");
    vi.advanceTimersByTime(12_000);
    expect(events.at(-1)).toEqual({ type: "connection", connection: "silent" });
    expect(line.sent()).toEqual([{ type: "hello", client: name }]);
  });

  it("each page has a name of its own", () => {
    const first = client();
    open();
    expect(client()).not.toBe(first);
  });
});

it("tells what the user looks at, a few times a second", () => {
  for (let step = 1; step <= 10; step += 1) port.shareSession({ selectedIds: [`s${step}`], currentTime: step / 3 });
  expect(line.shared).toEqual({});
  vi.advanceTimersByTime(300);
  expect(line.shared).toEqual({ selected_ids: ["s10"], current_time: 10 / 3, saves: 1 });
  port.shareSession({ selectedIds: [], currentTime: 0 });
  port.dispose();
  vi.advanceTimersByTime(1000);
  expect(line.shared.saves).toBe(1);
});

describe("fetches", () => {
  it("give peaks by channel, whatever the buffer's place", async () => {
    const peaks = port.media.peaks(2, 3);
    const { request, ...rest } = last("fetch_peaks");
    expect(rest).toMatchObject({ level: 2, tile: 3 });
    const buffer = new Uint8Array([9, 255, 255, 1, 0, 254, 255, 2, 0]).buffer;
    line.deliver(fetched(request, rest.client), [new DataView(buffer, 1)]);
    expect((await peaks).channels).toEqual([Int16Array.of(-1, 1), Int16Array.of(-2, 2)]);
  });

  it("tell how far the peaks are, and have that go on or stop", async () => {
    const progress = { progress: 0.25, running: true, complete: false, problem: "" };
    const peaks = port.media.peaks(5, 0);
    const asked = last("fetch_peaks");
    line.deliver(fetched(asked.request, asked.client, { peaks: progress }), [bytes(1, 0, 2, 0, 3, 0, 4, 0)]);
    expect((await peaks).progress).toEqual(progress);
    const stopped = port.media.buildPeaks?.(false);
    const { request, client: name, run } = last("build_peaks");
    expect(run).toBe(false);
    line.deliver(fetched(request, name, { peaks: { ...progress, running: false } }), [bytes()]);
    expect(await stopped).toEqual({ ...progress, running: false });
  });

  it("give tiles of spectra", async () => {
    const analysis = { scale: "mel", window: "hann", length: 0.03, low: 0, high: 8000 } as const;
    const spectrogram = port.media.spectrogram(analysis, 8, 2);
    const { request, ...rest } = last("fetch_spectrogram");
    expect(rest).toMatchObject({ analysis, level: 8, tile: 2 });
    line.deliver(fetched(request, rest.client), [bytes(0, 1, 2, 255)]);
    expect(await spectrogram).toEqual(Uint8Array.of(0, 1, 2, 255));
  });

  it("give pitch and intensity at some times", async () => {
    const curves = port.media.curves?.(3, 75, 600);
    const { request, ...rest } = last("fetch_curves");
    expect(rest).toMatchObject({ tile: 3, floor: 75, ceiling: 600 });
    const data = new DataView(Float64Array.of(30, 30.01, 200, Number.NaN, 70, 71).buffer);
    line.deliver(fetched(request, rest.client), [data]);
    expect(await curves).toEqual({
      times: Float64Array.of(30, 30.01),
      pitch: Float64Array.of(200, Number.NaN),
      intensity: Float64Array.of(70, 71),
      byteLength: 48,
    });
  });

  it("give the times of frames, which sound has none of", async () => {
    expect(await port.media.frames()).toEqual(new Float64Array());
    open({ info: { ...SETUP.media.info, frame_count: 2 } });
    const frames = port.media.frames();
    const { request, client: name } = last("fetch_frames");
    line.deliver(fetched(request, name), [new DataView(Float64Array.of(0, 1001 / 30_000).buffer)]);
    expect(await frames).toEqual(Float64Array.of(0, 1001 / 30_000));
  });

  it("fail with the kernel's reason, without their data, and at the end", async () => {
    const [one, two, three] = [port.media.peaks(0, 0), port.media.peaks(0, 1), port.media.peaks(0, 2)];
    const [first, second] = line.sent() as Extract<FromBrowser, { type: "fetch_peaks" }>[];
    if (!first || !second) throw new Error("two fetches");
    line.deliver(fetched(first.request, "another page"), [bytes()]);
    line.deliver(fetched(first.request, first.client, { error: "the file is gone" }));
    line.deliver(fetched(second.request, second.client));
    await expect(one).rejects.toThrow("the file is gone");
    await expect(two).rejects.toThrow("without its data");
    port.dispose();
    await expect(three).rejects.toThrow("closed");
  });
});

describe("the media's URL", () => {
  it("is used as it is on the web, and asked for once", async () => {
    expect(await port.media.url()).toBe("https://host/a.wav");
    expect(port.media.url()).toBe(port.media.url());
  });

  it("of the page's own server is used where it answers in ranges", async () => {
    const answers = vi.fn(async (_url: string, _request: RequestInit) => ({ status: 206, body: null }));
    vi.stubGlobal("fetch", answers);
    open({ url: "/files/a.wav" });
    expect(await port.media.url()).toBe("/files/a.wav");
    expect(answers).toHaveBeenCalledWith("/files/a.wav", { headers: { Range: "bytes=0-0" } });
  });

  it("is none where the media is streamed, and Python hears why", async () => {
    open({ url: "" });
    expect(await port.media.url()).toBe("");
    expect(line.sent()).toEqual([]);
    vi.stubGlobal("fetch", async () => ({ status: 404, body: null }));
    open({ url: "/files/a.wav" });
    expect(await port.media.url()).toBe("");
    expect(last("use_stream").reason).toContain("/files/a.wav");
  });
});

describe("fragments", () => {
  it("come with their places, whatever the buffer's", async () => {
    const fragment = port.media.stream?.fragment("picture", 1.5, 3, true);
    const { request, client: name, ...asked } = last("fetch_fragment");
    expect(asked).toEqual({
      type: "fetch_fragment",
      kind: "picture",
      start: 1.5,
      end: 3,
      speed: 1,
      resume: true,
      codecs: [],
    });
    const buffer = new Uint8Array([9, 1, 2]).buffer;
    const place = { start: 1.4, end: 3.1, offset: -10, mime: 'video/mp4; codecs="avc1.640028"' };
    line.deliver(fetched(request, name, place), [new DataView(buffer, 1)]);
    expect(await fragment).toEqual({ bytes: Uint8Array.of(1, 2), ...place });
  });

  it("of pictures are no more of a kind that the browser failed to play, as long as there is another", () => {
    vi.stubGlobal("MediaSource", { isTypeSupported: () => true });
    open({});
    const { stream } = port.media;
    const codecs = () => {
      stream?.fragment("picture", 0, 1, false).catch(() => {});
      return last("fetch_fragment").codecs;
    };
    expect(codecs()).toEqual(["h264", "vp9", "av1"]);
    expect(stream?.avoid?.('video/mp4; codecs="avc1.f4000c"')).toBe(true);
    expect(codecs()).toEqual(["vp9", "av1"]);
    expect(stream?.avoid?.('video/mp4; codecs="avc1.640028"')).toBe(false);
    // Python encodes nothing as AV1.
    expect(stream?.avoid?.('video/mp4; codecs="vp09.00.10.08"')).toBe(false);
    expect(codecs()).toEqual(["vp9", "av1"]);
  });

  it("there are none of what only the browser can open", () => {
    open({ stream: false });
    expect(port.media.stream).toBeUndefined();
  });
});

describe("a program that looks for suggestions", () => {
  const status = (state: "running" | "done" | "failed", message = "") =>
    ({ type: "assist", source: "vad", state, progress: 0.43, message }) as const;

  it("tells every view how far it is, one that opens later too, and is cancelled", () => {
    const heard: unknown[] = [];
    const stop = port.assistance.onStatus((now) => heard.push(now));
    line.deliver(status("running"));
    port.assistance.onStatus((now) => heard.push(now));
    port.assistance.cancel();
    expect(last("cancel_assist")).toEqual({ type: "cancel_assist" });
    stop();
    line.deliver(status("done", "vad: 3 suggestions."));
    expect(heard).toEqual([null, status("running"), status("running"), status("done", "vad: 3 suggestions.")]);
  });

  it("is told once when it is over, and forgotten when the kernel is another", () => {
    const now = () => {
      let found: unknown;
      port.assistance.onStatus((state) => (found = state))();
      return found;
    };
    line.deliver(status("done"));
    expect(now()).toBeNull();
    line.deliver(status("failed", "vad failed: no weights"));
    expect(now()).toEqual(status("failed", "vad failed: no weights"));
    line.deliver({ type: "state", revision: 0, annotation: EMPTY, seen: {} });
    expect(now()).toBeNull();
  });
});

it("has nothing to hand in, and lets go of the model at the end", async () => {
  await expect(port.submit(EMPTY)).rejects.toThrow("in Python already");
  expect(port.capabilities).toEqual({ save: true, submit: false });
  expect(port.task).toEqual(TASK);
  expect(line.listeners.size).toBe(1);
  port.dispose();
  expect(line.listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
