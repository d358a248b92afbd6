// Bundles wavesurfer from its modules, without those for plugins, and those that load, decode or play a file or let it
// be dragged: the editor does all that itself.
import { readFile } from "node:fs/promises";

const UNUSED = /^\.\/(webaudio|fetcher|base-plugin|define-plugin|reactive\/drag-stream)\.js$/;

/** A plugin for esbuild. What takes an unused module's place is what wavesurfer only tests for, or never calls. */
export const wavesurferInParts = {
  name: "wavesurfer-in-parts",
  setup(build) {
    build.onResolve({ filter: /^wavesurfer\.js$/ }, ({ path, ...from }) =>
      build.resolve(`${path}/dist/wavesurfer.js`, { kind: from.kind, resolveDir: from.resolveDir }),
    );
    build.onResolve({ filter: UNUSED }, ({ path, importer }) =>
      /wavesurfer\.js[\\/]dist[\\/][^\\/]+$/.test(importer) ? { path, namespace: "unused" } : null,
    );
    build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({
      contents: "export default class Unused {}\nexport const definePlugin = undefined, createDragStream = undefined;",
    }));
    // Its style sheet is a text, which no minifier touches.
    build.onLoad({ filter: /wavesurfer\.js[\\/]dist[\\/]renderer\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(/\n\s+/g, "\n"),
    }));
  },
};
