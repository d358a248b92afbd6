// Bundles wavesurfer from its modules, without those that load, decode or play a file: the editor does all three itself.
const UNUSED = /^\.\/(webaudio|fetcher|define-plugin)\.js$/;

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
      contents: "export default class Unused {}\nexport const definePlugin = undefined;",
    }));
  },
};
