// Media of a task page: its own URL, the peaks file beside it, and what the browser decodes. Knows no form.
import { formatClock } from "../core/time";
import type { MediaInfo, SpectrogramAnalysis } from "../core/types";
import { type MediaPort, PEAK_TILE_COLUMNS, type PeakTile, SPECTROGRAM_COLUMNS, type StreamPort } from "./port";
import type { Sidecar } from "./sidecar";
import { soundPieces } from "./sound-pieces";
import { spectrogramTile } from "./spectrum";
import { BASE_LEVEL, soundingSamples, tileOfColumns, tileOfSamples } from "./tiles";
import { videoThumbnails } from "./video-thumbnails";

/** Largest file that is decoded here, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Most samples of all channels that are kept decoded, 256 MB: a small file may hold hours. */
const MOST_SAMPLES = 64 * 1024 * 1024;
const USUAL_RATE = 48_000;
/** By how much decoded sound may be longer or shorter than the media, in seconds. */
const APART = 0.002;
/** By how much less sound may be decoded than the peaks show, in seconds, before that is told. */
const SHORT = 0.2;
/** How often a download that breaks off is begun. */
const MOST_TRIES = 3;

export const EXPIRED =
  "The media can't be loaded: its link may have expired. Hand in or note down what you have entered, then reload the task.";
const TOO_LONG =
  "The media is too long to be decoded in this page; for a waveform it needs a peaks file (peaks-ref in the manifest).";

/** What the page itself can find out of the media, and do with it; a browser's own abilities. */
export interface MediaReader {
  /** Loads enough of the media to describe it; rejects when it cannot be played. */
  probe(url: string): Promise<Pick<MediaInfo, "kind" | "duration" | "width" | "height">>;
  /** The HTTP status with which a URL answers now; 0 where the page is not told. */
  status?(url: string): Promise<number>;
  /** Loads and decodes the sound at a sample rate in Hz; rejects when there is none, or too much. */
  decode(url: string, rate: number): Promise<readonly Float32Array[]>;
  /** Makes what gives small pictures of a video. */
  thumbnails?(url: string): (times: readonly number[]) => Promise<readonly (ImageBitmap | null)[]>;
}

export async function openWorkerMedia(url: string, sidecar: Sidecar | null, reader: MediaReader): Promise<WorkerMedia> {
  if (sidecar) return new WorkerMedia(url, sidecar.info, sidecar, reader);
  const probed = await reader.probe(url);
  const long = tooLong(probed.duration, USUAL_RATE, 2);
  const samples = long ? new Error(TOO_LONG) : await reader.decode(url, USUAL_RATE).catch((error: Error) => error);
  const heard = !(samples instanceof Error);
  const info: MediaInfo = {
    name: nameOf(url),
    mime: "",
    sample_rate: heard ? USUAL_RATE : 0,
    channels: heard ? samples.length : 0,
    frame_count: 0,
    exact: true,
    way: "",
    container: "",
    codecs: [],
    start: 0,
    channel_names: [],
    hindrances: [],
    warnings: heard ? [] : [samples.message],
    ...probed,
  };
  return new WorkerMedia(url, info, null, reader, heard ? samples : undefined);
}

class WorkerMedia implements MediaPort {
  readonly info: MediaInfo;
  readonly thumbnails?: (times: readonly number[]) => Promise<readonly (ImageBitmap | null)[]>;
  readonly #url: string;
  readonly #sidecar: Sidecar | null;
  readonly #reader: MediaReader;
  #samples: Promise<readonly Float32Array[]> | undefined;
  /** Whether the page could read the media once. */
  #readable: boolean;
  #given = false;

  constructor(
    url: string,
    info: MediaInfo,
    sidecar: Sidecar | null,
    reader: MediaReader,
    samples?: readonly Float32Array[],
  ) {
    this.info = info;
    this.#url = url;
    this.#sidecar = sidecar;
    this.#reader = reader;
    if (info.kind === "video" && reader.thumbnails) this.thumbnails = reader.thumbnails(url);
    if (samples) this.#samples = Promise.resolve(samples);
    this.#readable = samples !== undefined;
  }

