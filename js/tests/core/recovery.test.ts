// What a page leaves in the browser, and what the next one makes of it: nothing is lost, nothing made twice.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Document } from "../../src/core/document";
import { DocumentStore } from "../../src/core/store";
import type { Diff } from "../../src/core/types";
import { BrowserJournal } from "../../src/hosts/journal";
import { NotebookPort } from "../../src/hosts/notebook";
import type { Key, Shelf } from "../../src/hosts/shelf";
import { Kernel, LENGTH, Line, settle } from "./kernel";
import { plain, segment, TRACKS } from "./make";

/** The browser's database in memory: what is written is there at once, as long as there is room. */
class Drawer implements Shelf {
  readonly records = new Map<string, unknown>();
  room = Number.POSITIVE_INFINITY;

  async read(from: Key): Promise<[Key, unknown][]> {
    const keys = [...this.records.keys()].map((name) => JSON.parse(name) as Key);
    const found = keys.filter((key) => from.every((part, index) => key[index] === part));
    return found.map((key) => [key, structuredClone(this.records.get(JSON.stringify(key)))]);
  }

  async write(changes: readonly (readonly [Key, unknown])[]): Promise<void> {
    if (changes.filter(([, value]) => value !== undefined).length > this.room) throw new Error("no room");
    for (const [key, value] of changes) {
      if (value === undefined) this.records.delete(JSON.stringify(key));
      else this.records.set(JSON.stringify(key), structuredClone(value));
    }
  }

  async clear(from: Key): Promise<void> {
    for (const [key] of await this.read(from)) this.records.delete(JSON.stringify(key));
  }

  count(kind: string): number {
    return [...this.records.keys()].filter((name) => (JSON.parse(name) as Key)[1] === kind).length;
  }
}

interface Page {
  readonly line: Line;
  readonly port: NotebookPort;
  readonly store: DocumentStore;
}

const pages: Page[] = [];
let kernel: Kernel;
let drawer: Drawer;

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new Kernel();
  drawer = new Drawer();
});

afterEach(() => {
  for (const page of [...pages]) die(page);
  vi.useRealTimers();
});

async function open(shelf: () => Promise<Shelf> = async () => drawer): Promise<Page> {
  const line = new Line(kernel);
  const port = new NotebookPort(line, new BrowserJournal("document", shelf));
  const page = { line, port, store: new DocumentStore(port) };
  pages.push(page);
  await rest();
  return page;
}

/** Let what the browser writes be written. */
const rest = () => vi.advanceTimersByTimeAsync(0);

/** A page that ends without a word. */
function die(page: Page): void {
  page.store.dispose();
  page.port.dispose();
  kernel.lines.splice(kernel.lines.indexOf(page.line), 1);
  pages.splice(pages.indexOf(page), 1);
}

const CUSTOMER = TRACKS[0]?.id as string;
const addTrack: Diff = { tracks: { put: Object.fromEntries(TRACKS.slice(0, 2).map((track) => [track.id, track])) } };
const put = (id: string, text = ""): Diff => ({
  segments: { put: { [id]: segment(id, CUSTOMER, 0, LENGTH / 3, text) } },
});
const shown = (store: DocumentStore): Document => store.document.value as Document;
const ids = (store: DocumentStore): string[] => shown(store).sorted.map(({ id }) => id);

async function begin(): Promise<Page> {
  const page = await open();
  settle(kernel);
  page.store.dispatch("Add track", addTrack);
  settle(kernel);
  await rest();
  return page;
}

