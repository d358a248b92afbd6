// Peaks files and tiles of the task page.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MediaInfo } from "../src/core/types";
import { fetchSidecar, parseSidecar } from "../src/hosts/sidecar";
import { tileOfColumns, tileOfSamples } from "../src/hosts/tiles";
import { browserReader, download, EXPIRED, type MediaReader, nameOf, openWorkerMedia } from "../src/hosts/worker-media";

const info: MediaInfo = {
  name: "ü.wav",
  kind: "audio",
  mime: "audio/wav",
  duration: 1,
  sample_rate: 8000,
  channels: 2,
  width: 0,
  height: 0,
  frame_count: 0,
  exact: true,
  way: "",
  container: "",
  codecs: [],
  start: 0,
  channel_names: [],
  hindrances: [],
  warnings: [],
};

/** The layout of media/sidecar.py, written out. */
function peaksFile(channels: readonly (readonly number[])[], frames: readonly number[] = [], version = 1): ArrayBuffer {
  const columns = (channels[0]?.length ?? 0) / 2;
  const header = { version, info: { ...info, channels: channels.length }, level: 4, columns, frames: frames.length };
  let text = new TextEncoder().encode(JSON.stringify(header));
  const padding = (8 - ((4 + text.length) % 8)) % 8;
  text = Uint8Array.from([...text, ...new Array<number>(padding).fill(32)]);
  const length = new Uint8Array(new Uint32Array([text.length]).buffer);
  const values = new Uint8Array(new Int16Array(channels.flat()).buffer);
  return Uint8Array.from([...length, ...text, ...new Uint8Array(new Float64Array(frames).buffer), ...values]).buffer;
}

describe("a peaks file", () => {
  it("is read", () => {
    const sidecar = parseSidecar(
      peaksFile(
        [
          [-1, 2, -3, 4],
          [0, 1, 0, 1],
        ],
        [0, 0.04, 1 / 3],
      ),
    );
    expect(sidecar.info).toEqual(info);
    expect(sidecar.columns.map((columns) => [...columns])).toEqual([
      [-1, 2, -3, 4],
      [0, 1, 0, 1],
    ]);
    expect([...sidecar.frames]).toEqual([0, 0.04, 1 / 3]);
  });

  it("may have no sound", () => {
    expect(parseSidecar(peaksFile([], [0, 1])).columns).toEqual([]);
  });

  it.each([
    ["cut", peaksFile([[0, 1]]).slice(0, -2)],
    ["empty", new ArrayBuffer(0)],
    ["another file", new TextEncoder().encode("<!DOCTYPE html><html></html>").buffer],
    ["another version", peaksFile([[0, 1]], [], 2)],
  ])("is refused when it is %s", (_name, file) => {
    expect(() => parseSidecar(file)).toThrow(/peaks file/);
  });
});

describe("tiles", () => {
  const samples = fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 1, maxLength: 3000 });
  const asFloats = (values: readonly number[]): Float32Array => Float32Array.from(values, (value) => value / 32768);

  it("hold the lowest and highest sample of each column", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 6 }), (values, level) => {
        const peaks = tileOfSamples([asFloats(values)], level, 0).channels[0] ?? new Int16Array();
        const width = 4 ** level;
        expect(peaks.length / 2).toBe(Math.min(2048, Math.ceil(values.length / width)));
        for (let column = 0; column < peaks.length / 2; column += 1) {
          const part = values.slice(column * width, (column + 1) * width);
          expect([peaks[2 * column], peaks[2 * column + 1]]).toEqual([Math.min(...part), Math.max(...part)]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are the same out of the columns of the base level", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 4, max: 8 }), (values, level) => {
        const columns = tileOfSamples([asFloats(values)], 4, 0).channels[0] ?? new Int16Array();
        expect(tileOfColumns([columns], level, 0)).toEqual(tileOfSamples([asFloats(values)], level, 0));
      }),
      { numRuns: 50 },
    );
  });

  it("go on in the next tile and are empty past the end", () => {
    const channel = Float32Array.from({ length: 5000 }, (_, place) => (place % 100) / 32768);
    const second = tileOfSamples([channel], 0, 1).channels[0];
    expect([second?.[0], second?.[1]]).toEqual([48, 48]);
    expect(tileOfSamples([channel], 0, 3).channels[0]).toHaveLength(0);
    expect(tileOfColumns([new Int16Array(20)], 4, 1).channels[0]).toHaveLength(0);
  });

  it("repeat columns where there is nothing finer, and clip", () => {
    const tile = tileOfColumns([Int16Array.from([-1, 1, -2, 2])], 3, 0).channels[0];
    expect([...(tile ?? [])]).toEqual([-1, 1, -1, 1, -1, 1, -1, 1, -2, 2, -2, 2, -2, 2, -2, 2]);
    expect([...(tileOfSamples([Float32Array.from([2, -2])], 1, 0).channels[0] ?? [])]).toEqual([-32768, 32767]);
  });
});

