// Finding an action by some of its letters.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasWords, matchScore, search } from "../src/core/search";

describe("search", () => {
  const names = ["Play or pause", "Skip to start", "Skip to end", "Split segment", "Undo", "Spectrogram"];
  const find = (query: string) => search(query, names, (name) => name);

  it("puts what was meant first", () => {
    expect(find("undo")).toEqual(["Undo"]);
    expect(find("ste")[0]).toBe("Skip to end");
    expect(find("pause")[0]).toBe("Play or pause");
    expect(find("sp")[0]).toBe("Split segment");
    expect(find("sg")).toContain("Spectrogram");
    expect(find("  ")).toEqual(names);
    expect(find("zzz")).toEqual([]);
  });

  it("of words takes them in any order", () => {
    expect(hasWords("In zoom", "Zoom in")).toBe(true);
    expect(hasWords("zoom in", "Zoom out")).toBe(false);
    expect(hasWords(" ", "Zoom out")).toBe(true);
  });

  it("finds a text if and only if its letters come in that order", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", " "), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (query, text) => {
        const pattern = [...query.replaceAll(" ", "")].join(".*");
        const whole = query.trim() !== "" && text.includes(query.trim());
        expect(matchScore(query, text) !== null).toBe(new RegExp(pattern).test(text) || whole);
      }),
    );
  });
});
