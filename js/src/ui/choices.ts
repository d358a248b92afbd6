// What a view asks of the user before it goes on: a choice from a list, or answers for several segments. Draws nothing.
import type { Document } from "../core/document";
import type { Controller } from "./controller";

export interface Option {
  readonly label: string;
  run(): void;
}

/** A panel below the tracks. */
export type Panel =
  | { readonly kind: "choice"; readonly title: string; readonly options: readonly Option[] }
  | { readonly kind: "fields" };

export function choose(controller: Controller, title: string, options: readonly Option[]): void {
  controller.panel.value = { kind: "choice", title, options };
}

export function trackName(document: Document | null, id: string): string {
  const track = document?.tracks.get(id);
  return track ? `${track.category}: ${track.tag}` : id;
}
