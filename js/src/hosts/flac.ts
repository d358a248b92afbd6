// Writes 16-bit samples as FLAC frames that hold them as they are (RFC 9639). Knows no file around them.

/** Samples of each frame but the last. */
export const FRAME = 4096;
/** The most channels that FLAC holds. */
export const MOST_CHANNELS = 8;

const BITS = 16;
const CRC8 = table(8, 0x07);
const CRC16 = table(16, 0x8005);

/** What a decoder must know before the frames. */
export function streamInfo(channels: number, rate: number): Uint8Array {
  const info = new Uint8Array(34);
  const view = new DataView(info.buffer);
  view.setUint16(0, FRAME);
  view.setUint16(2, FRAME);
  // 20 bits of rate, 3 of channels, 5 of bits a sample, each but the first less one; sizes and checksum are unknown.
  view.setUint32(10, ((rate << 12) | ((channels - 1) << 9) | ((BITS - 1) << 4)) >>> 0);
  return info;
}

/** The frames of samples, for each channel from -1 to 1; `from` and `to` choose which. */
export function* flacFrames(channels: readonly Float32Array[], from: number, to: number): Generator<Uint8Array> {
  for (let at = from, number = 0; at < to; at += FRAME, number += 1) {
    yield frame(channels, at, Math.min(at + FRAME, to), number);
  }
}

function frame(channels: readonly Float32Array[], from: number, to: number, number: number): Uint8Array {
  const count = to - from;
  const coded = codedNumber(number);
  const head = [0xff, 0xf8, 0x70, ((channels.length - 1) << 4) | 0x08, ...coded, (count - 1) >> 8, (count - 1) & 0xff];
  head.push(checksum(Uint8Array.from(head), CRC8, 8));
  const bytes = new Uint8Array(head.length + channels.length * (1 + 2 * count) + 2);
  const view = new DataView(bytes.buffer);
  bytes.set(head);
  let at = head.length;
  for (const samples of channels) {
    bytes[at] = 0x02; // as they are
    at += 1;
    for (let index = from; index < to; index += 1, at += 2) view.setInt16(at, toInt16(samples[index] ?? 0));
  }
  view.setUint16(at, checksum(bytes.subarray(0, at), CRC16, 16));
  return bytes;
}

function toInt16(sample: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(sample * 32768)));
}

/** A frame's number in the form of UTF-8; three bytes reach farther than any piece. */
function codedNumber(number: number): number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 0x3f)];
  return [0xe0 | (number >> 12), 0x80 | ((number >> 6) & 0x3f), 0x80 | (number & 0x3f)];
}

function table(bits: number, polynomial: number): Uint16Array {
  const top = 1 << (bits - 1);
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit += 1) value = value & top ? (value << 1) ^ polynomial : value << 1;
    return value;
  });
}

function checksum(bytes: Uint8Array, steps: Uint16Array, bits: number): number {
  const mask = (1 << bits) - 1;
  let value = 0;
  for (const byte of bytes) value = ((value << 8) ^ (steps[((value >> (bits - 8)) ^ byte) & 0xff] as number)) & mask;
  return value;
}
