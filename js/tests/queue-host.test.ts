// The queue as a host: one model, a document for each item. A late message must not touch another item, and no edit
// that is under way when an item is left may be lost.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FromQueuePage, Opened, State, ToQueuePage } from "../src/core/types";
import type { WidgetModel } from "../src/hosts/notebook";
import { QueueHost } from "../src/hosts/queue";
import { Kernel, SETUP } from "./core/kernel";
import { TRACKS } from "./core/make";

type Listener = (...values: unknown[]) => void;

/** A page's model of a queue of three items, each with a kernel's document; the third does not open. */
class QueueModel implements WidgetModel {
  readonly kernels = [new Kernel(), new Kernel()];
  readonly up: FromQueuePage[] = [];
  readonly state: Record<string, unknown>;
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor() {
    const rows = ["a.wav", "b.wav", "gone.wav"].map((item, index) => ({ index, item }));
    const queue = {
      id: "queue",
      rows,
      opened: this.opened(0),
      progress: "0 of 3 done",
      annotator: "ann",
      round: 1,
      store: "",
      lasting: "",
    };
    this.state = { _queue: queue, _view: {}, advance: true, keymap: SETUP.keymap };
  }

  opened(index: number): Opened {
    const kernel = this.kernels[index];
    if (!kernel) return { type: "opened", index, setup: null, state: null, problem: "there is no file gone.wav" };
    const setup = { ...SETUP, document: `document-${index}` };
    return { type: "opened", index, setup, state: kernel.state(), problem: "" };
  }

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    this.state[name] = value;
  }

  save_changes(): void {}

  send(content: unknown): void {
    this.up.push(content as FromQueuePage);
  }

  on(name: string, callback: (...values: never[]) => void): void {
    const found = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, found.add(callback as Listener));
  }

  off(name: string, callback: (...values: never[]) => void): void {
    this.#listeners.get(name)?.delete(callback as Listener);
  }

  deliver(message: ToQueuePage): void {
    for (const listener of [...(this.#listeners.get("msg:custom") ?? [])]) listener(message, []);
  }

  /** What the page sent, answered as Python does. */
  settle(): void {
    for (let message = this.up.shift(); message; message = this.up.shift()) {
      if (message.type === "go") this.deliver(this.opened(message.index));
      if (message.type !== "for_item") continue;
      const index = Number(message.document.at(-1));
      const kernel = this.kernels[index] as Kernel;
      const line = { down: [] as string[] };
      kernel.lines.push(line as never);
      kernel.receive(message.message as never);
      kernel.lines.pop();
      for (const answer of line.down)
        this.deliver({ type: "of_item", document: message.document, message: JSON.parse(answer) });
    }
  }
}

function openQueue(): { model: QueueModel; host: QueueHost } {
  const model = new QueueModel();
  const host = new QueueHost(model);
  model.settle();
  return { model, host };
}

const ADD = { tracks: { put: Object.fromEntries(TRACKS.slice(0, 1).map((track) => [track.id, track])) } };
const sizes = (model: QueueModel) => model.kernels.map((kernel) => kernel.document.tracks.size);

test("an edit under way when its item is left arrives in its own document, and only there", () => {
  const { model, host } = openQueue();
  host.opened?.editing?.store.dispatch("add", ADD);
  const { store } = host.opened?.editing ?? expect.fail();
  host.go(1);
  expect(host.opened).toBe(null);
  expect(store.unsaved.value).toBe(1);
  model.settle();
  expect(host.opened?.index).toBe(1);
  expect(sizes(model)).toEqual([1, 0]);
  expect(host.opened?.editing?.store.document.value?.tracks.size).toBe(0);
});

test("what the kernel did not hear is sent again for the document it was made in", () => {
  const { model, host } = openQueue();
  const { store } = host.opened?.editing ?? expect.fail();
  store.dispatch("add", ADD);
  model.up.splice(0); // lost
  host.go(1);
  model.settle();
  expect(host.opened?.index).toBe(1);
  // The item that was left still asks, and its answer lets its edit through.
  const state: State = (model.kernels[0] as Kernel).state();
  model.deliver({ type: "of_item", document: "document-0", message: state });
  model.settle();
  expect(sizes(model)).toEqual([1, 0]);
  expect(store.unsaved.value).toBe(0);
  expect(host.opened?.editing?.store.document.value?.tracks.size).toBe(0);
});

test("a late message of the item before does not touch the one that is open", () => {
  const { model, host } = openQueue();
  host.go(1);
  model.settle();
  const before = host.opened?.editing?.store.document.value;
  const applied = { type: "applied", revision: 1, client: "", seq: 0, diff: ADD };
  model.deliver({ type: "of_item", document: "document-0", message: applied });
  expect(host.opened?.editing?.store.document.value).toBe(before);
  model.deliver({ type: "of_item", document: "document-1", message: applied });
  expect(host.opened?.editing?.store.document.value?.tracks.size).toBe(1);
});

test("in a hurry only the last item asked for is waited for", () => {
  const { model, host } = openQueue();
  const shown: (number | undefined)[] = [];
  host.onOpened((item) => shown.push(item?.index));
  host.items.run("next-item");
  host.items.run("next-item");
  expect(model.up.filter(({ type }) => type === "go")).toEqual([{ type: "go", index: 1, following: 2 }]);
  model.settle();
  expect(shown).toEqual([undefined, 2]);
  expect(host.opened?.problem).toBe("there is no file gone.wav");
  expect(host.items.run("next-item")).toBe("This is the last item of the list.");
});

test("done leads to the next that is not, where the user wants that", () => {
  const { model, host } = openQueue();
  expect(host.items.finished()).toBe("");
  expect(host.list.current.value).toBe(1);
  model.settle();
  host.list.advance.value = false;
  expect(model.state.advance).toBe(false);
  expect(host.items.finished()).toBe("");
  expect(host.list.current.value).toBe(1);
});

test("a kernel that does not answer is told of, and the user can stay", () => {
  vi.useFakeTimers();
  const { model, host } = openQueue();
  host.go(1);
  vi.advanceTimersByTime(10_000);
  expect(host.list.notice.value).toMatch(/^Python does not answer. b.wav opens when it does/);
  host.stay();
  expect([host.opened?.index, host.list.current.value, host.list.notice.value]).toEqual([0, 0, ""]);
  model.settle();
  expect(host.opened?.index).toBe(1);
  host.dispose();
  vi.useRealTimers();
});

test("where the kernel is gone nothing is left that could not be opened again", () => {
  const { model, host } = openQueue();
  const { store } = host.opened?.editing ?? expect.fail();
  store.connection.value = "ended";
  host.go(1);
  expect([host.opened?.index, host.list.current.value]).toEqual([0, 0]);
  expect(host.list.notice.value).toBe("Not connected: run the cell again to go on.");
  store.connection.value = "up";
  host.go(1);
  model.settle();
  expect([host.opened?.index, host.list.notice.value]).toEqual([1, ""]);
  host.dispose();
});

test("where nothing can be sent any more, that is told of what it matters to", () => {
  const { model, host } = openQueue();
  model.send = () => {
    throw new Error("the comm is closed");
  };
  host.look([0, 1]);
  host.touch();
  expect(host.list.notice.value).toBe("");
  host.mark(0, { flagged: true });
  expect(host.list.notice.value).toContain("kept in this browser");
  host.go(1);
  expect([host.opened?.index, host.list.current.value]).toEqual([0, 0]);
  expect(host.list.notice.value).toBe("Not connected: run the cell again to go on.");
  host.dispose();
});

describe("flags and notes", () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal("localStorage", {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  const marks = (model: QueueModel) => model.up.splice(0).filter(({ type }) => type === "mark");
  const rows = (...all: object[]) => ({ type: "rows", rows: all, progress: "0 of 3 done" }) as unknown as ToQueuePage;

  test("are shown at once, and kept for the next kernel until Python says them", () => {
    const { model, host } = openQueue();
    host.mark(1, { note: "a" });
    host.mark(1, { note: "ab" });
    host.mark(0, { flagged: true });
    expect(host.list.rows.value.map(({ note, flagged }) => [note, flagged])).toEqual([
      [undefined, true],
      ["ab", undefined],
      [undefined, undefined],
    ]);
    // What was typed since is not taken back by the answer to what was typed before.
    model.deliver(rows({ index: 1, item: "b.wav", note: "a", seconds: 3 }));
    expect(host.list.rows.value[1]).toMatchObject({ note: "ab", seconds: 3 });
    host.dispose();

    // The next kernel has the items in another order, and the flag already.
    const next = new QueueModel();
    const queue = next.state._queue as { rows: object[] };
    queue.rows = [
      { index: 0, item: "b.wav" },
      { index: 1, item: "a.wav", flagged: true },
      { index: 2, item: "gone.wav" },
    ];
    const again = new QueueHost(next);
    expect(again.list.rows.value[0]).toMatchObject({ note: "ab" });
    expect(marks(next)).toEqual([{ type: "mark", index: 0, flagged: null, note: "ab" }]);
    next.deliver(rows({ index: 0, item: "b.wav", note: "ab" }));
    expect([...kept.keys()].filter((name) => name.startsWith("avseg-marks"))).toEqual([]);
    next.deliver(rows({ index: 0, item: "b.wav", note: "another notebook's" }));
    expect(again.list.rows.value[0]?.note).toBe("another notebook's");
    again.dispose();
  });

  test("go out again when the kernel can be reached again", () => {
    const { model, host } = openQueue();
    const { store } = host.opened?.editing ?? expect.fail();
    store.connection.value = "down";
    host.mark(2, { flagged: true });
    expect(host.list.notice.value).toContain("kept in this browser");
    model.up.length = 0;
    store.connection.value = "up";
    expect(marks(model)).toEqual([{ type: "mark", index: 2, flagged: true, note: null }]);
    host.dispose();
  });
});
