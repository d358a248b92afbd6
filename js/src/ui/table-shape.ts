// How wide the table's columns are, and how the cells of a row flow where they do not fit side by side. Draws nothing.
import type { Field } from "../core/types";

const LETTER = 7;
const DIGIT = 8;
/** Width in px of what comes first in each row, and of its track. */
const LISTEN = 32;
const TRACK = 104;
/** A table in less than this flows, in px; one in more scrolls sideways where its columns need it. */
const NARROW = 480;

/** Width in px that a field's control needs, so that columns stay as they are while rows come and go. */
export function widthOf(field: Field): number {
  switch (field.kind) {
    case "text":
      return 110;
    case "number":
      return 84;
    case "checkbox":
      return 64;
    case "select":
    case "multi_select":
      return 92;
    case "rating":
      return field.max * 27 + 8;
    default:
      return field.options.reduce((sum, option) => sum + Math.min(option.length, 30) * LETTER + 34, 30);
  }
}

export interface TableShape {
  /** Widths in px; that of the whole table is what it needs before it scrolls sideways. */
  readonly listen: number;
  readonly time: number;
  readonly track: number;
  readonly whole: number;
  /** Lines of fields in each row below the one of times and track; null where everything is side by side. */
  readonly lines: number | null;
}

/** The shape for a duration in s in a box of a width in px. */
export function tableShape(fields: readonly Field[], duration: number, box: number): TableShape {
  const time = duration.toFixed(6).length * DIGIT + 14;
  const whole = fields.reduce((sum, field) => sum + widthOf(field), LISTEN + 2 * time + TRACK);
  const flows = box > 0 && box < Math.min(whole, NARROW);
  return { listen: LISTEN, time, track: TRACK, whole, lines: flows ? linesOf(fields, box) : null };
}

/** How wide the cell of a field is at least in a row that flows: a text is read there, too. */
export function flowingWidth(field: Field): number {
  return field.kind === "text" ? 220 : widthOf(field);
}

/** How many lines fields take as a browser wraps them. */
function linesOf(fields: readonly Field[], box: number): number {
  let lines = 0;
  let left = 0;
  for (const field of fields) {
    const width = Math.min(flowingWidth(field), box);
    if (width > left) {
      lines += 1;
      left = box;
    }
    left -= width;
  }
  return lines;
}
