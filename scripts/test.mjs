/**
 * All tests: `npm test`, or a part: `npm test -- test/unit/io`, with any option of `vitest run`.
 *
 * The last line counts them. Ends with 0 only when none failed and at least one ran.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWith, say } from "./tools/failure.mjs";
import { root } from "./tools/folders.mjs";
import { prepare } from "./tools/prepare.mjs";
import { run } from "./tools/process.mjs";
import { installPrograms } from "./tools/system.mjs";

try {
  await prepare();
  await installPrograms();
  const summary = await runTests(process.argv.slice(2));
  for (const complaint of summary.complaints) console.log(complaint);
  if (summary.skipped.length > 0) console.log("skipped:");
  for (const { title, reason } of summary.skipped) console.log(`  ${title}: ${reason}`);
  end(summary.passed, summary.failed, summary.skipped.length);
} catch (error) {
  endWith(error);
  end(0, 1, 0);
}

/**
 * @param {readonly string[]} parameters
 * @returns {Promise<import("./tools/reporter.mjs").Summary>}
 */
async function runTests(parameters) {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-test-"));
  const file = join(folder, "summary.json");
  try {
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const reporters = ["--reporter=default", `--reporter=${join(root, "scripts", "tools", "reporter.mjs")}`];
    const { code } = await run(process.execPath, [vitest, "run", "--allowOnly=false", ...reporters, ...parameters], {
      env: { ...process.env, NOISY_RNN_SUMMARY: file },
    });
    const summary = readSummary(file);
    // Vitest failed without a test to blame, for example for a coverage limit or a crash
    if (code !== 0 && summary.failed === 0 && summary.complaints.length === 0) {
      summary.failed = 1;
      summary.complaints.push(`vitest: must end with 0, got ${code}`);
    }
    return summary;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {import("./tools/reporter.mjs").Summary}
 */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    say("vitest: must write a summary, wrote none");
    return { passed: 0, failed: 0, skipped: [], complaints: [] };
  }
}

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 */
function end(passed, failed, skipped) {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
