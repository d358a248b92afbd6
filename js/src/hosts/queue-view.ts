// How the list of a queue was looked at last, kept in the browser for the next kernel. Knows no list and no wire.
import type { ListView } from "../core/queue";
import type { QueueState } from "../core/types";

const nameOf = ({ lasting }: QueueState): string => `avseg-list ${lasting}`;

/** Empty where nothing was kept, or the browser keeps nothing. */
export function keptView(queue: QueueState): Partial<ListView> {
  try {
    return JSON.parse(localStorage.getItem(nameOf(queue)) ?? "{}");
  } catch {
    return {};
  }
}

/** What is searched for is not kept: after a while it would only be in the way. */
export function keepView(queue: QueueState, { query: _, ...view }: ListView): void {
  try {
    localStorage.setItem(nameOf(queue), JSON.stringify(view));
  } catch {
    // A private window or a sandboxed frame: the kernel has it as long as it lives.
  }
}
