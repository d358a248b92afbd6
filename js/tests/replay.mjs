// Applies diffs, read as JSON from standard input, with the editor's own document; writes the annotation after each, and again
// while the last to the first are undone.
// Input: {start: Annotation, diffs: Diff[]}. It must not know who made the diffs.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../src/core/document.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
const source = Buffer.from(outputFiles[0].contents).toString("base64");
const { apply, fromAnnotation, invert, toAnnotation } = await import(`data:text/javascript;base64,${source}`);

const { start, diffs } = JSON.parse(readFileSync(0, "utf8"));
const inverses = [];
const states = [];
let document = fromAnnotation(start);
for (const diff of diffs) {
  inverses.push(invert(document, diff));
  document = apply(document, diff);
  states.push(toAnnotation(document));
}
const undone = inverses.reverse().map((inverse) => {
  document = apply(document, inverse);
  return toAnnotation(document);
});
process.stdout.write(JSON.stringify({ states, undone }));
