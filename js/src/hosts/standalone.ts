// One page that holds everything as a host: the annotation, the media and its peaks lie in it. Knows no network.
import type { Annotation, MediaInfo, Task } from "../core/types";
import type { Port, RemoteEvent } from "./port";
import { parseSidecar } from "./sidecar";
import { browserReader, openWorkerMedia } from "./worker-media";

/** What the page says beside the media, as report.py writes it. */
interface PageData {
  readonly task: Task;
  readonly annotation: Annotation;
  readonly note: string;
  readonly media: Pick<MediaInfo, "name" | "mime">;
}

/** The ids of the page's parts. */
const DATA = "avseg-data";
const MEDIA = "avseg-media";
const PEAKS = "avseg-peaks";

/** Opens what a page holds. Rejects with a message to show. */
export async function openStandalonePort(page: Document): Promise<Port> {
  const data = JSON.parse(page.getElementById(DATA)?.textContent ?? "null") as PageData | null;
  const peaks = takeBytes(page, PEAKS);
  const bytes = takeBytes(page, MEDIA);
  if (!data || !peaks || !bytes) throw new Error("This page was cut: parts of it are missing. Get it once more.");
  const sidecar = parseSidecar(peaks.buffer);
  const info = { ...sidecar.info, name: data.media.name, warnings: [], hindrances: [] };
  const url = URL.createObjectURL(new Blob([bytes], { type: data.media.mime }));
  const media = await openWorkerMedia(url, { ...sidecar, info }, browserReader);
  const listeners = new Set<(event: RemoteEvent) => void>();
  const emit = (event: RemoteEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  return {
    capabilities: { save: false, submit: false, reading: true },
    task: data.task,
    media,
    greeting: data.note,
    load: () => emit({ type: "state", annotation: data.annotation, revision: 0, seen: {} }),
    publish: ({ client, seq }) => emit({ type: "rejected", client, seq, reason: "this page is for reading" }),
    onRemote(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report: () => {},
    shareSession: () => {},
    submit: () => Promise.reject(new Error("This page is for reading.")),
    dispose() {
      listeners.clear();
      URL.revokeObjectURL(url);
    },
  };
}

/** The bytes that a part holds in base64; the part is emptied, as it may be large. Null when it is not there. */
function takeBytes(page: Document, id: string): Uint8Array<ArrayBuffer> | null {
  const part = page.getElementById(id);
  if (!part) return null;
  const text = atob(part.textContent.trim());
  part.textContent = "";
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}
