// What every component of one editor may ask for.

import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PeakCache } from "../player/peaks";
import type { Controller } from "./controller";
import type { Colors } from "./theme";

export interface EditorContext {
  readonly controller: Controller;
  readonly peaks: PeakCache;
  readonly colors: Signal<Colors>;
  /** Makes ids of elements that are unique in the page. */
  readonly prefix: string;
}

export const EditorContext = createContext<EditorContext | null>(null);

export function useEditor(): EditorContext {
  const context = useContext(EditorContext);
  if (!context) throw new Error("a component of the editor was used outside of it");
  return context;
}
