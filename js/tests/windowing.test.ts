// Which rows of a long list are in the page.
import { expect, it, test } from "vitest";
import type { Rows } from "../src/core/rows";
import type { Segment } from "../src/core/types";
import { windowOf } from "../src/ui/windowing";

const SEGMENTS = Array.from(
  { length: 1000 },
  (_, at): Segment => ({ id: `s${at}`, track: "t", start: at, end: at + 1 }) as Segment,
);
const ROWS = {
  length: SEGMENTS.length,
  at: (index: number) => SEGMENTS[index],
  indexOf: (id: string | null) => SEGMENTS.findIndex((segment) => segment.id === id),
} as unknown as Rows;

const shown = (scroll: number, kept: string | null = null) =>
  windowOf(ROWS, scroll, 330, 36, kept).placed.map(({ index }) => index);

it.each([0, 1, 17, 18, 35, 36, 5000.5, 36 * 1000 - 330, 40_000])("at %d px all that is in sight is there", (scroll) => {
  const indices = shown(scroll);
  const top = Math.min(scroll, 36 * 1000 - 330);
  expect(indices[0]).toBeLessThanOrEqual(Math.floor(top / 36));
  expect(indices.at(-1)).toBeGreaterThanOrEqual(Math.min(999, Math.ceil((top + 330) / 36) - 1));
  expect(indices.length).toBeLessThanOrEqual(12);
});

test("the row with the focus stays, and gaps stand for what is left out", () => {
  for (const [kept, scroll] of [
    ["s0", 5000],
    ["s999", 0],
  ] as const) {
    const { placed, rest } = windowOf(ROWS, scroll, 330, 36, kept);
    expect(placed.map(({ segment }) => segment.id)).toContain(kept);
    expect(placed.reduce((sum, { gap }) => sum + gap + 1, 0) + rest).toBe(1000);
  }
});
