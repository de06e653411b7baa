import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import type { Summary } from "../../scripts/tools/reporter.mjs";

const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-reporter-"));
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a test file with this project's reporter and guard against stray output. */
function summaryOf(text: string): Summary {
  const imports = 'import { expect, test } from "vitest";\n';
  const config = { test: { setupFiles: [join(root, "test", "helpers", "no-stray-output.ts")] } };
  writeFileSync(join(folder, "a.test.ts"), imports + text);
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify(config)};`);
  const file = join(folder, "summary.json");
  const reporter = `--reporter=${join(root, "scripts", "tools", "reporter.mjs")}`;
  spawnSync(process.execPath, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--root", folder, reporter], {
    cwd: folder,
    env: { ...process.env, NOISY_RNN_SUMMARY: file },
  });
  return JSON.parse(readFileSync(file, "utf8")) as Summary;
}

describe("the summary of a test run", () => {
  test("counts tests, and takes a skip without a reason for a failure", () => {
    const summary = summaryOf(`
      test("good", () => { expect(1).toBe(1); });
      test("bad", () => { expect(1).toBe(2); });
      test("without a compiler", (context) => context.skip("there is no compiler"));
      test.skip("lazy", () => {});
      test.todo("later");`);
    expect(summary).toEqual({
      passed: 1,
      failed: 3,
      skipped: [{ title: "a.test.ts: without a compiler", reason: "there is no compiler" }],
      complaints: [
        "a.test.ts: lazy: a skipped test must say why; use testUnless of test/helpers/skip.ts",
        "a.test.ts: later: a skipped test must say why; use testUnless of test/helpers/skip.ts",
      ],
    });
  });

  test.each([
    ["console.log", 'console.log("found");'],
    ["console.warn", 'console.warn("found");'],
    ["process.stdout", 'process.stdout.write("found");'],
    ["process.stderr", 'process.stderr.write("found");'],
  ])("a test that prints by %s is failed", (_, statement) => {
    const summary = summaryOf(`test("loud", () => { ${statement} });\ntest("quiet", () => {});`);
    expect([summary.passed, summary.failed]).toEqual([1, 1]);
  });

  test.each([
    ["cannot be read", "import './no-such-file.ts';"],
    ["prints outside of tests", 'console.log("found");\ntest("quiet", () => {});'],
    ["leaves a promise that is rejected", 'Promise.reject(new Error("left"));\ntest("quiet", () => {});'],
  ])("a file that %s is failed", (_, text) => {
    expect(summaryOf(text).failed).toBe(1);
  });
});
