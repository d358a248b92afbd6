// Edits that the host has not acknowledged: this page's, and before them those that earlier pages left. Pure.
import { newId } from "./commands";
import type { Edit } from "./journal";
import type { Diff } from "./types";

export type Seen = Readonly<Record<string, number>>;

export class Outbox {
  /** In the order in which they were made, page by page. */
  #edits: Edit[] = [];
  #client = newClient();
  #seq = 0;
  /** How often the host has said that it misses edits before the first one here. */
  #gaps = 0;

  get edits(): readonly Edit[] {
    return this.#edits;
  }

  get client(): string {
    return this.#client;
  }

  add(diff: Diff, base: number): Edit {
    this.#seq += 1;
    const edit = { client: this.#client, seq: this.#seq, base, diff };
    this.#edits.push(edit);
    return edit;
  }

  /** Take in what an earlier page left; returns what was not here yet. */
  restore(edits: readonly Edit[]): Edit[] {
    const known = new Set(this.#edits.map(nameOf));
    const fresh = edits.filter((edit) => !known.has(nameOf(edit)));
    this.#edits = [...fresh, ...this.#edits];
    return fresh;
  }

  /** What may be sent: edits of one page at a time, as the next page's were made on top of them. */
  sendable(): Edit[] {
    const first = this.#edits[0];
    return first ? this.#edits.filter(({ client }) => client === first.client) : [];
  }

  find({ client, seq }: Pick<Edit, "client" | "seq">): Edit | undefined {
    return this.#edits.find((edit) => edit.client === client && edit.seq === seq);
  }

  /** Let one go that is settled; `revision` is the one it made. */
  settle(settled: Edit, revision?: number): void {
    this.#gaps = 0;
    this.#edits = this.#edits.filter((edit) => edit !== settled);
    // The later ones were made with it in sight, so it is no other's change to them.
    if (revision !== undefined) {
      this.#edits = this.#edits.map((edit) => (edit.base === revision - 1 ? { ...edit, base: revision } : edit));
    }
  }

  /** Let go what the host has taken; returns that. */
  settleSeen(seen: Seen): Edit[] {
    const gone = this.#edits.filter(({ client, seq }) => seq <= (seen[client] ?? 0));
    for (const edit of gone) this.settle(edit);
    // Another page has this one's name.
    if (this.#seq === 0 && Object.hasOwn(seen, this.#client)) this.#client = newClient();
    return gone;
  }

  /**
   * A host that misses edits before the first one here, and has it in no order, would never take it: once that is
   * certain, the page's edits go out as a new page's. Returns those with a new name, and the old.
   */
  renumber(seen: Seen): { readonly dropped: readonly Edit[]; readonly kept: readonly Edit[] } | null {
    const [first] = this.#edits;
    if (!first || first.seq <= (seen[first.client] ?? 0) + 1) {
      this.#gaps = 0;
      return null;
    }
    this.#gaps += 1;
    if (this.#gaps < 3) return null; // an answer from before it was sent says the same
    this.#gaps = 0;
    const dropped = this.sendable();
    const client = newClient();
    const kept = dropped.map((edit, index) => ({ ...edit, client, seq: index + 1 }));
    this.#edits = [...kept, ...this.#edits.filter((edit) => edit.client !== first.client)];
    if (first.client === this.#client) {
      this.#client = client;
      this.#seq = kept.length;
    }
    return { dropped, kept };
  }
}

/** Short, as every edit carries it; it only tells pages apart. */
const newClient = (): string => newId().slice(0, 8);

const nameOf = ({ client, seq }: Edit): string => `${client} ${seq}`;
