// Writes src/core/types.ts from the schema that Python exported; --check fails when the file is stale.
import { readFile, writeFile } from "node:fs/promises";
import { compile } from "json-schema-to-typescript";

const target = new URL("./src/core/types.ts", import.meta.url);
const schema = JSON.parse(await readFile(new URL("./schema/avseg.schema.json", import.meta.url), "utf8"));
const text = await compile(
  { ...schema, title: "Everything", type: "object", additionalProperties: false },
  "Everything",
  {
    bannerComment: "// Generated from src/avseg_widget by `make types`: do not edit.",
    additionalProperties: false,
    unreachableDefinitions: true,
    format: true,
    style: { printWidth: 120 },
  },
);
const kept = text.replace(/export interface Everything \{\}\n/, "").replace(/\/\*\*[\s\S]*?\*\/\n/g, "");
if (process.argv.includes("--check")) {
  const now = await readFile(target, "utf8").catch(() => "");
  if (now !== kept) {
    console.error("js/src/core/types.ts is stale: run `make types`");
    process.exit(1);
  }
} else {
  await writeFile(target, kept);
}
