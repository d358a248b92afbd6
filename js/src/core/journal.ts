// What must outlive a page: the edits under way and the history. Knows no browser; a host says where it is kept.
import type { Step } from "./history";
import type { Diff } from "./types";

/** One edit as it goes out: `seq` counts the client's from 1, `base` is the revision confirmed when it was made. */
export interface Edit {
  readonly client: string;
  readonly seq: number;
  readonly base: number;
  readonly diff: Diff;
}

/** The history of one page, and what the document was that it fits: a revision, and the edits under way on top. */
export interface KeptHistory {
  readonly revision: number;
  readonly pending: readonly (readonly [client: string, seq: number])[];
  readonly done: readonly Step[];
  readonly undone: readonly Step[];
}

/** What pages of the same document left: edits as they were made, page by page, and histories, the newest first. */
export interface Left {
  readonly edits: readonly Edit[];
  readonly histories: readonly KeptHistory[];
}

export interface Journal {
  /** Say what pages before left, and from then on whether what is kept outlives the page. */
  open(tell: (lasting: boolean) => void): Promise<Left>;
  keep(edit: Edit): void;
  drop(edit: Pick<Edit, "client" | "seq">): void;
  keepHistory(history: KeptHistory): void;
}
