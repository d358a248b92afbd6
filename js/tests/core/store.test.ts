// The store: edits show at once, stand when they are acknowledged, go when refused, and all pages end up alike.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Document } from "../../src/core/document";
import { DocumentStore } from "../../src/core/store";
import type { Diff } from "../../src/core/types";
import { NotebookPort } from "../../src/hosts/notebook";
import { Kernel, LENGTH, Line, settle } from "./kernel";
import { diffOf, EMPTY, type Plan, plain, plans, segment, TRACKS } from "./make";

interface Page {
  readonly line: Line;
  readonly port: NotebookPort;
  readonly store: DocumentStore;
}

const pages: Page[] = [];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  for (const { store, port } of pages.splice(0)) {
    store.dispose();
    port.dispose();
  }
  vi.useRealTimers();
});

function openPage(kernel: Kernel): Page {
  const line = new Line(kernel);
  const port = new NotebookPort(line);
  const page = { line, port, store: new DocumentStore(port) };
  pages.push(page);
  return page;
}

function open(): Page & { kernel: Kernel } {
  const kernel = new Kernel();
  const page = openPage(kernel);
  settle(kernel);
  return { kernel, ...page };
}

const [CUSTOMER, AGENT] = TRACKS.map(({ id }) => id) as [string, string];
const addTrack: Diff = { tracks: { put: Object.fromEntries(TRACKS.slice(0, 2).map((track) => [track.id, track])) } };
const put = (id: string, end: number, text = ""): Diff => ({
  segments: { put: { [id]: segment(id, CUSTOMER, 0, end / 48_000, text) } },
});
const ids = (store: DocumentStore): string[] => shown(store).sorted.map(({ id }) => id);
const shown = (store: DocumentStore): Document => {
  const document = store.document.value;
  if (!document) throw new Error("the document has not come");
  return document;
};

describe("an edit", () => {
  it("shows at once, is sent once, and stands when it is acknowledged", () => {
    const { kernel, line, store } = open();
    store.dispatch("Add track", addTrack);
    expect(shown(store).tracks.size).toBe(2);
    expect(store.unsaved.value).toBe(1);
    expect(kernel.revision).toBe(0);
    expect(line.up).toHaveLength(1);
    settle(kernel);
    expect(store.unsaved.value).toBe(0);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });

  it("that changes nothing is none, and there is none before the document has come", () => {
    const kernel = new Kernel();
    const { line, store } = openPage(kernel);
    line.up.length = 0;
    store.dispatch("Early", addTrack);
    store.undo();
    expect([store.document.value, store.canUndo.value, line.up]).toEqual([null, null, []]);
    kernel.assign(addTrack);
    settle(kernel);
    store.dispatch("Nothing", { segments: { put: {}, remove: [] } });
    expect(line.up).toEqual([]);
  });

  it("that is refused goes, with its step of the history, and the others stay", () => {
    const { kernel, store } = open();
    store.dispatch("Add track", addTrack);
    store.dispatch("Good", put("a", 1));
    store.dispatch("Bad", put("b", 51));
    store.dispatch("Good too", put("c", 2));
    expect(ids(store)).toEqual(["a", "c", "b"]);
    settle(kernel);
    expect(ids(store)).toEqual(["a", "c"]);
    expect(store.refusals.value.map(({ reason }) => reason)).toEqual(["it does not fit"]);
    expect(store.canUndo.value).toBe("Good too");
    store.undo();
    expect(store.refusals.value).toEqual([]);
    expect(store.canUndo.value).toBe("Good");
    settle(kernel);
    expect(ids(store)).toEqual(["a"]);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });
});

describe("changes from elsewhere", () => {
  it("come under the edits that are under way", () => {
    const { kernel, line, store } = open();
    kernel.assign(addTrack);
    settle(kernel);
    store.dispatch("Mine", put("a", 3, "mine"));
    kernel.assign(put("a", 9, "theirs"));
    kernel.assign(put("b", 5));
    while (line.stepDown());
    expect(shown(store).segments.get("a")?.fields.text).toBe("mine");
    expect(ids(store)).toEqual(["a", "b"]);
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
    expect(shown(store).segments.get("a")?.fields.text).toBe("mine");
  });

  it("are one step that can be undone", () => {
    const { kernel, store } = open();
    kernel.assign({ ...addTrack, ...put("a", 1) });
    kernel.assign({ segments: { remove: ["a"] } });
    settle(kernel);
    expect(store.canUndo.value).not.toBeNull();
    store.undo();
    settle(kernel);
    expect([...kernel.document.segments.keys()]).toEqual(["a"]);
    store.redo();
    settle(kernel);
    expect(kernel.document.segments.size).toBe(0);
  });

  it("say whether a program or another page made them", () => {
    const { kernel, store } = open();
    const other = openPage(kernel);
    kernel.assign(addTrack);
    settle(kernel);
    expect(store.canUndo.value).toBe("change from Python");
    other.store.dispatch("Theirs", put("a", 1));
    settle(kernel);
    expect(store.canUndo.value).toBe("change from another page");
    expect(other.store.canUndo.value).toBe("Theirs");
  });

  it("that were missed are fetched", () => {
    const { kernel, line, store } = open();
    kernel.assign(addTrack);
    line.lose();
    kernel.assign(put("a", 1));
    settle(kernel);
    expect(ids(store)).toEqual(["a"]);
    expect(shown(store).tracks.size).toBe(2);
  });
});

