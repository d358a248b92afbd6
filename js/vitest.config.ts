// How the TypeScript tests run: in Node, or in happy-dom where a test's first line asks for it.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["tests/**/*.test.{ts,tsx}"], environment: "node", restoreMocks: true },
});