describe("the media of a page", () => {
  const reader: MediaReader = {
    probe: async () => ({ kind: "video", duration: 5, width: 640, height: 360 }),
    decode: async () => [Float32Array.from([0.5, -0.5])],
  };

  it("takes finer peaks from the decoded sound, and coarse ones from the peaks file", async () => {
    const sidecar = parseSidecar(
      peaksFile(
        [
          [-7, 7],
          [0, 0],
        ],
        [0, 0.5],
      ),
    );
    const media = await openWorkerMedia("https://host/v.mp4", sidecar, reader);
    expect(media.info).toBe(sidecar.info);
    expect([...((await media.peaks(4, 0)).channels[0] ?? [])]).toEqual([-7, 7]);
    expect([...((await media.peaks(0, 0)).channels[0] ?? [])]).toEqual([16384, 16384, -16384, -16384]);
    expect([...(await media.frames())]).toEqual([0, 0.5]);
    const undecodable = { ...reader, decode: () => Promise.reject(new Error("no")) };
    const coarse = await openWorkerMedia("https://host/v.mp4", sidecar, undecodable);
    expect((await coarse.peaks(3, 0)).channels[0]).toHaveLength(8);
    await expect(
      coarse.spectrogram({ scale: "mel", window: "hann", length: 0.03, low: 0, high: 8000 }, 0, 0),
    ).rejects.toThrow("no");
  });

  it("tells where the browser stopped decoding before the sound ended", async () => {
    const analysis = { scale: "mel", window: "hann", length: 0.03, low: 0, high: 4000 } as const;
    const open = (columns: readonly number[]) =>
      openWorkerMedia("https://host/v.mp4", parseSidecar(peaksFile([columns])), {
        ...reader,
        decode: async () => [new Float32Array(4000)],
      });
    const sound = new Array<number>(64).fill(9);
    const damaged = await open(sound);
    expect(await damaged.spectrogram(analysis, 4, 0)).toHaveLength(128 * 256);
    await expect(damaged.spectrogram(analysis, 4, 3)).rejects.toThrow("only 0:00.500 of the sound");
    expect((await damaged.peaks(2, 0)).channels[0]).toEqual(new Int16Array(1024).fill(9));
    // What begins late may be left out, and a film may go on without sound.
    const late = await open([...new Array<number>(32).fill(0), ...sound.slice(0, 32)]);
    expect(await late.spectrogram(analysis, 4, 3)).toHaveLength(0);
    const silent = await open([...sound.slice(0, 30), ...new Array<number>(34).fill(0)]);
    expect(await silent.spectrogram(analysis, 4, 3)).toHaveLength(0);
  });

  it("does not decode what would not fit in memory", async () => {
    const long = {
      ...reader,
      probe: async () => ({ kind: "audio", duration: 5 * 3600, width: 0, height: 0 }) as const,
    };
    const media = await openWorkerMedia("https://host/five%20hours.mp3?X-Amz=1", null, long);
    expect(media.info).toMatchObject({ name: "five hours.mp3", channels: 0, duration: 18_000 });
    expect(media.info.warnings[0]).toContain("too long");
  });

  it("names media by its URL's path", () => {
    expect(nameOf("https://host/a/b%2.wav?x")).toBe("media");
    expect(nameOf("static/a.wav")).toBe("a.wav");
    expect(nameOf("https://host/")).toBe("media");
  });
});

