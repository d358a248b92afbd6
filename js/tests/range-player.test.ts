// Ranges laid out in an element of their own: the loop switched off while a piece is on its way.
// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stretchedPlace } from "../src/core/time-stretch";
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

/** Frames in a second of what is laid out, and how fast it is. */
const RATE = 8000;
let fast = 1;
const lengthOf = (piece?: { start: number; end: number }) =>
  piece ? (stretchedPlace(piece.end * RATE, fast) - stretchedPlace(piece.start * RATE, fast)) / RATE : 0;

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
async function playing(length: number, speed = 1) {
  fast = speed;
  let [loops, time, held] = [true, 0, null as Promise<void> | null];
  const asked: number[] = [];
  const fragment: StreamPort["fragment"] = async (_kind, start, end, _resume, at = 1) => {
    asked.push(start - 10);
    fast = at;
    await held;
    const bytes = new Uint8Array(new Float64Array([start, end]).buffer);
    return { bytes, mime: "audio/mp4", start, end, offset: 0 };
  };
  const failed = vi.fn();
  const player = new RangePlayer(
    document,
    { fragment },
    { sample_rate: RATE, duration: 500 },
    { loops: () => loops, failed },
  );
  Object.defineProperty(player.element, "currentTime", { get: () => time, set: (to: number) => (time = to) });
  player.element.play = () => Promise.resolve();
  player.element.pause = () => {};
  await player.play(10, 10 + length, speed);
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
  fast = 1;
  vi.stubGlobal("MediaSource", FakeSource);
  URL.createObjectURL = () => "blob:test";
});
afterEach(() => vi.unstubAllGlobals());

test.each([0.25, 0.7, 1, 1.3, 2, 4])("rounds at %s times the speed follow each other on the sample", async (speed) => {
  const length = 12.5;
  const { player, asked, go, loop, pause, heard } = await playing(length, speed);
  const round = lengthOf({ start: 10, end: 10 + length });
  await go(0.6 * round);
  expect(player.timeAt(0.6 * round)).toBeCloseTo(10 + 0.6 * length, 3);
  expect(player.timeAt(1.2 * round)).toBeCloseTo(10 + 0.2 * length, 3);
  await go(2.5 * round);
  await loop(false);
  await go(3 * round);
  await pause(100);
  let reached = heard()[0]?.at ?? 0;
  for (const { at, ...piece } of heard()) {
    expect(at).toBeCloseTo(reached, 6);
    reached = at + lengthOf(piece);
  }
  expect(reached).toBeCloseTo(3 * round, 3);
  expect(player.timeAt(3 * round)).toBeCloseTo(10 + length, 4);
  // The first pieces are heard for as long at each speed, and none is asked for twice.
  expect(asked[1]).toBeCloseTo(1.5 * speed, 3);
  expect(asked[2] ?? length).toBeCloseTo(Math.min(4.5 * speed, length), 3);
  expect(new Set(asked).size).toBe(asked.length);
  expect(FakeSource.latest.readyState).toBe("ended");
  player.dispose();
});

test("a piece that comes when its range was stopped is not played in the next one", async () => {
  const { player, go, hold } = await playing(3);
  const release = hold();
  const stopped = player.play(10, 13, 2);
  player.stop();
  const next = player.play(10, 12, 1);
  release();
  await Promise.all([stopped, next]);
  await go(5);
  const { laid } = FakeSource.latest.buffer;
  expect(laid.length).toBeGreaterThan(8);
  checkRounds(laid, 2, ((laid.at(-1)?.at ?? 0) + lengthOf(laid.at(-1))) / 2);
  player.dispose();
});

test.each([
  ["first", 57, 0, 2],
  ["second", 67, 10, 1],
])(
  "what a loop has asked for is not laid out once it is off: the %s piece of a round",
  async (_, time, from, times) => {
    const { player, asked, failed, go, hold, loop, pause, heard } = await playing(70);
    await go(time);
    const release = hold();
    await go(time + 1.5);
    expect(asked.at(-1)).toBe(from);
    expect(asked.filter((each) => each === from)).toHaveLength(times);
    await loop(false);
    release();
    await pause(100);
    checkRounds(heard(), 70, 1);
    expect(FakeSource.latest.readyState).toBe("ended");
    expect(failed).not.toHaveBeenCalled();
    player.dispose();
  },
);

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

test.each([
  [1, 2],
  [4, 1],
])(
  "begun at %d times the speed and then played at %d, a range is stretched anew from the place heard",
  async (before, after) => {
    const asked: [number, number][] = [];
    const { clock } = openClock("http://localhost/a.wav", async (_kind, start, end, _resume, speed = 1) => {
      fast = speed;
      asked.push([start, speed]);
      const bytes = new Uint8Array(new Float64Array([start, end]).buffer);
      return { bytes, mime: "audio/mp4", start, end, offset: 0 };
    });
    const ranged = clock.elements[1] as HTMLMediaElement;
    let time = 0;
    Object.defineProperty(ranged, "currentTime", { get: () => time, set: (to: number) => (time = to) });
    clock.setRate(before);
    clock.playRange(10, 40);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1));
    time = 3;
    asked.length = 0;
    clock.setRate(after);
    clock.setRate(after);
    const place = 10 + 3 * before;
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(1));
    expect(asked.slice(0, 2)).toEqual([
      [place, after],
      [place + 1.5 * after, after],
    ]);
    expect([ranged.playbackRate, time]).toEqual([1, (place - 10) / after]);
    const [first] = FakeSource.latest.buffer.laid;
    expect([first?.at, first?.start, first?.end]).toEqual([time, place, place + 1.5 * after]);
    clock.dispose();
  },
);

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
  Object.defineProperty(clock.elements[1], "currentTime", { get: () => time, set: (to: number) => (time = to) });
  clock.playRange(10, 70);
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual([10, 11.5, 14.5]);
  time = 1;
  await vi.advanceTimersByTimeAsync(6000);
  expect(element.play).not.toHaveBeenCalled();
  time = 3;
  await vi.advanceTimersByTimeAsync(2500);
  expect(element.play).toHaveBeenCalledOnce();
  expect(element.currentTime).toBeCloseTo(13, 3);
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

test("playing on leaves the range, so that nothing is heard twice and a recording does not end with it", async () => {
  const { clock, element } = openClock("http://localhost/a.wav", async (_kind, start, end) => {
    const bytes = new Uint8Array(new Float64Array([start, end]).buffer);
    return { bytes, mime: "audio/mp4", start, end, offset: 0 };
  });
  clock.playRange(10, 12);
  const range = clock.elements[1] as HTMLMediaElement;
  range.play = () => Promise.resolve();
  const paused = vi.spyOn(range, "pause");
  await new Promise((resolve) => setTimeout(resolve, 20));
  range.dispatchEvent(new Event("play"));
  // So that pictures keep up with the sound of a range, they are hurried or slowed down.
  clock.frames = Float64Array.of(0, 5, 11);
  element.currentTime = 10.05;
  await vi.waitFor(() => expect(element.playbackRate).not.toBe(1));
  clock.play();
  expect(element.playbackRate).toBe(1);
  expect(paused).toHaveBeenCalled();
  expect(element.currentTime).toBeCloseTo(10, 1);
  range.dispatchEvent(new Event("pause"));
  expect(clock.playing.value).toBe(true);
  clock.dispose();
});
