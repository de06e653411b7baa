import { writeFileSync } from "node:fs";

/**
 * @typedef {object} Summary
 * @property {number} passed
 * @property {number} failed tests, test files that could not be read, and errors outside of tests
 * @property {{ title: string, reason: string }[]} skipped
 * @property {string[]} complaints failures that Vitest's own report does not show
 */

/** Vitest reporter: counts, and why each skipped test was skipped, as JSON in the file that NOISY_RNN_SUMMARY names. */
export default class SummaryReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} errors
   */
  onTestRunEnd(modules, errors) {
    /** @type {Summary} */
    const summary = { passed: 0, failed: errors.length, skipped: [], complaints: [] };
    for (const module of modules) {
      // of the file and its suites: a hook that threw, or a file that could not be read
      const broken = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
      summary.failed += broken.length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        const title = `${module.relativeModuleId}: ${test.fullName}`;
        if (result.state === "passed") summary.passed++;
        else if (result.state === "failed") summary.failed++;
        else if (result.state === "skipped" && result.note !== undefined)
          summary.skipped.push({ title, reason: result.note });
        else if (broken.length === 0) {
          summary.failed++;
          summary.complaints.push(`${title}: a skipped test must say why; use testUnless of test/helpers/skip.ts`);
        }
      }
    }
    const file = process.env.NOISY_RNN_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}
