// Bundles the entries into src/avseg_widget/static; the target folder may be given as the first argument.
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { iconSprites } from "./icon-sprites.mjs";
import { writeLicenses } from "./licenses.mjs";
import { wavesurferInParts } from "./wavesurfer-parts.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = resolve(process.argv[2] ?? here("../src/avseg_widget/static"));
await mkdir(outdir, { recursive: true });
const shared = {
  absWorkingDir: here("."),
  bundle: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir,
  plugins: [iconSprites, wavesurferInParts],
  target: "es2022",
};

const entries = [
  { entryPoints: { widget: here("src/widget.ts"), queue: here("src/queue.ts") }, format: "esm" },
  { entryPoints: { worker: here("src/worker.ts") }, format: "iife" },
  { entryPoints: { standalone: here("src/standalone.ts") }, format: "iife" },
  { entryPoints: { "crowd-standin": here("src/crowd-standin.ts") }, format: "iife" },
  { entryPoints: { portal: here("src/portal.ts") }, format: "iife" },
  {
    entryPoints: {
      avseg: here("src/ui/avseg.css"),
      queue: here("src/ui/queue/queue.css"),
      portal: here("src/portal/portal.css"),
    },
  },
];
const results = await Promise.all(entries.map((entry) => build({ ...shared, ...entry })));
await writeLicenses(
  results.map((result) => result.metafile),
  // Its icons are drawn into the style sheets.
  ["node_modules/lucide"],
  join(outdir, "THIRD_PARTY_LICENSES.txt"),
);