describe("edits", () => {
  it("are kept until they are acknowledged", async () => {
    const { store } = await begin();
    expect(drawer.count("edit")).toBe(0);
    store.dispatch("Add", put("a"));
    await rest();
    expect([drawer.count("edit"), store.lasting.value]).toEqual([1, true]);
    settle(kernel);
    await rest();
    expect(drawer.count("edit")).toBe(0);
  });

  it("of a page that is gone go out again in order, in its name, and show meanwhile", async () => {
    const one = await begin();
    for (const id of ["a", "b", "c"]) one.store.dispatch("Add", put(id));
    one.line.lose();
    await rest();
    die(one);
    const two = await open();
    two.line.stepUp();
    two.line.stepDown();
    expect(ids(two.store)).toEqual(["a", "b", "c"]);
    expect(two.store.unsaved.value).toBe(3);
    two.store.dispatch("Mine", put("d"));
    settle(kernel);
    expect(ids(two.store)).toEqual(["a", "b", "c", "d"]);
    expect(Object.values(kernel.seen).sort()).toEqual([1, 4]);
    expect(plain(shown(two.store))).toEqual(plain(kernel.document));
    await rest();
    expect(drawer.count("edit")).toBe(0);
  });

  it("that arrived before their page died are not made again", async () => {
    const one = await begin();
    one.store.dispatch("Add", put("a"));
    await rest();
    one.line.stepUp();
    die(one);
    kernel.assign({ segments: { remove: ["a"] } });
    const two = await open();
    settle(kernel);
    expect([ids(two.store), two.store.unsaved.value, kernel.revision]).toEqual([[], 0, 3]);
    await rest();
    expect(drawer.count("edit")).toBe(0);
  });

  it("of a page that lives are taken once, whoever sends them first", async () => {
    const one = await begin();
    one.store.dispatch("Add", put("a"));
    one.line.lose();
    await rest();
    const two = await open();
    settle(kernel);
    one.port.load();
    one.store.dispatch("More", put("b"));
    settle(kernel);
    expect([ids(one.store), ids(two.store)]).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    expect([one.store.unsaved.value, two.store.unsaved.value, kernel.revision]).toEqual([0, 0, 3]);
  });

  it("are known to be saved only when what earlier pages left was read", async () => {
    let give: (shelf: Shelf) => void = () => {};
    const page = await open(() => new Promise((resolve) => (give = resolve)));
    settle(kernel);
    expect([page.store.document.value !== null, page.store.opened.value]).toEqual([true, false]);
    give(drawer);
    await rest();
    expect(page.store.opened.value).toBe(true);
  });

  it("that are refused long after are told with what they were, until the user has seen it", async () => {
    const one = await begin();
    one.store.dispatch("Bad", { segments: { put: { b: segment("b", CUSTOMER, 0, 2 * LENGTH, "dear words") } } });
    one.line.lose();
    await rest();
    die(one);
    const two = await open();
    settle(kernel);
    expect(ids(two.store)).toEqual([]);
    const [refusal] = two.store.refusals.value;
    expect(refusal).toMatchObject({ reason: "it does not fit", late: true });
    expect(refusal?.edit).toMatch(/^speaker: Customer, 0:00.000–0:00.\d+, text “dear words”$/);
    two.store.dispatch("Next", put("a"));
    expect(two.store.refusals.value).toHaveLength(1);
    two.store.dismissRefusals();
    expect(two.store.refusals.value).toEqual([]);
    await rest();
    expect(drawer.count("edit")).toBe(1);
  });

  it("before which some are missing go out under a new name, as the kernel would never take them", async () => {
    const one = await begin();
    const [client] = Object.keys(kernel.seen) as [string];
    one.store.dispatch("Add", put("a"));
    one.store.dispatch("Add", put("b"));
    one.line.lose();
    kernel.seen[client] = 0; // a backup that knows less
    one.port.load();
    settle(kernel);
    expect([ids(one.store), one.store.unsaved.value]).toEqual([["a", "b"], 0]);
    expect(plain(shown(one.store))).toEqual(plain(kernel.document));
    one.store.dispatch("Add", put("c"));
    settle(kernel);
    expect(kernel.revision).toBe(4);
  });
});

describe("edits that can't be stored", () => {
  it("wait, and go out in order once the first one is taken", async () => {
    const { line, store } = await begin();
    kernel.full = true;
    for (const id of ["a", "b", "c"]) store.dispatch("Add", put(id));
    settle(kernel);
    expect([store.trouble.value, store.unsaved.value]).toEqual(["the disk is full", 3]);
    store.dispatch("Add", put("d"));
    expect(line.up).toEqual([]);
    await vi.advanceTimersByTimeAsync(2100);
    expect(line.up).toHaveLength(1);
    settle(kernel);
    expect(store.trouble.value).toBe("the disk is full");
    kernel.full = false;
    store.retry();
    settle(kernel);
    expect([store.trouble.value, store.unsaved.value, ids(store)]).toEqual(["", 0, ["a", "b", "c", "d"]]);
    expect(kernel.revision).toBe(5);
  });
});

