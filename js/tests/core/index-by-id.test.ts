// The index of ids holds what a Map changed in the same way holds, and every one made on the way stays as it was.
import fc from "fast-check";
import { expect, it } from "vitest";
import { IndexById } from "../../src/core/index-by-id";

const ids = fc.integer({ min: 0, max: 600 }).map((number) => `s${number}`);
const change = fc.record({
  put: fc.dictionary(ids, fc.integer(), { maxKeys: 60 }),
  remove: fc.array(ids, { maxLength: 60 }),
});

it("is a Map in everything that can be read", () => {
  fc.assert(
    fc.property(
      fc.dictionary(ids, fc.integer(), { maxKeys: 300 }),
      fc.array(change, { maxLength: 30 }),
      (start, changes) => {
        let map = new Map(Object.entries(start));
        let index = new IndexById(map);
        const made: [Map<string, number>, IndexById<number>][] = [[map, index]];
        for (const { put, remove } of changes) {
          map = new Map(map);
          for (const id of remove) map.delete(id);
          for (const [id, value] of Object.entries(put)) map.set(id, value);
          index = index.changed(put, remove);
          made.push([map, index]);
        }
        for (const [expected, found] of made) {
          expect(found.size).toBe(expected.size);
          expect(new Map(found)).toEqual(expected);
          expect(new Set(found.keys())).toEqual(new Set(expected.keys()));
          expect([...found.values()].sort()).toEqual([...expected.values()].sort());
          for (let number = 0; number <= 600; number += 7) {
            expect(found.get(`s${number}`)).toBe(expected.get(`s${number}`));
            expect(found.has(`s${number}`)).toBe(expected.has(`s${number}`));
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
