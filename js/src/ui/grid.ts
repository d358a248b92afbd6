// The table's keyboard and selection, as a grid: which cell has the focus, and where keys and clicks take it.
import { type Signal, signal } from "@preact/signals";
import type { Rows } from "../core/rows";
import type { Controller } from "./controller";
import { reveal, segmentOf } from "./listing";
import { selectShown, toggleSelected } from "./selecting";

export interface Cell {
  readonly row: string | null;
  readonly column: number;
}

const WIDGETS = "input, select, textarea, button";

export class Grid {
  /** The cell that Tab comes to. */
  readonly cell: Signal<Cell> = signal({ row: null, column: 1 });
  /** A cell to be given the focus once it is drawn; `edit` goes into its control. */
  wanted: (Cell & { readonly edit: boolean }) | null = null;
  rows: Rows | null = null;
  columns = 0;
  page = 1;
  readonly #controller: Controller;
  /** Where a selection of several began. */
  #anchor: string | null = null;

  constructor(controller: Controller) {
    this.#controller = controller;
  }

  /** Remember which cell got the focus. */
  entered(target: EventTarget | null): void {
    const row = segmentOf(target);
    const column = columnOf(target);
    if (row === null || column < 0) return;
    if (this.#controller.session.selectedIds.peek().size <= 1) this.#anchor = row;
    this.cell.value = { row, column };
  }

  key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("td, th");
    if (!cell || event.isComposing || event.altKey || event.defaultPrevented) return;
    if (target !== cell && this.#leaves(event, target, cell)) return event.preventDefault();
    const edits = target !== cell && target.matches("select, textarea, input:not([type=checkbox])");
    const step = edits ? null : this.#step(event, cell);
    if (step) {
      event.preventDefault();
      this.#go(step.index, step.column, { extend: event.shiftKey });
    } else if (target === cell && (event.key === "Enter" || event.key === "F2")) {
      event.preventDefault();
      enter(cell);
    } else if (!edits && event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      this.#selectRange(0, (this.rows?.length ?? 0) - 1);
    }
  }

  /** Escape goes from a control to its cell, Ctrl+Up and Ctrl+Down to the same one of the next row. */
  #leaves(event: KeyboardEvent, target: HTMLElement, cell: HTMLElement): boolean {
    const row = segmentOf(target);
    if (row === null || target.closest(".avseg-popup") || target.ariaExpanded === "true") return false;
    // As in the dialogue, only Shift+Enter breaks a line.
    if (event.key === "Enter") return target.localName === "textarea" && !event.shiftKey;
    if (event.key === "Escape") {
      cell.focus({ preventScroll: true });
      return true;
    }
    const direction = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!direction || !(event.ctrlKey || event.metaKey) || event.shiftKey) return false;
    const index = (this.rows?.indexOf(row) ?? -1) + direction;
    if (index >= 0 && index < (this.rows?.length ?? 0)) this.#go(index, columnOf(target), { edit: true });
    return true;
  }

  #step(event: KeyboardEvent, cell: HTMLElement): { index: number; column: number } | null {
    const count = this.rows?.length ?? 0;
    const row = segmentOf(cell);
    const index = row === null ? -1 : (this.rows?.indexOf(row) ?? -1);
    const column = columnOf(cell);
    const far = event.ctrlKey || event.metaKey;
    const within = (to: number) => Math.min(Math.max(to, 0), count - 1);
    switch (event.key) {
      case "ArrowUp":
        return { index: event.shiftKey ? within(index - 1) : index - 1, column };
      case "ArrowDown":
        return { index: within(index + 1), column };
      case "ArrowLeft":
        return { index, column: Math.max(0, column - 1) };
      case "ArrowRight":
        return { index, column: Math.min(this.columns - 1, column + 1) };
      case "Home":
        return { index: far ? 0 : index, column: 0 };
      case "End":
        return { index: far ? count - 1 : index, column: this.columns - 1 };
      case "PageUp":
        return { index: within(index - this.page), column };
      case "PageDown":
        return { index: within(index + this.page), column };
      default:
        return null;
    }
  }

  /** Take the focus to a cell; row -1 is the head. */
  #go(index: number, column: number, { edit = false, extend = false } = {}): void {
    const segment = this.rows?.at(index);
    const { session } = this.#controller;
    if (segment) {
      if (extend && this.#anchor !== null) this.#selectRange(this.rows?.indexOf(this.#anchor) ?? index, index);
      else if (!session.selectedIds.peek().has(segment.id) || session.selectedIds.peek().size > 1)
        session.select([segment.id]);
      if (!extend) this.#anchor = segment.id;
      session.list.pinned.value = segment.id;
      reveal(this.#controller, segment);
    }
    this.wanted = { row: segment?.id ?? null, column, edit };
    this.cell.value = { row: segment?.id ?? this.cell.peek().row, column };
  }

  /** Where the focus goes when its row is gone: to the row that took its place. */
  replace(index: number): void {
    const last = (this.rows?.length ?? 0) - 1;
    if (last >= 0) this.#go(Math.min(Math.max(index, 0), last), this.cell.peek().column);
    else this.#controller.session.list.pinned.value = null;
  }

  /** A click with Ctrl or Shift selects several; whether it was one. */
  click(event: MouseEvent): boolean {
    const row = segmentOf(event.target);
    if (row === null || !selectsSeveral(event)) return false;
    event.preventDefault();
    event.stopPropagation();
    const { session } = this.#controller;
    const index = this.rows?.indexOf(row) ?? -1;
    if (event.shiftKey) {
      const from = this.rows?.indexOf(this.#anchor ?? session.selectedId.peek()) ?? -1;
      this.#selectRange(from < 0 ? index : from, index);
    } else {
      toggleSelected(this.#controller, row);
      this.#anchor = row;
    }
    return true;
  }

  #selectRange(from: number, to: number): void {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const ids = Array.from({ length: Math.max(0, high - low + 1) }, (_, offset) => this.rows?.at(low + offset)?.id);
    selectShown(
      this.#controller,
      ids.filter((id) => id !== undefined),
    );
  }
}

/** Shift+click in the text being edited selects in that text. */
export function selectsSeveral(event: MouseEvent): boolean {
  if (event.ctrlKey || event.metaKey) return true;
  const root = (event.target as Element).getRootNode() as Document | ShadowRoot;
  return (
    event.shiftKey && (event.target !== root.activeElement || !(event.target as Element).matches("input, textarea"))
  );
}

function columnOf(target: EventTarget | null): number {
  return target instanceof Element ? (target.closest<HTMLTableCellElement>("td, th")?.cellIndex ?? -1) : -1;
}

/** Go into the control of a cell; a button is pressed. */
function enter(cell: HTMLElement): void {
  const control = cell.querySelector<HTMLElement>("input:checked, input:not([type=radio]), select, textarea, input");
  const button = cell.querySelector<HTMLElement>("button");
  if (!control) return button?.click();
  control.focus();
  if (control instanceof HTMLInputElement && !["checkbox", "radio"].includes(control.type)) control.select();
}

/** Give a cell that is drawn the focus. */
export function focusCell(row: Element | null, column: number, edit: boolean): void {
  const cell = row?.children[column];
  if (!(cell instanceof HTMLElement)) return;
  if (edit) enter(cell);
  else if (cell.localName === "th") cell.querySelector<HTMLElement>("button")?.focus();
  else cell.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Tab goes through the controls of one row only: those of the others are reached by arrows or a click. */
export function setTabStops(row: HTMLElement, open: boolean): void {
  for (const widget of row.querySelectorAll<HTMLElement>(WIDGETS)) {
    if (open) widget.removeAttribute("tabindex");
    else widget.tabIndex = -1;
  }
}
