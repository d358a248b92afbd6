/// <reference types="node" />
// Keystrokes: written, typed on several keyboards, merged from several keymaps.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  giveStroke,
  isBrowsersOwn,
  type Keymap,
  keysOf,
  normalizeStroke,
  type Stroke,
  strokeName,
  strokeNames,
  strokesOf,
} from "../src/core/keymap";
import { PRESETS, type PresetName, presetKeys } from "../src/core/keymap-presets";
import { ACTIONS, DEFAULT_KEYMAP } from "../src/ui/actions";

const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../tests/fixtures/${name}.json`), "utf8"));
const KEYSTROKES = fixture("keystrokes") as [string, string | null][];

function stroke(key: string, code: string, held = ""): Stroke {
  return {
    key,
    code,
    ctrlKey: held.includes("C"),
    metaKey: held.includes("M"),
    altKey: held.includes("A"),
    shiftKey: held.includes("S"),
  };
}

test.each(KEYSTROKES)("%j is read as in Python", (written, read) => {
  expect(normalizeStroke(written)).toBe(read);
});

test("what browsers keep is the same in Python", () => {
  const kept = fixture("browsers-own") as string[];
  const every = [...kept, ...KEYSTROKES.map(([, read]) => read ?? "")];
  expect(every.filter(isBrowsersOwn)).toEqual(kept);
});

test("a keystroke that was read stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = normalizeStroke(text);
      if (read !== null) expect(normalizeStroke(read)).toBe(read);
    }),
  );
});

describe("a pressed key", () => {
  it.each([
    [stroke("z", "KeyZ", "C"), ["Ctrl+Z"]],
    [stroke("Z", "KeyZ", "MS"), ["Ctrl+Shift+Z"]],
    [stroke("?", "Slash", "S"), ["?"]],
    [stroke("+", "Equal", "S"), ["Plus"]],
    [stroke(" ", "Space", "S"), ["Shift+Space"]],
    [stroke("Escape", "Escape"), ["Esc"]],
    [stroke("µ", "KeyM", "A"), ["Alt+M"]],
    // French keyboard: digits need Shift, letters are elsewhere.
    [stroke("&", "Digit1"), ["&", "1"]],
    [stroke("1", "Digit1", "S"), ["1"]],
    [stroke("a", "KeyQ"), ["A"]],
    // German keyboard: the slash is Shift and 7.
    [stroke("/", "Digit7", "CS"), ["Ctrl+/", "Ctrl+Shift+7"]],
    [stroke("!", "Digit1", "S"), ["!", "Shift+1"]],
    [stroke("ß", "Minus"), ["ß"]],
    // Hindi and Russian keyboards type no Latin letters.
    [stroke("स", "KeyM"), ["स", "M"]],
    [stroke("я", "KeyZ", "C"), ["Ctrl+Я", "Ctrl+Z"]],
  ])("%j goes by its names", (pressed, names) => {
    expect(strokeNames(pressed)).toEqual(names);
  });

  it("is written as users write it", () => {
    const keys = fc.constantFrom("a", "Z", "?", "/", " ", "Enter", "ArrowUp", "F5", "é", "ß", "MediaPlayPause", "[");
    const held = fc.constantFrom("", "C", "A", "S", "CS", "CAS", "M");
    fc.assert(
      fc.property(keys, held, (key, modifiers) => {
        const name = strokeName(stroke(key, "", modifiers));
        expect(normalizeStroke(name)).toBe(name);
      }),
    );
  });
});

describe("keymaps", () => {
  it("are merged so that the last one that names a keystroke has it", () => {
    const strokes = strokesOf({ split: ["S"], play: ["Space"] }, { loop: ["S"] }, { play: [] });
    expect([...strokes]).toEqual([["S", "loop"]]);
  });

  const ids = fc.constantFrom("a", "b", "c");
  const keymap = fc.dictionary(ids, fc.uniqueArray(fc.constantFrom("X", "Y", "Z"), { maxLength: 3 }));

  it("give a keystroke to one action, whatever was there before", () => {
    fc.assert(
      fc.property(keymap, keymap, ids, fc.constantFrom("X", "Y", "Z"), (own: Keymap, user: Keymap, id, key) => {
        const strokes = strokesOf(own, giveStroke(user, id, key));
        expect(strokes.get(key)).toBe(id);
        expect(keysOf(strokes, id)).toEqual([key]);
      }),
    );
  });
});

describe("the editor's own keys", () => {
  it("are written in the one form, one action each, and heard by pages", () => {
    const all = ACTIONS.flatMap((action) => action.keys);
    expect(all.map(normalizeStroke)).toEqual(all);
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter(isBrowsersOwn)).toEqual([]);
  });
});

describe.each(Object.keys(PRESETS) as PresetName[])("the preset %s", (name) => {
  const { keys } = PRESETS[name];

  it("is written in the one form and heard by pages", () => {
    const all = Object.values(keys).flat();
    expect(all.map(normalizeStroke)).toEqual(all);
    expect(all.filter(isBrowsersOwn)).toEqual([]);
  });

  it("names actions that there are, each keystroke once", () => {
    expect(Object.keys(keys).filter((id) => !Object.hasOwn(DEFAULT_KEYMAP, id))).toEqual([]);
    const all = Object.values(keys).flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it("leaves help within reach and gives no key to what is not there", () => {
    const known = (id: string) => Object.hasOwn(DEFAULT_KEYMAP, id);
    const strokes = strokesOf(DEFAULT_KEYMAP, presetKeys(name, known));
    for (const id of strokes.values()) expect(known(id)).toBe(true);
    for (const id of ["help", "command-palette", "play", "record"]) expect(keysOf(strokes, id)).not.toEqual([]);
  });
});