describe("after a lost connection", () => {
  it("edits that did not arrive are sent again, in order, and those that did are not", () => {
    const { kernel, line, port, store } = open();
    store.dispatch("Add track", addTrack);
    line.stepUp();
    line.down.length = 0;
    store.dispatch("One", put("a", 1));
    line.lose();
    store.dispatch("Two", put("b", 2));
    expect(store.unsaved.value).toBe(3);
    line.lose();
    port.load();
    line.stepUp();
    line.stepDown();
    expect(line.up.map((message) => JSON.parse(message).seq)).toEqual([2, 3]);
    settle(kernel);
    expect(store.unsaved.value).toBe(0);
    expect(ids(store)).toEqual(["a", "b"]);
    expect(kernel.revision).toBe(3);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });

  it("the watch over missing answers says so and asks again", () => {
    const { kernel, line, store } = open();
    store.dispatch("Add track", addTrack);
    line.lose();
    vi.advanceTimersByTime(9_000);
    expect(store.connection.value).toBe("up");
    vi.advanceTimersByTime(3_000);
    expect(store.connection.value).toBe("silent");
    settle(kernel);
    expect(store.connection.value).toBe("up");
    expect(kernel.document.tracks.size).toBe(2);
    expect(store.unsaved.value).toBe(0);
  });
});

describe("history", () => {
  const fitting = plans.map((edits) => edits.map((plan) => ({ ...plan, start: plan.start % 30 })));

  /** Make the edits; return the document before and after each that changed something. */
  function make(store: DocumentStore, kernel: Kernel, edits: readonly Plan[]) {
    const states = [plain(shown(store))];
    for (const plan of edits) {
      const before = store.canUndo.value;
      store.dispatch(`${states.length}`, diffOf(shown(store), plan));
      if (store.canUndo.value !== before) states.push(plain(shown(store)));
      if (plan.which % 2) settle(kernel);
    }
    return states;
  }

  it("undoes and redoes any edits to the identical document", () => {
    fc.assert(
      fc.property(fitting, (edits) => {
        const { kernel, store } = open();
        const states = make(store, kernel, edits);
        for (const state of [...states].reverse().slice(1)) {
          store.undo();
          expect(plain(shown(store))).toEqual(state);
        }
        expect(store.canUndo.value).toBeNull();
        for (const state of states.slice(1)) {
          store.redo();
          expect(plain(shown(store))).toEqual(state);
        }
        expect(store.canRedo.value).toBeNull();
        settle(kernel);
        expect(plain(kernel.document)).toEqual(states.at(-1));
      }),
      { numRuns: 60 },
    );
  });

  it("joins the edits of one typing into one step", () => {
    const { kernel, store } = open();
    store.dispatch("Add track", { ...addTrack, ...put("a", 1) });
    for (const text of ["h", "he", "hey"]) store.dispatch("Type", put("a", 1, text), "text of a");
    store.dispatch("Type", put("b", 2, "x"), "text of b");
    store.undo();
    expect(ids(store)).toEqual(["a"]);
    store.undo();
    expect(shown(store).segments.get("a")?.fields.text).toBe("");
    store.redo();
    expect(shown(store).segments.get("a")?.fields.text).toBe("hey");
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });

  it("joins nothing after an undo, and a new edit ends what could be redone", () => {
    const { store } = open();
    store.dispatch("Add track", { ...addTrack, ...put("a", 1) });
    store.dispatch("Type", put("a", 1, "x"), "a");
    store.dispatch("Other", { content: { put: { notes: "n" } } });
    store.undo();
    store.dispatch("Type", put("a", 1, "xy"), "a");
    expect(store.canRedo.value).toBeNull();
    store.undo();
    expect(shown(store).segments.get("a")?.fields.text).toBe("x");
  });
});

