// Writes THIRD_PARTY_LICENSES.txt: the full licence of every package that esbuild put into the bundle. Run by build.mjs.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Folders of the packages, relative to js/, that the metafiles' outputs hold bytes of. */
function bundledPackages(metafiles, others) {
  const found = new Set(others);
  for (const output of metafiles.flatMap((metafile) => Object.values(metafile.outputs))) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder && bytesInOutput > 0) found.add(folder);
    }
  }
  return [...found].sort();
}

async function licenceOf(folder, lock) {
  const locked = lock.packages[folder];
  if (!locked) throw new Error(`${folder} is bundled but not in package-lock.json: run npm ci`);
  const names = (await readdir(join(root, folder))).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  if (names.length === 0) throw new Error(`${folder} ships no licence file: do not bundle it`);
  const texts = await Promise.all(names.sort().map((name) => readFile(join(root, folder, name), "utf8")));
  const name = folder.replace(/^.*node_modules\//, "");
  const text = texts.map((part) => part.trim().replaceAll("\r\n", "\n")).join("\n\n");
  return `${name} ${locked.version} (${locked.license})\n${"=".repeat(72)}\n${text}\n`;
}

/** Write the file; `metafiles` are esbuild's, made with the js folder as working directory, `others` folders beside. */
export async function writeLicenses(metafiles, others, target) {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const parts = await Promise.all(bundledPackages(metafiles, others).map((folder) => licenceOf(folder, lock)));
  const intro = "The browser bundle of avseg-widget holds code of these packages, each under its own licence.\n";
  await writeFile(target, [intro, ...parts].join("\n\n"));
}
