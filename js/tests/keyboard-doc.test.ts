/// <reference types="node" />
// docs/keyboard.md lists every action with its keys; AVSEG_WRITE_DOCS=1 writes the lists anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keysOf, showStroke, strokesOf } from "../src/core/keymap";
import { PRESETS, type PresetName, presetKeys } from "../src/core/keymap-presets";
import { ACTIONS, DEFAULT_KEYMAP } from "../src/ui/actions";

const FILE = join(import.meta.dirname, "../../docs/keyboard.md");
const MARKS = ["<!-- actions: made from the editor's own list -->", "<!-- end of actions -->"] as const;

const show = (stroke: string): string => `\`${showStroke(stroke)}\``;

function table(): string {
  const presets = Object.keys(PRESETS) as PresetName[];
  const known = (id: string): boolean => Object.hasOwn(DEFAULT_KEYMAP, id);
  const maps = presets.map((name) => strokesOf(DEFAULT_KEYMAP, presetKeys(name, known)));
  const rows = ACTIONS.map((action) => [
    action.label,
    `\`${action.id}\``,
    ...maps.map((strokes) => keysOf(strokes, action.id).map(show).join(" ")),
  ]);
  const head = ["Action", "Id", ...presets.map((name) => PRESETS[name].label)];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

test("docs/keyboard.md lists the actions as they are", () => {
  const text = readFileSync(FILE, "utf8");
  const [from, to] = [text.indexOf(MARKS[0]) + MARKS[0].length, text.indexOf(MARKS[1])];
  expect(Math.min(from, to), "the marks around the table").toBeGreaterThan(0);
  if (process.env.AVSEG_WRITE_DOCS) writeFileSync(FILE, `${text.slice(0, from)}\n${table()}\n${text.slice(to)}`);
  else expect(text.slice(from, to).trim(), "stale: run `AVSEG_WRITE_DOCS=1 npm test`").toBe(table());
});