  /** Looks again each time: a signed URL expires, and a player goes on describing what it had of it before. */
  async url(): Promise<string> {
    const expires = this.#given && !this.#url.startsWith("blob:");
    const status = expires ? ((await this.#reader.status?.(this.#url)) ?? 200) : 200;
    // A refusal may come without the header that lets a page read it.
    if (status >= 400 || (status === 0 && this.#readable)) throw new Error(EXPIRED);
    await this.#reader.probe(this.#url).catch((error: unknown) => {
      const refusal = this.info.hindrances.find((text) => text.startsWith("Browsers "));
      throw refusal ? new Error(refusal) : error;
    });
    this.#given = true;
    return this.#url;
  }

  /** Only of sound that lies on the media's own time: a browser may leave out where it begins late. */
  async sound(): Promise<StreamPort | null> {
    const { sample_rate: rate, duration, kind } = this.info;
    if (kind === "video" && !this.#sidecar?.frames.length) return null;
    const samples = await this.#decoded().catch((error: unknown) => {
      // Nobody has seen it fail: what shows the sound may ask for it once more.
      this.#samples = undefined;
      throw error;
    });
    const apart = Math.abs((samples[0]?.length ?? 0) / rate - (duration ?? 0));
    return apart > APART ? null : soundPieces(samples, rate);
  }

  async peaks(level: number, tile: number): Promise<PeakTile> {
    if (this.#sidecar && level >= BASE_LEVEL) return tileOfColumns(this.#sidecar.columns, level, tile);
    try {
      return tileOfSamples(await this.#decodedUpTo((tile + 1) * PEAK_TILE_COLUMNS * 4 ** level), level, tile);
    } catch (error) {
      // Coarse peaks in a deep zoom still show where the sound is.
      if (this.#sidecar) return tileOfColumns(this.#sidecar.columns, level, tile);
      throw error;
    }
  }

  async spectrogram(analysis: SpectrogramAnalysis, level: number, tile: number): Promise<Uint8Array> {
    const samples = await this.#decodedUpTo((tile + 1) * SPECTROGRAM_COLUMNS * 2 ** level);
    return spectrogramTile(samples, this.info.sample_rate, analysis, level, tile);
  }

  async frames(): Promise<Float64Array> {
    return this.#sidecar?.frames ?? new Float64Array();
  }

  /** What is decoded, where that holds all the sound before a sample that the peaks file knows of. */
  async #decodedUpTo(last: number): Promise<readonly Float32Array[]> {
    const samples = await this.#decoded();
    const length = samples[0]?.length ?? 0;
    // A browser may leave out where the sound begins late.
    const [begin, end] = this.#sidecar ? soundingSamples(this.#sidecar.columns) : [0, 0];
    if (Math.min(last, end) - begin - length > SHORT * this.info.sample_rate)
      throw new Error(stopsAt(length / this.info.sample_rate));
    return samples;
  }

  #decoded(): Promise<readonly Float32Array[]> {
    const { sample_rate: rate, channels, duration } = this.info;
    if (!rate) return Promise.reject(new Error(this.info.warnings[0] ?? "This media has no sound."));
    if (tooLong(duration, rate, channels)) return Promise.reject(new Error(TOO_LONG));
    this.#samples ??= this.#reader.decode(this.#url, rate).then((samples) => {
      this.#readable = true;
      return samples;
    });
    return this.#samples;
  }
}

function stopsAt(time: number): string {
  return `The browser decodes only ${formatClock(time)} of the sound: the file may be damaged there.`;
}

function tooLong(duration: number | null, rate: number, channels: number): boolean {
  return (duration ?? 0) * rate * channels > MOST_SAMPLES;
}

/** The last part of a URL's path, to show. */
export function nameOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url, "http://localhost/").pathname.split("/").at(-1) ?? "") || "media";
  } catch {
    return "media";
  }
}

/** Reads media with the browser's own means. */
export const browserReader: MediaReader = {
  thumbnails: videoThumbnails,

  probe(url) {
    return new Promise((resolve, reject) => {
      // A video element plays sound too, and tells whether there is a picture.
      const element = document.createElement("video");
      const listening = new AbortController();
      const { signal } = listening;
      const release = (): void => {
        listening.abort();
        element.removeAttribute("src");
        element.load();
      };
      const failed = (): void => {
        release();
        reject(new Error(EXPIRED));
      };
      const loaded = (): void => {
        const { duration, videoWidth: width, videoHeight: height } = element;
        release();
        resolve({
          kind: width ? "video" : "audio",
          duration: Number.isFinite(duration) ? duration : null,
          width,
          height,
        });
      };
      element.addEventListener("error", failed, { signal });
      element.addEventListener("loadedmetadata", loaded, { signal });
      element.preload = "metadata";
      element.src = url;
    });
  },

  async status(url) {
    const scope = new AbortController();
    const asked = fetch(url, { cache: "no-store", headers: { Range: "bytes=0-0" }, signal: scope.signal });
    const status = await asked.then(
      (response) => response.status,
      () => 0,
    );
    scope.abort();
    return status;
  },

  async decode(url, rate) {
    const bytes = await download(url);
    const context = new OfflineAudioContext(1, 1, rate);
    const buffer = await context.decodeAudioData(bytes).catch(() => {
      throw new Error("No waveform: the browser finds no sound in the media that it can decode.");
    });
    return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
  },
};

/** The bytes of a small file, asked for again where it breaks off; a larger one is left alone as soon as that shows. */
export async function download(url: string, most = MOST_BYTES): Promise<ArrayBuffer> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    try {
      return await downloadOnce(url, most);
    } catch (error) {
      // What breaks off is a TypeError of the browser, with words for nobody.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new Error("No waveform: the connection was lost while the media was loaded. Reload the task to try again.");
}

async function downloadOnce(url: string, most: number): Promise<ArrayBuffer> {
  const response = await fetch(url).catch(() => {
    throw new Error(
      "No waveform: this page may play the media but not read it (CORS is not set up where the media is).",
    );
  });
  if (!response.ok || !response.body) throw new Error(EXPIRED);
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = Number(response.headers.get("Content-Length") ?? 0);
  let read = 0;
  for (let part = await reader.read(); !part.done && Math.max(size, read) <= most; part = await reader.read()) {
    chunks.push(part.value);
    read += part.value.length;
    size = Math.max(size, read);
  }
  if (size > most) {
    await reader.cancel();
    throw new Error("No waveform: the media has more than 32 MiB and no peaks file (peaks-ref in the manifest).");
  }
  return new Blob(chunks as BlobPart[]).arrayBuffer();
}
