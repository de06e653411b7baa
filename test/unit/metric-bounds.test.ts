/** Intervals against the values that a metric can have. */
import { describe, expect, test } from "vitest";
import { analysisTable } from "../../src/study/analyses/request.ts";
import { losses, type MadeRun, madeResults } from "../helpers/study-results.ts";

const table = (name: string, options: Record<string, unknown>, runs: readonly MadeRun[]) =>
  analysisTable({ name, options }, madeResults(runs));

describe("bounds", () => {
  const scattered = (metric: string, values: readonly number[]): readonly MadeRun[] =>
    values.map((value, seed) => ({
      condition: { cell: "gru" },
      seed,
      measurements: [{ metric, testIntensity: 0, value }],
    }));
  const first = (metric: string, values: readonly number[], name = "summary") =>
    table(name, { metric, ...(name === "summary" && { at: { testIntensity: 0 } }) }, scattered(metric, values)).rows[0];

  test("stretched percentiles of 3 losses end at 0, of 3 accuracies at 1; Student's interval is left", () => {
    for (const name of ["summary", "curves"]) {
      const loss = first("test-loss", [0.01, 0.02, 0.5], name);
      expect(loss.bootstrapLow).toBe(0);
      expect(Number(loss.tLow)).toBeLessThan(0);
      expect(Number(loss.bootstrapHigh)).toBeGreaterThan(1);
      const accuracy = first("test-accuracy", [0.99, 0.98, 0.5], name);
      expect(accuracy.bootstrapHigh).toBe(1);
      expect(Number(accuracy.tHigh)).toBeGreaterThan(1);
    }
  });

  test("an estimator that may pass 0, and a difference, keep their ends below 0", () => {
    expect(Number(first("test-variance", [0.01, 0.02, 0.5]).bootstrapLow)).toBeLessThan(0);
    const pairs = ["inside", "outside"].flatMap((site, a) =>
      [1, 2, 9].map(
        (factor, seed): MadeRun => ({
          condition: { site },
          seed,
          measurements: losses({ 0: 1 + factor * a }),
        }),
      ),
    );
    const { rows } = table("differences", { against: { site: "inside" }, at: { testIntensity: 0 } }, pairs);
    expect(Number(rows[0].bootstrapLow)).toBeLessThan(0);
  });
});
