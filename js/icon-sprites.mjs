// Makes the pictures of icons that style sheets name: `url("./icons.svg")` is drawn from the icons.json beside the sheet.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { icons as lucide } from "lucide";

/** Icons side by side, and one below the other; the units of an icon's side. */
const ACROSS = 8;
const SIDE = 24;

const LINE = 'stroke="#000" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';

/** One picture of icons, opaque where the text's colour is to be seen; `icons` as in icons.json. */
export function spriteOf(icons) {
  const cells = Object.entries(icons).flatMap(([kind, names]) => Object.values(names).map((name) => [name, kind]));
  if (cells.length > ACROSS * ACROSS) throw new Error(`${cells.length} icons do not fit into one picture`);
  const shapes = cells.map(([name, kind], index) => {
    const nodes = lucide[name];
    if (!nodes) throw new Error(`Lucide has no icon ${name}`);
    const [x, y] = [(index % ACROSS) * SIDE, Math.floor(index / ACROSS) * SIDE];
    const drawn = nodes.map(([tag, attributes]) => `<${tag} ${written(attributes)}/>`).join("");
    return `<g transform="translate(${x} ${y})"${kind === "filled" ? ' fill="#000"' : ""}>${drawn}</g>`;
  });
  const box = `viewBox="0 0 ${ACROSS * SIDE} ${ACROSS * SIDE}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} fill="none" ${LINE}>${shapes.join("")}</svg>`;
}

function written(attributes) {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}="${value}"`)
    .join(" ");
}

/** A plugin for esbuild. */
export const iconSprites = {
  name: "icon-sprites",
  setup(build) {
    build.onResolve({ filter: /^\.\/icons\.svg$/ }, ({ importer }) => ({
      path: join(dirname(importer), "icons.svg"),
      namespace: "icons",
    }));
    build.onLoad({ filter: /.*/, namespace: "icons" }, async ({ path }) => ({
      contents: spriteOf(JSON.parse(await readFile(path.replace(/svg$/, "json"), "utf8"))),
      loader: "dataurl",
    }));
  },
};