describe("a download", () => {
  let server: Server;
  let url = "";
  /** How many of the next answers break off half-way. */
  let cuts = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (cuts > 0) {
        cuts -= 1;
        response.setHeader("Content-Length", "100");
        response.write("x".repeat(50), () => response.destroy());
        return;
      }
      response.statusCode = request.url === "/gone" ? 403 : 200;
      if (request.url === "/stream") {
        response.write("x".repeat(60));
        response.end("x".repeat(60));
      } else {
        response.end(request.url === "/peaks" ? Buffer.from(peaksFile([[0, 1]])) : "x".repeat(100));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it("brings small files, and refuses large or lost ones", async () => {
    expect((await download(`${url}/file`, 100)).byteLength).toBe(100);
    await expect(download(`${url}/file`, 99)).rejects.toThrow("more than 32 MiB");
    await expect(download(`${url}/stream`, 99)).rejects.toThrow("more than 32 MiB");
    await expect(download(`${url}/gone`)).rejects.toThrow(EXPIRED);
    await expect(download("http://127.0.0.1:1/")).rejects.toThrow("CORS");
  });

  it("that is refused is known before it is begun", async () => {
    expect(await browserReader.status?.(`${url}/gone`)).toBe(403);
    expect(await browserReader.status?.(`${url}/file`)).toBe(200);
    expect(await browserReader.status?.("http://127.0.0.1:1/")).toBe(0);
  });

  it("that breaks off is begun again, and told of in the end", async () => {
    cuts = 2;
    expect((await download(`${url}/file`)).byteLength).toBe(100);
    cuts = 3;
    await expect(download(`${url}/file`)).rejects.toThrow("the connection was lost");
    expect(cuts).toBe(0);
  });

  it("brings a peaks file", async () => {
    expect((await fetchSidecar(`${url}/peaks`)).columns).toHaveLength(1);
    await expect(fetchSidecar(`${url}/gone`)).rejects.toThrow("can't be loaded");
  });
});

describe("sound in pieces", () => {
  const rate = 8000;
  const kinds: [string, Partial<MediaInfo>, number[], number, boolean][] = [
    ["sound as long as the media", {}, [], rate, true],
    ["sound some samples longer", {}, [], rate + 9, true],
    ["sound with a browser's priming", {}, [], rate + 1105, false],
    ["sound that begins late in the media", {}, [], rate - 400, false],
    ["a video whose frames are known", { kind: "video" }, [0, 0.04], rate, true],
    ["a video whose frames are not", { kind: "video" }, [], rate, false],
  ];
  it.each(kinds)("%s", async (_, change, frames, length, can) => {
    const samples = [new Float32Array(length).fill(0.5), new Float32Array(length)];
    const reader: MediaReader = {
      probe: () => Promise.reject(new Error("not asked")),
      decode: async () => samples,
    };
    const sidecar = parseSidecar(
      peaksFile(
        [
          [0, 1],
          [0, 1],
        ],
        frames,
      ),
    );
    const media = await openWorkerMedia("https://host/a", { ...sidecar, info: { ...info, ...change } }, reader);
    const pieces = await media.sound();
    expect(pieces !== null).toBe(can);
    if (!pieces) return;
    expect(await pieces.fragment("sound", 0.25, 0.5, false)).toMatchObject({ start: 0.25, end: 0.5, offset: 0 });
    await expect(pieces.fragment("picture", 0, 1, false)).rejects.toThrow("no pictures");
  });

  it("is not had of what is too long to be decoded, or kept from the page", async () => {
    const kept: MediaReader = {
      probe: async () => ({ kind: "audio", duration: 1, width: 0, height: 0 }),
      status: async () => 0,
      decode: () => Promise.reject(new Error("CORS")),
    };
    const sidecar = parseSidecar(
      peaksFile([
        [0, 1],
        [0, 1],
      ]),
    );
    const open = (duration: number) =>
      openWorkerMedia("https://host/a", { ...sidecar, info: { ...info, duration } }, kept);
    const media = await open(1);
    await expect(media.sound()).rejects.toThrow("CORS");
    // What was never read by the page did not expire.
    await media.url();
    expect(await media.url()).toBe("https://host/a");
    await expect((await open(36_000)).sound()).rejects.toThrow("too long");
  });
});
