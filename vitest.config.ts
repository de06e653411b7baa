import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/helpers/no-stray-output.ts"],
    // kernels that tests compile are kept for the next run, apart from those of the person's own work
    env: { NOISY_RNN_CACHE: fileURLToPath(new URL("node_modules/.cache/noisy-rnn-test", import.meta.url)) },
    pool: "forks",
    maxWorkers: 2,
    // bounds for what hangs, not claims: a kernel is compiled in seconds, on a busy machine in tens of seconds
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