describe("the history", () => {
  it("goes on in the next page, both ways", async () => {
    const one = await begin();
    for (const text of ["h", "he", "hey"]) one.store.dispatch("Type", put("a", text), "text of a");
    one.store.dispatch("Add", put("b"));
    one.store.undo();
    settle(kernel);
    await rest();
    expect(drawer.count("step")).toBe(3);
    die(one);
    const two = await open();
    settle(kernel);
    expect([two.store.canUndo.value, two.store.canRedo.value]).toEqual(["Type", "Add"]);
    two.store.redo();
    expect(ids(two.store)).toEqual(["a", "b"]);
    two.store.undo();
    two.store.undo();
    expect(ids(two.store)).toEqual([]);
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(two.store)));
    await rest();
    die(two);
    const three = await open();
    settle(kernel);
    expect([three.store.canUndo.value, three.store.canRedo.value]).toEqual(["Add track", "Type"]);
  });

  it("counts edits under way, whether they arrived or not", async () => {
    for (const arrives of [false, true]) {
      const one = await begin();
      one.store.dispatch("One", put("a"));
      one.store.dispatch("Two", put("b"));
      await rest();
      if (arrives) one.line.stepUp();
      one.line.lose();
      die(one);
      const two = await open();
      settle(kernel);
      expect([two.store.canUndo.value, ids(two.store)]).toEqual(["Two", ["a", "b"]]);
      two.store.undo();
      two.store.undo();
      settle(kernel);
      expect(kernel.document.segments.size).toBe(0);
      die(two);
    }
  });

  it("is that of the page that made the edits, not of one that looked on", async () => {
    const one = await begin();
    const two = await open();
    settle(kernel);
    one.store.dispatch("Add", put("a"));
    settle(kernel);
    await rest();
    expect(two.store.canUndo.value).toBe("change from another page");
    die(one);
    die(two);
    const three = await open();
    settle(kernel);
    expect(three.store.canUndo.value).toBe("Add");
  });

  it("is let go when others changed the document meanwhile; edits that go out again can still be undone", async () => {
    const one = await begin();
    one.store.dispatch("Add", put("a"));
    one.line.lose();
    await rest();
    die(one);
    kernel.assign({ content: { put: { notes: "n" } } });
    const two = await open();
    settle(kernel);
    expect([two.store.canUndo.value, ids(two.store)]).toEqual(["change kept in this browser", ["a"]]);
    two.store.undo();
    expect([two.store.canUndo.value, ids(two.store)]).toEqual([null, []]);
  });
});

describe("a browser", () => {
  it("that keeps nothing loses nothing while the page is there, and says so", async () => {
    const page = await open(() => Promise.reject(new Error("SecurityError")));
    settle(kernel);
    page.store.dispatch("Add track", addTrack);
    await rest();
    expect(page.store.lasting.value).toBe(false);
    settle(kernel);
    expect(plain(kernel.document)).toEqual(plain(shown(page.store)));
  });

  it("with little room keeps the edits and not the history, and says when it has none", async () => {
    const { store } = await begin();
    drawer.room = 1;
    store.dispatch("Add", put("a"));
    await rest();
    expect([drawer.count("edit"), store.lasting.value]).toEqual([1, true]);
    drawer.room = 0;
    store.dispatch("Add", put("b"));
    await rest();
    expect([drawer.count("edit"), store.lasting.value]).toEqual([1, false]);
    drawer.room = 9;
    store.dispatch("Add", put("c"));
    await rest();
    expect([drawer.count("edit"), store.lasting.value]).toEqual([3, true]);
  });

  it("forgets documents that nobody opened for a month", async () => {
    await drawer.write([
      [["old", "edit", "gone", 1], {}],
      [["", "old"], Date.now() - 31 * 24 * 3600 * 1000],
      [["new", "edit", "gone", 1], {}],
      [["", "new"], Date.now() - 29 * 24 * 3600 * 1000],
    ]);
    await begin();
    const names = [...drawer.records.keys()].map((name) => (JSON.parse(name) as Key).slice(0, 2).join(" "));
    expect(names.filter((name) => name.startsWith("old") || name === " old")).toEqual([]);
    expect(names).toContain("new edit");
    expect(names).toContain(" document");
  });
});

it("no edit is lost or made twice, whatever the lines lose and whenever pages die", async () => {
  const steps = fc.array(fc.constantFrom("edit", "edit", "undo", "up", "up", "down", "down", "lose", "hello", "die"), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      kernel = new Kernel();
      drawer = new Drawer();
      let page = await begin();
      const there = new Set<string>();
      let made = 0;
      const act: Record<string, () => unknown> = {
        edit: () => {
          if (!page.store.document.value) return;
          made += 1;
          there.add(`s${made}`);
          page.store.dispatch(`s${made}`, put(`s${made}`));
        },
        undo: () => {
          const label = page.store.canUndo.value ?? "";
          if (!there.delete(label)) return;
          page.store.undo();
        },
        up: () => page.line.stepUp(),
        down: () => page.line.stepDown(),
        lose: () => page.line.lose(),
        hello: () => page.port.load(),
        die: async () => {
          die(page);
          page = await open();
        },
      };
      for (const step of list) {
        await act[step]?.();
        await rest();
      }
      page.port.load();
      settle(kernel);
      expect([...kernel.document.segments.keys()].sort()).toEqual([...there].sort());
      expect(page.store.unsaved.value).toBe(0);
      expect(plain(shown(page.store))).toEqual(plain(kernel.document));
      await rest();
      expect(drawer.count("edit")).toBe(0);
      die(page);
    }),
    { numRuns: 150 },
  );
});
