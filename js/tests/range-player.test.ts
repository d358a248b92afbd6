// Ranges laid out in an element of their own: the loop switched off while a piece is on its way.
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Fragment, MediaPort, StreamPort } from "../src/hosts/port";
import { MediaClock } from "../src/player/clock";
import { RangePlayer } from "../src/player/range-player";
import { BUSY } from "../src/player/stream-feeder";
import { playRanges } from "../src/ui/load-media";

/** A buffer that knows what of the media, in seconds, lies where. */
class FakeBuffer extends EventTarget {
  timestampOffset = 0;
  updating = false;
  laid: { at: number; start: number; end: number }[] = [];

  get buffered() {
    return {
      length: this.laid.length,
      start: (index: number) => this.laid[index]?.at,
      end: (index: number) => (this.laid[index]?.at ?? 0) + lengthOf(this.laid[index]),
    };
  }

  /** How many pieces it takes until some are taken out. */
  room = Number.POSITIVE_INFINITY;

  appendBuffer(bytes: Uint8Array): void {
    if (this.laid.length >= this.room) throw new DOMException("it is full", "QuotaExceededError");
    const [start = 0, end = 0] = new Float64Array(bytes.buffer);
    this.#act(() => this.laid.push({ at: start + this.timestampOffset, start, end }));
  }

  remove(from: number, to: number): void {
    this.#act(() => {
      this.laid = this.laid.filter(({ at }) => at < from || at >= to);
    });
  }

  #act(act: () => void): void {
    if (this.updating) throw new Error("it is at work");
    this.updating = true;
    setTimeout(() => {
      act();
      this.updating = false;
      this.dispatchEvent(new Event("updateend"));
    }, 2);
  }
}

const lengthOf = (piece?: { start: number; end: number }) => (piece ? piece.end - piece.start : 0);

class FakeSource extends EventTarget {
  static latest: FakeSource;
  static isTypeSupported = () => true;
  readyState = "open";
  readonly buffer = new FakeBuffer();

  constructor() {
    super();
    FakeSource.latest = this;
    setTimeout(() => this.dispatchEvent(new Event("sourceopen")));
  }

  addSourceBuffer(): FakeBuffer {
    return this.buffer;
  }

  endOfStream(): void {
    this.readyState = "ended";
  }
}

/** A range from 10 s on that plays in a loop, and ways to let time pass and to keep Python waiting. */
async function playing(length: number) {
  let [loops, time, held] = [true, 0, null as Promise<void> | null];
  const asked: number[] = [];
  const fragment = async (_kind: string, start: number, end: number) => {
    asked.push(start - 10);
    await held;
    const bytes = new Uint8Array(new Float64Array([start, end]).buffer);
    return { bytes, mime: "audio/mp4", start, end, offset: 0 };
  };
  const failed = vi.fn();
  const player = new RangePlayer(
    document,
    { fragment },
    { sample_rate: 8000, duration: 500 },
    { loops: () => loops, failed },
  );
  Object.defineProperty(player.element, "currentTime", { get: () => time });
  player.element.play = () => Promise.resolve();
  player.element.pause = () => {};
  await player.play(10, 10 + length);
  const { buffer } = FakeSource.latest;
  const pause = (ms = 40) => new Promise((resolve) => setTimeout(resolve, ms));
  return {
    player,
    asked,
    failed,
    buffer,
    pause,
    /** Go on to a time of the element, in seconds. */
    async go(to: number) {
      for (; time < to; time = Math.min(time + 5, to)) {
        player.element.dispatchEvent(new Event("timeupdate"));
        await pause(15);
      }
      player.element.dispatchEvent(new Event("timeupdate"));
      await pause();
    },
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    async loop(on: boolean) {
      loops = on;
      const changed = player.change();
      await pause();
      return changed;
    },
    /** What is heard, each piece where the one before ends. */
    heard: () => [...buffer.laid].sort((one, other) => one.at - other.at),
  };
}

