// @vitest-environment happy-dom
// Work that is not handed in: kept for a page that is loaded again, where there is storage and where there is none.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { DRAFT, DraftKeeper } from "../src/hosts/draft";

/** A window as a sandboxed frame has it: to touch its storage is an error. */
function sandboxed(): { window: Window; told: unknown[] } {
  const told: unknown[] = [];
  const parent = { postMessage: (message: unknown) => told.push(message) };
  const frame = {
    name: "",
    parent,
    get sessionStorage(): Storage {
      throw new DOMException("sandboxed", "SecurityError");
    },
  };
  return { window: frame as unknown as Window, told };
}

beforeEach(() => {
  sessionStorage.clear();
  vi.useFakeTimers();
});

describe("a draft", () => {
  it.each(["a tab with storage", "a sandboxed frame"])("in %s is kept soon and given back, until the next", (where) => {
    const place = where === "a tab with storage" ? window : sandboxed().window;
    const keeper = new DraftKeeper(place, "task 1");
    keeper.keep(() => "first");
    keeper.keep(() => "second");
    expect(keeper.read()).toBe("");
    vi.advanceTimersByTime(1000);
    expect(new DraftKeeper(place, "task 1").read()).toBe("second");
    expect(new DraftKeeper(place, "task 2").read()).toBe("");
    keeper.keep(() => "third");
    keeper.flush();
    expect(new DraftKeeper(place, "task 1").read()).toBe("third");
    new DraftKeeper(place, "task 2").keep(() => "another");
    vi.advanceTimersByTime(1000);
    expect(new DraftKeeper(place, "task 2").read()).toBe("another");
    expect(new DraftKeeper(place, "task 1").read()).toBe("");
  });

  it("belongs to all of its texts, each in its place", () => {
    const keeper = new DraftKeeper(window, "task", "media.wav", "segments");
    keeper.keep(() => "text");
    keeper.flush();
    expect(new DraftKeeper(window, "task", "media.wav", "segments").read()).toBe("text");
    expect(new DraftKeeper(window, "task", "media.wav", "segment5").read()).toBe("");
    expect(new DraftKeeper(window, "task", "media.wavs", "egments").read()).toBe("");
  });

  it("of a sandboxed frame is told to the page around it, under the name that gives it back", () => {
    const { window: frame, told } = sandboxed();
    const keeper = new DraftKeeper(frame, "task 1");
    keeper.keep(() => "text");
    keeper.flush();
    const again = sandboxed().window;
    again.name = String(told[0]).slice(DRAFT.length);
    expect(new DraftKeeper(again, "task 1").read()).toBe("text");
  });

  it("that finds no room is no error", () => {
    const full = {
      ...sessionStorage,
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    const place = { sessionStorage: full, parent: null } as unknown as Window;
    const keeper = new DraftKeeper(place, "task 1");
    keeper.keep(() => "text");
    keeper.flush();
    expect(keeper.read()).toBe("");
  });
});
