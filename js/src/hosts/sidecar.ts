// Reads the peaks file that lies beside media, in the layout of media/sidecar.py. Knows no page.
import type { MediaInfo } from "../core/types";
import { BASE_LEVEL } from "./tiles";

export interface Sidecar {
  readonly info: MediaInfo;
  /** Columns of the base level, lowest and highest in turn, for each channel. */
  readonly columns: readonly Int16Array[];
  /** Presentation times of the video's frames in seconds. */
  readonly frames: Float64Array;
}

interface Header {
  readonly version: number;
  readonly info: MediaInfo;
  readonly level: number;
  readonly columns: number;
  readonly frames: number;
}

export async function fetchSidecar(url: string): Promise<Sidecar> {
  const response = await fetch(url);
  if (!response.ok) throw new Error("The peaks file can't be loaded.");
  return parseSidecar(await response.arrayBuffer());
}

/** Throws when the file is of another kind or cut. */
export function parseSidecar(file: ArrayBuffer): Sidecar {
  const header = readHeader(file);
  const { info, columns, frames } = header;
  let offset = 4 + new DataView(file).getUint32(0, true);
  const count = 2 * columns;
  if (file.byteLength !== offset + 8 * frames + 2 * count * info.channels) throw new Error("The peaks file is cut.");
  const times = new Float64Array(file, offset, frames);
  offset += 8 * frames;
  const channels = Array.from(
    { length: info.channels },
    (_, channel) => new Int16Array(file, offset + 2 * count * channel, count),
  );
  return { info, columns: channels, frames: times };
}

function readHeader(file: ArrayBuffer): Header {
  const length = file.byteLength >= 4 ? new DataView(file).getUint32(0, true) : 0;
  if (length < 2 || 4 + length > file.byteLength || (4 + length) % 8) throw new Error("This is no peaks file.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 4, length))) as Header;
  if (header.version !== 1 || header.level !== BASE_LEVEL) throw new Error("This peaks file is of another version.");
  return header;
}