function checkRounds(heard: { at: number; start: number; end: number }[], length: number, rounds: number): void {
  let reached = heard[0]?.at ?? 0;
  for (const piece of heard) {
    expect(piece.at).toBeCloseTo(reached, 6);
    expect(piece.start - 10).toBeCloseTo(reached % length, 6);
    reached = piece.at + lengthOf(piece);
  }
  expect(reached).toBeCloseTo(rounds * length, 6);
}

beforeEach(() => {
  vi.stubGlobal("MediaSource", FakeSource);
  URL.createObjectURL = () => "blob:test";
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  ["first", 57, 0],
  ["second", 59, 1.5],
])("what a loop has asked for is not laid out once it is off: the %s piece of a round", async (_, time, from) => {
  const { player, asked, failed, go, hold, loop, pause, heard } = await playing(70);
  await go(time);
  const release = hold();
  await go(time + 1.5);
  expect(asked.at(-1)).toBe(from);
  expect(asked.filter((each) => each === from)).toHaveLength(2);
  await loop(false);
  release();
  await pause(100);
  checkRounds(heard(), 70, 1);
  expect(FakeSource.latest.readyState).toBe("ended");
  expect(failed).not.toHaveBeenCalled();
  player.dispose();
});

test("a loop that is switched off while its next round is being laid out ends with this one", async () => {
  const { player, failed, buffer, go, loop, pause, heard } = await playing(30);
  await go(17);
  const laid = heard().length;
  const switched = new Promise<void>((resolve) => {
    const append = buffer.appendBuffer.bind(buffer);
    buffer.appendBuffer = (bytes) => {
      append(bytes);
      buffer.appendBuffer = append;
      void loop(false).then(resolve);
    };
  });
  await go(18.5);
  await switched;
  await pause(100);
  expect(heard()).toHaveLength(laid);
  checkRounds(heard(), 30, 1);
  expect(FakeSource.latest.readyState).toBe("ended");
  expect(failed).not.toHaveBeenCalled();
  player.dispose();
});

test("a loop that is switched off and on again goes on without a gap", async () => {
  const { player, failed, go, hold, loop, heard } = await playing(70);
  await go(59);
  const release = hold();
  await go(60.5);
  await loop(false);
  await loop(true);
  release();
  await go(130);
  expect(heard().at(-1)?.at).toBeGreaterThan(135);
  const kept = heard().filter((piece) => piece.at >= 70);
  checkRounds(kept, 70, ((kept.at(-1)?.at ?? 0) + lengthOf(kept.at(-1))) / 70);
  expect(failed).not.toHaveBeenCalled();
  player.dispose();
});

test("a buffer that is full is filled again when more was played", async () => {
  const { player, failed, buffer, go, heard } = await playing(50);
  buffer.room = 3;
  await go(12);
  expect(heard()).toHaveLength(3);
  buffer.room = Number.POSITIVE_INFINITY;
  await go(60);
  expect(failed).not.toHaveBeenCalled();
  const reached = (heard().at(-1)?.at ?? 0) + lengthOf(heard().at(-1));
  expect(reached).toBeGreaterThan(70);
  checkRounds(heard(), 50, reached / 50);
  player.dispose();
});

/** A clock whose ranges are played of the pieces that `fragment` gives, if it does. */
function openClock(src: string, fragment: StreamPort["fragment"]) {
  const element = document.createElement("audio");
  element.src = src;
  let time = 0;
  Object.defineProperty(element, "currentTime", { get: () => time, set: (to: number) => (time = to) });
  element.play = vi.fn(async () => void element.dispatchEvent(new Event("play")));
  element.pause = () => {};
  const clock = new MediaClock(element);
  const info = { sample_rate: 8000, duration: 500 };
  playRanges(clock, { info, stream: { fragment } } as unknown as MediaPort, document);
  for (const other of clock.elements.slice(1)) other.play = () => new Promise(() => {});
  return { clock, element };
}

