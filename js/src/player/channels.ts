// Which channels of the media are heard. The sound goes through WebAudio only once a channel was muted or solo.
import { type Signal, signal } from "@preact/signals-core";

export interface ChannelState {
  readonly muted: boolean;
  readonly solo: boolean;
}

/** How loud each channel is: solo channels alone when there are any, else those that are not muted. */
export function gainsOf(channels: readonly ChannelState[]): number[] {
  const some = channels.some((channel) => channel.solo);
  const heard = channels.map((channel) => (some ? channel.solo : !channel.muted));
  // More channels than two ears are mixed; a share for each keeps their sum from being cut off.
  const share = channels.length > 2 ? 1 / Math.max(1, heard.filter(Boolean).length) : 1;
  return heard.map((on) => (on ? share : 0));
}

/** Whether a browser keeps the sound of a media at this address from scripts, which then get silence. */
export function isForeign(source: string, page: string): boolean {
  const url = new URL(source, page);
  return !["blob:", "data:"].includes(url.protocol) && url.origin !== new URL(page).origin;
}

interface Graph {
  readonly context: AudioContext;
  readonly gains: readonly GainNode[];
}

export class ChannelMixer {
  readonly channels: Signal<readonly ChannelState[]>;
  readonly #elements: readonly HTMLMediaElement[];
  readonly #scope = new AbortController();
  #graph: Graph | null = null;

  /** The first element is the media's; others sound in its place. */
  constructor(elements: readonly HTMLMediaElement[], count: number) {
    this.#elements = elements;
    this.channels = signal(Array.from({ length: count }, () => ({ muted: false, solo: false })));
  }

  dispose(): void {
    this.#scope.abort();
    this.#graph?.context.close().catch(() => {});
    this.#graph = null;
  }

  /** Mute, solo or free a channel; returns why that is not possible, or nothing. */
  set(channel: number, change: Partial<ChannelState>): string {
    const element = this.#elements[0] as HTMLMediaElement;
    const source = element.currentSrc || element.src;
    if (!source) return "The sound is not loaded yet.";
    if (!this.#graph && element.crossOrigin === null && isForeign(source, element.baseURI)) {
      return "Channels cannot be muted here: the media comes from another site, which keeps its sound from this page.";
    }
    this.#graph ??= this.#connect();
    this.channels.value = this.channels
      .peek()
      .map((state, index) => (index === channel ? { ...state, ...change } : state));
    gainsOf(this.channels.peek()).forEach((gain, index) => {
      const node = this.#graph?.gains[index];
      if (node) node.gain.value = gain;
    });
    this.#wake();
    return "";
  }

  #connect(): Graph {
    const count = this.channels.peek().length;
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(count);
    for (const element of this.#elements) context.createMediaElementSource(element).connect(splitter);
    const merger = count === 2 ? context.createChannelMerger(2) : null;
    merger?.connect(context.destination);
    const gains = Array.from({ length: count }, (_, channel) => {
      const gain = context.createGain();
      splitter.connect(gain, channel);
      if (merger) gain.connect(merger, 0, channel);
      else gain.connect(context.destination);
      return gain;
    });
    // A browser may put a context to sleep, or not let it start before the user plays something.
    for (const element of this.#elements)
      element.addEventListener("play", () => this.#wake(), { signal: this.#scope.signal });
    return { context, gains };
  }

  #wake(): void {
    this.#graph?.context.resume().catch(() => {});
  }
}
