// Bundles wavesurfer from its modules, without those for plugins, and those that load, decode or play a file or let it
// be dragged: the editor does all that itself.
import { readFile } from "node:fs/promises";

const UNUSED = /^\.\/(webaudio|fetcher|base-plugin|define-plugin|reactive\/drag-stream)\.js$/;

/** What wavesurfer's compiler writes into each of its modules for async functions, and the same once. */
const AWAITER = /^var __awaiter = [\s\S]*?^\};$/m;
const ONE_AWAITER = `export const __awaiter = async (self, args, _, body) => {
  const run = body.apply(self, args);
  let step = run.next();
  while (!step.done) {
    try {
      step = run.next(await step.value);
    } catch (error) {
      step = run.throw(error);
    }
  }
  return step.value;
};`;

/** Methods that nothing calls, where there are no plugins. */
const IDLE = [
  ["exportImage", "getState", "getRenderer", "unregisterPlugin", "setScrollTime", "getActivePlugins", "loadBlob"],
  ["getDecodedData", "toggleInteraction", "playPause", "skip", "empty", "getVisibleRange", "registerPlugin"],
].flat();
const UNCALLED = new RegExp(`^ {4}(?:${IDLE.join("|")})\\([\\s\\S]*?^ {4}\\}$`, "gm");

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
    build.onResolve({ filter: /^one-awaiter$/ }, ({ path }) => ({ path, namespace: "one" }));
    build.onLoad({ filter: /.*/, namespace: "one" }, () => ({ contents: ONE_AWAITER }));
    // The renderer's style sheet is a text, which no minifier touches.
    build.onLoad(
      { filter: /wavesurfer\.js[\\/]dist[\\/](player|decoder|renderer|wavesurfer)\.js$/ },
      async ({ path }) => ({
        contents: (await readFile(path, "utf8"))
          .replace(AWAITER, 'import { __awaiter } from "one-awaiter";')
          .replace(UNCALLED, "")
          .replace(/\n\s+/g, "\n"),
      }),
    );
  },
};
