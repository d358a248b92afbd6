// How the TypeScript tests run: in Node, or in happy-dom where a test's first line asks for it.
import { defineConfig } from "vitest/config";

export default defineConfig({
  // No test is timed by the clock: the limit is for one that hangs.
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node", restoreMocks: true, testTimeout: 60_000 },
});
