// Which folder may import which, as the plan draws it; only the widgets' entries have a default export.
/// <reference types="node" />
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "../src");
const HINGE = "hosts/port";

/** What each folder may import; files directly in src are entries, which join everything. */
const ALLOWED: Record<string, { folders: string[]; packages: string[] }> = {
  core: { folders: [], packages: ["@preact/signals-core"] },
  player: { folders: ["core"], packages: ["wavesurfer.js", "@preact/signals-core"] },
  timeline: { folders: ["core"], packages: [] },
  ui: { folders: ["core", "player", "timeline"], packages: ["preact", "@preact/signals"] },
  hosts: { folders: ["core"], packages: [] },
  crowd: { folders: [], packages: [] },
  portal: { folders: [], packages: [] },
  entry: {
    folders: ["core", "crowd", "portal", "player", "timeline", "ui", "hosts"],
    packages: ["preact", "@preact/signals"],
  },
};

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
const folderOf = (name: string): string => (name.includes("/") ? (name.split("/")[0] ?? "") : "entry");
const read = (name: string): string => readFileSync(join(SOURCES, name), "utf8");

/** The modules that a source text imports, statically or on demand. */
function importsOf(text: string): string[] {
  const forms = /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*["']([^"']+)["']|import\s*\(?\s*["']([^"']+)["']/g;
  return [...text.matchAll(forms)].map((match) => match[1] ?? match[2] ?? "");
}

const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

test("the reader of imports finds every form", () => {
  const text = 'import {\n  a,\n} from "./a";\nimport "./b";\nexport * from "./c";\nconst d = await import("./d");';
  expect(importsOf(text)).toEqual(["./a", "./b", "./c", "./d"]);
});

test.each(files)("%s imports only what its folder may", (name) => {
  const folder = folderOf(name);
  const allowed = ALLOWED[folder];
  expect(allowed, `a new folder ${folder}: say in this test what it may import`).toBeDefined();
  for (const target of importsOf(read(name))) {
    if (!target.startsWith(".")) {
      expect(allowed?.packages, `${name} imports ${target}`).toContain(packageOf(target));
      continue;
    }
    const path = normalize(join(dirname(name), target)).replace(/\.tsx?$/, "");
    if (path !== HINGE)
      expect([folder, ...(allowed?.folders ?? [])], `${name} imports ${path}`).toContain(folderOf(path));
  }
});

test.each(files)("%s has no default export, but for the widgets' entries", (name) => {
  const has = /^export default\b|\bas default\b/m.test(read(name));
  expect(has).toBe(["widget.ts", "queue.ts"].includes(name));
});
