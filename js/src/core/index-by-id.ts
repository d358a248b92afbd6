// An immutable map from ids to values: a change costs what changed lately, not what is in it. Knows no document.

/** Changes kept beside the shared map before a map is made that holds them. */
const MOST_CHANGES = 256;

/** A Map to read; `changed` gives the next one and leaves this as it is. */
export class IndexById<T> implements ReadonlyMap<string, T> {
  readonly size: number;
  /** Shared with the indexes before and after, and never changed. */
  readonly #all: ReadonlyMap<string, T>;
  /** What is different here; undefined for what is gone. */
  readonly #changes: ReadonlyMap<string, T | undefined>;

  constructor(all: ReadonlyMap<string, T>, changes: ReadonlyMap<string, T | undefined> = new Map(), size = all.size) {
    this.#all = all;
    this.#changes = changes;
    this.size = size;
  }

  /** Of an id that is removed and put, the value put counts. */
  changed(put: Readonly<Record<string, T>>, remove: readonly string[]): IndexById<T> {
    const changes = new Map(this.#changes);
    let size = this.size;
    const change = (id: string, value: T | undefined) => {
      const before = changes.has(id) ? changes.get(id) : this.#all.get(id);
      size += Number(value !== undefined) - Number(before !== undefined);
      changes.set(id, value);
    };
    for (const id of remove) change(id, undefined);
    for (const [id, value] of Object.entries(put)) change(id, value);
    const next = new IndexById(this.#all, changes, size);
    return changes.size > MOST_CHANGES ? new IndexById(new Map(next)) : next;
  }

  get(id: string): T | undefined {
    return this.#changes.has(id) ? this.#changes.get(id) : this.#all.get(id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  *entries(): Generator<[string, T], undefined> {
    for (const [id, value] of this.#all) if (!this.#changes.has(id)) yield [id, value];
    for (const [id, value] of this.#changes) if (value !== undefined) yield [id, value];
    return undefined;
  }

  *keys(): Generator<string, undefined> {
    for (const [id] of this.entries()) yield id;
    return undefined;
  }

  *values(): Generator<T, undefined> {
    for (const [, value] of this.entries()) yield value;
    return undefined;
  }

  [Symbol.iterator](): Generator<[string, T], undefined> {
    return this.entries();
  }

  forEach(act: (value: T, id: string, map: ReadonlyMap<string, T>) => void): void {
    for (const [id, value] of this.entries()) act(value, id, this);
  }
}