test("where pieces of the sound are refused, the element plays the range to its end", async () => {
  const { clock, element } = openClock("http://localhost/a.wav", () => Promise.reject(new Error("the kernel is gone")));
  clock.playRange(10, 12);
  await vi.waitFor(() => expect(element.play).toHaveBeenCalled());
  expect([element.currentTime, clock.playing.value, clock.error.value]).toEqual([10, true, ""]);
  element.currentTime = 12.01;
  element.dispatchEvent(new Event("timeupdate"));
  expect([clock.time.value, clock.playing.value]).toEqual([12, false]);
  clock.dispose();
});

test("pieces that do not come are not waited for where the browser has the media, and told of where not", async () => {
  vi.useFakeTimers();
  const never = () => new Promise<never>(() => {});
  const [own, streamed] = [openClock("http://localhost/a.wav", never), openClock("blob:a", never)];
  for (const { clock } of [own, streamed]) clock.playRange(10, 12);
  await vi.advanceTimersByTimeAsync(2000);
  expect(own.element.play).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(own.element.play).toHaveBeenCalled();
  expect([own.clock.trouble.value, streamed.clock.trouble.value]).toEqual(["", BUSY]);
  expect(streamed.element.play).not.toHaveBeenCalled();
  for (const { clock } of [own, streamed]) clock.dispose();
  vi.useRealTimers();
});

test("a piece that is late is waited for as long as there is sound to play", async () => {
  vi.useFakeTimers();
  const asked: number[] = [];
  const { clock, element } = openClock("http://localhost/a.wav", async (_kind, start, end) => {
    asked.push(start);
    if (asked.length > 2) return new Promise<never>(() => {});
    const bytes = new Uint8Array(new Float64Array([start, end]).buffer);
    return { bytes, mime: "audio/mp4", start, end, offset: 0 };
  });
  let time = 0;
  Object.defineProperty(clock.elements[1], "currentTime", { get: () => time });
  clock.playRange(10, 70);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([10, 11.5, 21.5]);
  time = 2;
  await vi.advanceTimersByTimeAsync(6000);
  expect(element.play).not.toHaveBeenCalled();
  time = 10;
  await vi.advanceTimersByTimeAsync(2500);
  expect(element.play).toHaveBeenCalledOnce();
  expect(element.currentTime).toBeCloseTo(20, 3);
  clock.dispose();
  vi.useRealTimers();
});

test("after a piece that did not come the element plays at once, until Python has answered", async () => {
  vi.useFakeTimers();
  let answer = () => {};
  const fragment = vi.fn(() => new Promise<Fragment>((_, reject) => (answer = () => reject(new Error("busy")))));
  const { clock, element } = openClock("http://localhost/a.wav", fragment);
  clock.playRange(10, 12);
  await vi.advanceTimersByTimeAsync(3000);
  clock.playRange(20, 22);
  expect([element.currentTime, fragment.mock.calls.length]).toEqual([20, 1]);
  expect(element.play).toHaveBeenCalledTimes(2);
  answer();
  await vi.advanceTimersByTimeAsync(10);
  clock.playRange(30, 32);
  expect(fragment).toHaveBeenCalledTimes(2);
  clock.dispose();
  vi.useRealTimers();
});

test("that Python is busy is told as long as a range waits for it, and no longer", async () => {
  vi.useFakeTimers();
  const { clock } = openClock("blob:a", () => new Promise<never>(() => {}));
  clock.playRange(10, 12);
  await vi.advanceTimersByTimeAsync(3000);
  expect(clock.trouble.value).toBe(BUSY);
  clock.trouble.value = ""; // as by "Try again"
  await vi.advanceTimersByTimeAsync(3000);
  expect(clock.trouble.value).toBe(BUSY);
  clock.pause();
  await vi.advanceTimersByTimeAsync(3000);
  expect(clock.trouble.value).toBe("");
  clock.dispose();
  vi.useRealTimers();
});
