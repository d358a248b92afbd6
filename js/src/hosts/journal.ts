// Keeps a document's unacknowledged edits and its history in the browser, for the page that comes next. Knows no DOM.
import { newId } from "../core/commands";
import type { Step } from "../core/history";
import type { Edit, Journal, KeptHistory, Left } from "../core/journal";
import { type Key, openShelf, type Shelf } from "./shelf";

const DAY = 24 * 3600 * 1000;
/** How long what a document left is kept when nobody opens it, in ms. */
const LONGEST = 30 * DAY;
/** How many pages' histories are kept of one document: of those open at once, and of the last one. */
const MOST_HISTORIES = 4;
/** Where it is noted when each document was last open; no document's name is empty. */
const OPENED = "";

type Kept = readonly [Key, unknown];
/** A record to put, or to remove when it has no value. */
type Change = Kept;

interface HistoryRecord {
  readonly at: number;
  readonly revision: number;
  readonly pending: KeptHistory["pending"];
  /** Ids of steps, with blanks between. */
  readonly done: string;
  readonly undone: string;
}

/** Where nothing can be kept it never throws, and tells so: the edits are still in the page. */
export class BrowserJournal implements Journal {
  readonly #document: string;
  readonly #page = newId();
  readonly #shelf: Promise<Shelf | null>;
  /** Steps as they lie on the shelf: those this page has put there, and those it found. */
  #own = new Map<string, Step>();
  #found: ReadonlyMap<string, Step> = new Map();
  readonly #waiting = new Map<string, Change>();
  #history: KeptHistory | null = null;
  #writing = false;
  /** Whether there is room for more than edits. */
  #roomy = true;
  #lasting = false;
  #tell: (lasting: boolean) => void = () => {};

  constructor(document: string, open: () => Promise<Shelf> = openShelf) {
    this.#document = document;
    this.#shelf = (async () => open())().catch(() => null);
  }

  async open(tell: (lasting: boolean) => void): Promise<Left> {
    this.#tell = tell;
    const shelf = await this.#shelf;
    try {
      if (!shelf) return { edits: [], histories: [] };
      const records = await shelf.read([this.#document]);
      this.#setLasting(true);
      void tidy(shelf, this.#document, records).catch(() => {});
      this.#found = stepsOf(records);
      return { edits: editsOf(records), histories: historiesOf(records, this.#found) };
    } catch {
      return { edits: [], histories: [] };
    }
  }

  keep(edit: Edit): void {
    this.#put(["edit", edit.client, edit.seq], { ...edit, at: Date.now() });
    void this.#write();
  }

  drop({ client, seq }: Pick<Edit, "client" | "seq">): void {
    this.#put(["edit", client, seq], undefined);
    void this.#write();
  }

  keepHistory(history: KeptHistory): void {
    this.#history = history;
    void this.#write();
  }

  #setLasting(lasting: boolean): void {
    if (lasting !== this.#lasting) this.#tell(lasting);
    this.#lasting = lasting;
  }

  #put(key: Key, value: unknown): void {
    this.#waiting.set(JSON.stringify(key), [[this.#document, ...key], value]);
  }

  /** One transaction at a time, all of them in the order of changes; what comes meanwhile goes into the next. */
  async #write(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    const shelf = await this.#shelf;
    while (this.#waiting.size || this.#history) {
      if (this.#roomy) this.#putHistory();
      this.#history = null;
      const changes = [...this.#waiting.values()];
      this.#waiting.clear();
      if (shelf && !(await this.#writeOnce(shelf, changes))) break;
    }
    this.#writing = false;
  }

  /** A full disk, or a database that was closed: edits are tried once more without the rest, then with the next one. */
  async #writeOnce(shelf: Shelf, changes: readonly Change[]): Promise<boolean> {
    try {
      await shelf.write(changes);
      this.#setLasting(true);
      return true;
    } catch {
      const edits = changes.filter(([key]) => key[1] === "edit");
      for (const change of edits) {
        const name = JSON.stringify(change[0].slice(1));
        if (!this.#waiting.has(name)) this.#waiting.set(name, change);
      }
      const again = this.#roomy;
      this.#roomy = false;
      if (!again) this.#setLasting(false);
      return again;
    }
  }

  #putHistory(): void {
    if (!this.#history) return;
    const { revision, pending, done, undone } = this.#history;
    const steps = new Map([...done, ...undone].map((step) => [step.id, step]));
    for (const id of this.#own.keys()) if (!steps.has(id)) this.#put(["step", id], undefined);
    for (const [id, step] of steps) {
      if (this.#own.get(id) !== step && this.#found.get(id) !== step) this.#put(["step", id], step);
    }
    this.#own = steps;
    const record: HistoryRecord = { at: Date.now(), revision, pending, done: idsOf(done), undone: idsOf(undone) };
    this.#put(["history", this.#page], record);
  }
}

const idsOf = (steps: readonly Step[]): string => steps.map(({ id }) => id).join(" ");

/** Drop what nobody comes back to. */
async function tidy(shelf: Shelf, document: string, records: readonly Kept[]): Promise<void> {
  const now = Date.now();
  const named = new Set(newest(records).flatMap(([, { done, undone }]) => `${done} ${undone}`.split(" ")));
  const kept = new Set<Key>(newest(records).map(([key]) => key));
  const gone = records.filter(
    ([key]) => (key[1] === "step" && !named.has(String(key[2]))) || (key[1] === "history" && !kept.has(key)),
  );
  await shelf.write([[[OPENED, document], now], ...gone.map(([key]): Change => [key, undefined])]);
  for (const [key, at] of await shelf.read([OPENED])) {
    if (now - Number(at) < LONGEST) continue;
    await shelf.clear([String(key[1])]);
    await shelf.write([[key, undefined]]);
  }
}

/** The records of the last histories, the newest first. */
function newest(records: readonly Kept[]): [Key, HistoryRecord][] {
  const found = records.filter(([key]) => key[1] === "history") as [Key, HistoryRecord][];
  return found.sort(([, a], [, b]) => b.at - a.at).slice(0, MOST_HISTORIES);
}

function stepsOf(records: readonly Kept[]): Map<string, Step> {
  return new Map(records.filter(([key]) => key[1] === "step").map(([key, step]) => [String(key[2]), step as Step]));
}

/** Edits page by page, in the order in which the pages began. */
function editsOf(records: readonly Kept[]): Edit[] {
  const found = records.filter(([key]) => key[1] === "edit").map(([, edit]) => edit as Edit & { at: number });
  const began = new Map<string, number>();
  for (const { client, at } of found) began.set(client, Math.min(at, began.get(client) ?? at));
  const beganAt = ({ client }: Edit): number => began.get(client) ?? 0;
  return found
    .sort((a, b) => beganAt(a) - beganAt(b) || a.seq - b.seq)
    .map(({ client, seq, base, diff }) => ({ client, seq, base, diff }));
}

/** Histories of which every step is there. */
function historiesOf(records: readonly Kept[], steps: ReadonlyMap<string, Step>): KeptHistory[] {
  const all = (ids: string): Step[] | null => {
    const names = ids.split(" ").filter(Boolean);
    const found = names.flatMap((id) => steps.get(id) ?? []);
    return found.length === names.length ? found : null;
  };
  return newest(records).flatMap(([, { revision, pending, ...ids }]) => {
    const [done, undone] = [all(ids.done), all(ids.undone)];
    return done && undone ? [{ revision, pending, done, undone }] : [];
  });
}
