// What every component of a queue's list may ask for.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { QueuePort } from "../../hosts/port";
import type { UserKeymap } from "../user-keymap";

export interface QueueContext {
  readonly queue: QueuePort;
  readonly keymap: UserKeymap;
  /** Makes ids of elements that are unique in the page. */
  readonly prefix: string;
  /** Give the keyboard to the editor. */
  focusEditor(): void;
}

export const QueueContext = createContext<QueueContext | null>(null);

export function useQueue(): QueueContext {
  const context = useContext(QueueContext);
  if (!context) throw new Error("a component of the queue was used outside of it");
  return context;
}
