// Decoded sound in pieces of fragmented MP4, as a MediaSource takes them: ranges of it are played to the sample.
import { stretched, stretchedPlace } from "../core/time-stretch";
import { FRAME, flacFrames, MOST_CHANNELS, streamInfo } from "./flac";
import { type Fragment, SOUND_MIME, type StreamPort } from "./port";

/** The sample rates that browsers play of FLAC, in Hz. */
const RATES = [8000, 192_000] as const;

type Bytes = Uint8Array | readonly number[];

/** Gives pieces of sound, for each channel from -1 to 1, silent after its end; null where browsers do not play its kind. */
export function soundPieces(channels: readonly Float32Array[], rate: number): StreamPort | null {
  const [least, most] = RATES;
  if (channels.length === 0 || channels.length > MOST_CHANNELS || rate < least || rate > most) return null;
  return {
    async fragment(kind, start, end, _, speed = 1) {
      if (kind === "picture") throw new Error("there are no pictures here");
      return piece(channels, rate, Math.round(start * rate), Math.round(end * rate), speed);
    },
  };
}

function piece(all: readonly Float32Array[], rate: number, first: number, last: number, speed: number): Fragment {
  const count = Math.max(1, stretchedPlace(last, speed) - stretchedPlace(first, speed));
  const cut = all.map((sound) => {
    const piece = new Float32Array(last - first);
    piece.set(sound.subarray(first, last));
    return piece;
  });
  const frames = [...flacFrames(speed === 1 ? cut : stretched(cut, count, rate), 0, count)];
  const bytes = join([header(all.length, rate), ...fragment(frames, first, count)]);
  return { bytes, mime: SOUND_MIME, start: first / rate, end: last / rate, offset: 0 };
}

/** What a MediaSource reads first: one track of FLAC, in units of samples (ISO/IEC 14496-12). */
function header(channels: number, rate: number): Uint8Array {
  const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].flatMap(u32);
  const sample = [
    ...[0, 0, 0, 0, 0, 0, ...u16(1), ...u32(0), ...u32(0)],
    ...[...u16(channels), ...u16(16), ...u32(0), ...u32(rate <= 0xffff ? rate * 0x10000 : 0)],
  ];
  const info = streamInfo(channels, rate);
  const described = full("stsd", 0, u32(1), box("fLaC", sample, full("dfLa", 0, [0x80, 0, 0, info.length], info)));
  const empty = (["stts", "stsc", "stco"] as const).map((name) => full(name, 0, u32(0)));
  const table = box("stbl", described, ...empty, full("stsz", 0, u32(0), u32(0)));
  const here = box("dinf", full("dref", 0, u32(1), full("url ", 1)));
  const media = box(
    "mdia",
    full("mdhd", 0, u32(0), u32(0), u32(rate), u32(0), [0x55, 0xc4, 0, 0]),
    full("hdlr", 0, u32(0), text("soun"), new Uint8Array(13)),
    box("minf", full("smhd", 0, u32(0)), here, table),
  );
  const track = [u32(0), u32(0), u32(1), u32(0), u32(0), u32(0), u32(0), u32(0), u32(0x01000000), matrix];
  return join([
    box("ftyp", text("iso5"), u32(0), text("iso5"), text("mp41")),
    box(
      "moov",
      full("mvhd", 0, u32(0), u32(0), u32(rate), u32(0), u32(0x10000), u32(0x01000000), u32(0), u32(0), matrix, [
        ...new Uint8Array(24),
        ...u32(2),
      ]),
      box("trak", full("tkhd", 3, ...track, u32(0), u32(0)), media),
      box("mvex", full("trex", 0, u32(1), u32(1), u32(FRAME), u32(0), u32(0))),
    ),
  ]);
}

/** The FLAC frames of `count` samples, the first of them at its place in the media. */
function fragment(frames: readonly Uint8Array[], first: number, count: number): readonly Bytes[] {
  const runs = frames.map((frame, index) => [...u32(Math.min(FRAME, count - index * FRAME)), ...u32(frame.length)]);
  const time = [...u32(Math.floor(first / 2 ** 32)), ...u32(first)];
  const made = (offset: number) =>
    box(
      "moof",
      full("mfhd", 0, u32(1)),
      box(
        "traf",
        full("tfhd", 0x020000, u32(1)),
        full("tfdt", 0, time).fill(1, 8, 9),
        full("trun", 0x000301, u32(frames.length), u32(offset), runs.flat()),
      ),
    );
  // The offset counts from the beginning of the first box to the first frame.
  return [made(made(0).length + 8), box("mdat", ...frames)];
}

function box(name: string, ...parts: readonly Bytes[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return join([u32(size), text(name), ...parts]);
}

/** A box with version 0 and flags. */
function full(name: string, flags: number, ...parts: readonly Bytes[]): Uint8Array {
  return box(name, u32(flags), ...parts);
}

function join(parts: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function text(letters: string): number[] {
  return [...letters].map((letter) => letter.charCodeAt(0));
}

function u16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}
