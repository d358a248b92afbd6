// Flags and notes that Python has not acknowledged, kept in the browser for the next kernel. Knows no list and no wire.
import type { QueueRow, QueueState } from "../core/types";

export type Marks = Pick<QueueRow, "flagged" | "note">;

const shown = (row: QueueRow): Required<Marks> => ({ flagged: row.flagged ?? false, note: row.note ?? "" });

/** Kept by the item's name, as the next kernel may have the items in another order. */
export class KeptMarks {
  readonly #name: string;
  readonly #marks: Map<string, Marks>;

  constructor({ lasting }: QueueState) {
    this.#name = `avseg-marks ${lasting}`;
    this.#marks = new Map(this.#read());
  }

  add(item: string, marks: Marks): void {
    this.#marks.set(item, { ...this.#marks.get(item), ...marks });
    this.#keep();
  }

  /** What waits of the items of these rows, by their places. */
  waiting(rows: readonly QueueRow[]): [index: number, marks: Marks][] {
    return rows.flatMap(({ index, item }) => {
      const marks = this.#marks.get(item);
      return marks ? [[index, marks] as [number, Marks]] : [];
    });
  }

  /** A row as Python has it: what it says so too waits no more. Returns it with what still waits. */
  settle(row: QueueRow): QueueRow {
    const marks = this.#marks.get(row.item);
    if (!marks) return row;
    const wanted = { ...row, ...marks };
    const [is, should] = [shown(row), shown(wanted)];
    if (is.flagged !== should.flagged || is.note !== should.note) return wanted;
    this.#marks.delete(row.item);
    this.#keep();
    return row;
  }

  #read(): [string, Marks][] {
    try {
      return JSON.parse(localStorage.getItem(this.#name) ?? "[]");
    } catch {
      return [];
    }
  }

  #keep(): void {
    try {
      if (this.#marks.size) localStorage.setItem(this.#name, JSON.stringify([...this.#marks]));
      else localStorage.removeItem(this.#name);
    } catch {
      // A private window or a sandboxed frame: they wait as long as the page lives.
    }
  }
}