describe("an annotation that is done", () => {
  const done = { done: true, reason: "as it is" };
  const notDone = { done: false, reason: "" };

  function openDone() {
    const page = open();
    page.store.dispatch("Add track", { ...addTrack, ...put("a", 1) });
    page.store.dispatch("Mark as done", { completion: done });
    settle(page.kernel);
    return page;
  }

  it("is opened again by an edit, which its undo takes back", () => {
    const { kernel, store } = openDone();
    store.dispatch("Type", put("a", 1, "x"));
    expect(shown(store).completion).toEqual(notDone);
    settle(kernel);
    expect(kernel.document.completion).toEqual(notDone);
    store.undo();
    expect(shown(store).completion).toEqual(done);
    expect(shown(store).segments.get("a")?.fields.text).toBe("");
    store.redo();
    expect(shown(store).completion).toEqual(notDone);
    store.undo();
    store.undo();
    expect(shown(store).completion).toEqual(notDone);
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });

  it("is opened once by edits that join, and undone as one", () => {
    const { kernel, store } = openDone();
    for (const text of ["h", "he", "hey"]) store.dispatch("Type", put("a", 1, text), "text of a");
    store.undo();
    expect(shown(store).completion).toEqual(done);
    expect(shown(store).segments.get("a")?.fields.text).toBe("");
    store.redo();
    expect(shown(store).completion).toEqual(notDone);
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(store)));
  });

  it("stays so where nothing changes, and when the edit that opened it is refused", () => {
    const { kernel, store } = openDone();
    store.dispatch("Nothing", {});
    expect(shown(store).completion).toEqual(done);
    store.dispatch("Bad", put("b", 51));
    expect(shown(store).completion).toEqual(notDone);
    settle(kernel);
    expect(shown(store).completion).toEqual(done);
    expect(store.canUndo.value).toBe("Mark as done");
  });

  it("may be changed again, with the completion that the change names", () => {
    const { store } = openDone();
    store.dispatch("Again", { ...put("a", 1, "x"), completion: { done: true, reason: "" } });
    expect(shown(store).completion).toEqual({ done: true, reason: "" });
  });
});

it("problems follow the document", () => {
  const { store } = open();
  expect(store.problems.value).toEqual([]);
  expect(store.task.title).toBe("Call");
});

it("opens with the state saved in the page, until the kernel answers", async () => {
  const kernel = new Kernel();
  const line = new Line(kernel);
  line.saved = { ...EMPTY, tracks: [...TRACKS] };
  const port = new NotebookPort(line);
  const store = new DocumentStore(port);
  pages.push({ line, port, store });
  expect(store.document.value).toBeNull();
  await Promise.resolve();
  expect(shown(store).tracks.size).toBe(TRACKS.length);
});

type Action = {
  page: number;
  what: "edit" | "undo" | "redo" | "up" | "down" | "lose" | "hello" | "assign";
  plan: Plan;
};

const actions = fc.array(
  fc.record<Action>({
    page: fc.nat(1),
    what: fc.constantFrom(
      "edit",
      "edit",
      "edit",
      "undo",
      "redo",
      "up",
      "up",
      "down",
      "down",
      "lose",
      "hello",
      "assign",
    ),
    plan: plans.filter((list) => list.length > 0).map((list) => list[0] as Plan),
  }),
  { maxLength: 80 },
);

function act(kernel: Kernel, { line, port, store }: Page, { what, plan }: Action): void {
  if (what === "edit") store.dispatch("Edit", diffOf(shown(store), plan), plan.which % 3 ? undefined : "typing");
  else if (what === "undo") store.undo();
  else if (what === "redo") store.redo();
  else if (what === "up") line.stepUp();
  else if (what === "down") line.stepDown();
  else if (what === "lose") line.lose();
  else if (what === "hello") port.load();
  else if (plan.start + plan.length <= 48) kernel.assign(diffOf(kernel.document, plan));
}

it("two pages and a program that edit at once over lines that lose messages end with the kernel's document", () => {
  fc.assert(
    fc.property(actions, (list) => {
      const kernel = new Kernel();
      const both = [openPage(kernel), openPage(kernel)];
      settle(kernel);
      for (const action of list) act(kernel, both[action.page] as Page, action);
      for (const { port } of both) port.load();
      settle(kernel);
      for (const { store } of both) {
        expect(store.unsaved.value).toBe(0);
        expect(plain(shown(store))).toEqual(plain(kernel.document));
      }
      expect(kernel.document.sorted.every(({ end }) => end <= LENGTH)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

it("no edit is lost or made twice, whatever the line loses", () => {
  const steps = fc.array(fc.constantFrom("edit", "up", "down", "lose", "hello"), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (list) => {
      const { kernel, line, port, store } = open();
      store.dispatch("Add track", addTrack);
      let made = 0;
      for (const step of list) {
        if (step === "edit") {
          made += 1;
          store.dispatch("Add", { segments: { put: { [`s${made}`]: segment(`s${made}`, AGENT, 0, LENGTH / 2) } } });
        } else if (step === "up") line.stepUp();
        else if (step === "down") line.stepDown();
        else if (step === "lose") line.lose();
        else port.load();
      }
      port.load();
      settle(kernel);
      expect(kernel.document.segments.size).toBe(made);
      expect(kernel.revision).toBe(made + 1);
      expect(plain(shown(store))).toEqual(plain(kernel.document));
    }),
    { numRuns: 150 },
  );
});
