import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Files that compile many kernels to WebAssembly. They share processes, because the compiler is a WebAssembly module
 * of 70 MB, which a process takes seconds to load. Cells are compiled by `backends` and found by `cells`, the last.
 */
const kernels = [
  "test/conformance/backends.test.ts",
  "test/conformance/operations.test.ts",
  "test/property/cells.test.ts",
  "test/conformance/network.test.ts",
  "test/conformance/passes.test.ts",
  "test/unit/feedforward.test.ts",
  "test/unit/closed-loop.test.ts",
  "test/conformance/elementary.test.ts",
  "test/conformance/flat.test.ts",
  "test/conformance/random.test.ts",
  "test/gradient/cells.test.ts",
];

/** The longest of the others: begun last, one of them would keep a single core at work at the end. */
const long = [
  "test/cli/commands.test.ts",
  "test/slurm/slurm.test.ts",
  "test/study/reproduce.test.ts",
  "test/study/run.test.ts",
  "test/native/product.test.ts",
  "test/packaging/package.test.ts",
  "test/faults/kills.test.ts",
  "test/study/plan.test.ts",
  "test/statistics/task.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const first = [...kernels, ...long];
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = first.indexOf(relative(root, moduleId).replaceAll("\\", "/"));
      return index < 0 ? first.length : index;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    setupFiles: ["test/helpers/no-stray-output.ts"],
    // kernels that tests compile are kept for the next run, apart from those of the person's own work
    env: { NOISY_RNN_CACHE: fileURLToPath(new URL("node_modules/.cache/noisy-rnn-test", import.meta.url)) },
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // bounds for what hangs, not claims: a kernel is compiled in seconds, on a busy machine in tens of seconds
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: "kernels", include: kernels, isolate: false } },
      {
        extends: true,
        test: { name: "all others", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, ...kernels] },
      },
    ],
  },
});
