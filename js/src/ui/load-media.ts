// Brings the media to the clock: by its URL, or streamed where it has none or its URL does not play. Draws nothing.
import { effect } from "@preact/signals";
import { type Fragment, type MediaPort, SOUND_MIME, type StreamPort } from "../hosts/port";
import type { MediaClock } from "../player/clock";
import { RangePlayer } from "../player/range-player";
import { BUSY, StreamFeeder } from "../player/stream-feeder";
import type { Controller } from "./controller";

/** Let ranges be played to the sample where their sound can be had in pieces, until the returned function is called. */
export function playRanges(clock: MediaClock, media: MediaPort, document: Document): () => void {
  const { info, stream } = media;
  if (!(stream || media.sound) || !info.sample_rate || !info.duration) return () => {};
  let port: StreamPort | null = stream ?? null;
  const take = (found: StreamPort | null): void => {
    port = found;
  };
  // Who plays nothing needs none of it, and the player's own first data go ahead.
  const ask = (): void => {
    const takes = typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(SOUND_MIME);
    if (takes && !port) media.sound?.().then(take, () => {});
  };
  clock.element.addEventListener("play", ask, { once: true });
  /** When a piece was given up that has not come yet, in ms. */
  let late = Number.NEGATIVE_INFINITY;
  const heard = (): void => {
    late = Number.NEGATIVE_INFINITY;
  };
  // Of a range that was stopped nothing is waited for; what else is amiss stays told.
  const giveUp = (): boolean => {
    if (!clock.isStreamed) late = performance.now();
    else if (player.active) clock.trouble.value ||= BUSY;
    return !clock.isStreamed || !player.active;
  };
  const fragment: StreamPort["fragment"] = async (kind, ...asked) => {
    if (!port) throw new Error("its sound can't be had in pieces");
    const answer = port.fragment(kind, ...asked);
    answer.then(heard, heard);
    try {
      return await inTime(answer, () => player.ahead, giveUp);
    } finally {
      if (clock.trouble.peek() === BUSY) clock.trouble.value = "";
    }
  };
  const player: RangePlayer = new RangePlayer(document, { fragment }, info, {
    loops: () => clock.loop.peek(),
    failed: () => clock.playInstead(),
  });
  clock.useRanges(player, () => port !== null && performance.now() - late > LOST);
  return () => player.dispose();
}

/** How long a piece of a range is waited for without a word where nothing is left to play, in ms. */
const SOON = 2500;
/** For how long no other piece is asked for after one that did not come, in ms: the kernel is busy with something. */
const LOST = 60_000;

/** Wait for a piece while `ahead` seconds can be played without it, then as long as `giveUp` does not say to stop. */
async function inTime(answer: Promise<Fragment>, ahead: () => number, giveUp: () => boolean): Promise<Fragment> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const look = (): void => {
      if (1000 * ahead() <= SOON && giveUp()) reject(new Error(BUSY));
      else timer = setTimeout(look, SOON);
    };
    timer = setTimeout(look, SOON);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** How long playing may stand still before the media is looked at again, in ms. */
const PATIENCE = 4000;

/** Look again where media is that does not go on: a browser asks for what is refused to it for minutes, and says nothing. */
function watchWaiting(clock: MediaClock, look: () => void): () => void {
  const scope = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const on = (name: string, act: () => void) => clock.element.addEventListener(name, act, { signal: scope.signal });
  on("waiting", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PATIENCE);
  });
  for (const name of ["playing", "pause", "error", "emptied"]) on(name, () => clearTimeout(timer));
  return () => {
    scope.abort();
    clearTimeout(timer);
  };
}

export function loadMedia({ clock, frames: watch, port }: Controller): () => void {
  const { media } = port;
  let closed = false;
  let feeder: StreamFeeder | null = null;
  const fail = (error: unknown) => {
    if (!closed) clock.fail(error);
  };
  const begin = (url: string) => {
    if (closed) return;
    clock.reload = url ? () => clock.load(url) : null;
    if (url) return clock.load(url);
    const stream = media.stream;
    if (!stream) return fail(new Error("it can't be brought to this page"));
    const made = new StreamFeeder(clock.element, stream, media.info, clock.trouble);
    feeder = made;
    clock.learnDuration(media.info.duration ?? 0);
    clock.retry = () => made.retry();
    made.start().catch(fail);
  };
  media.url().then(begin, fail);
  const stop = effect(() => {
    const error = clock.error.value;
    if (!error) return;
    if (feeder) {
      // A browser gives up on one damaged picture; Python leaves out what it cannot decode.
      if (!clock.element.error || !feeder.avoid()) return;
      feeder.dispose();
      clock.trouble.value = "";
      clock.error.value = "";
      begin("");
    } else if (media.stream && media.useStream && clock.element.error) {
      media.useStream(`the browser does not play its address: ${error}`);
      clock.error.value = "";
      begin("");
    } else {
      // A host may know better why its media fails, as when the address of a worker's page has expired.
      media.url().catch(fail);
    }
  });
  const stopWatching = watchWaiting(clock, () => {
    if (feeder) return;
    media.url().catch((error) => {
      clock.pause();
      fail(error);
    });
  });
  media.frames().then(
    (frames) => {
      if (closed) return;
      clock.frames = frames;
      watch.learn(frames);
      if (!clock.playing.peek()) clock.seek(clock.time.peek());
    },
    () => {},
  );
  return () => {
    closed = true;
    stop();
    stopWatching();
    feeder?.dispose();
  };
}
