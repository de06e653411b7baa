/** How often intervals cover and verdicts err, on simulated groups of networks whose truth is known. */
import { describe, expect, test } from "vitest";
import type { CurveRow } from "../../src/analysis/loss-curves.ts";
import { type Preference, preference } from "../../src/analysis/preference.ts";
import { normals, stream } from "../../src/core/random.ts";

const grid = Array.from({ length: 21 }, (_, i) => i / 10);
const simulations = 400;

/** Loss of one network over the grid, from 30 standard normal numbers of its own. */
type Curve = (normal: Float64Array) => (s: number, index: number) => number;

function simulated(seeds: number, curve: Curve): Preference[] {
  return Array.from({ length: simulations }, (_, simulation) => {
    const rows: CurveRow[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const loss = curve(normals(new Float64Array(30), { seed: simulation, stream: stream("user") }, { trial: seed }));
      grid.forEach((s, index) => {
        rows.push({ seed, testIntensity: s, loss: loss(s, index) });
      });
    }
    return preference(rows, { trainIntensity: 1, resamples: 400 });
  });
}

/** Networks whose optimum scatters about `centre`; depth and floor vary too, and a little noise sits on every point. */
const parabolas =
  (centre: number, scatter: number): Curve =>
  (z) =>
  (s, index) =>
    Math.exp(0.5 * z[0]) * (s - centre - scatter * z[1]) ** 2 + 0.1 * Math.exp(0.5 * z[2]) + 0.005 * z[3 + index];

const share = (results: readonly Preference[], holds: (result: Preference) => boolean) =>
  results.filter(holds).length / simulations;

const covers = (truth: number) => (result: Preference) =>
  (result.preferredLow ?? Number.NaN) <= truth && truth <= (result.preferredHigh ?? Number.NaN);

// Of 400 simulations a share p has a standard error of sqrt(p (1 - p) / 400): 0.011 at 0.95, 0.015 at 0.9.
describe("coverage of the 95 % interval of the preferred intensity, 400 simulations each", () => {
  for (const [seeds, least] of [
    [3, 0.9],
    [5, 0.92],
    [10, 0.92],
  ] as const) {
    test(`${seeds} seeds, optimum 0.8 +- 0.15: at least ${least}, at most 0.98`, () => {
      const coverage = share(simulated(seeds, parabolas(0.8, 0.15)), covers(0.8));
      expect(coverage).toBeGreaterThanOrEqual(least);
      expect(coverage).toBeLessThanOrEqual(0.98);
    });
  }
  test("5 seeds, optimum 0 +- 0.1, where half the networks would want less than nothing: at least 0.93", () => {
    expect(share(simulated(5, parabolas(0, 0.1)), covers(0))).toBeGreaterThanOrEqual(0.93);
  });
});

describe("verdicts, 400 simulations each", () => {
  test("5 seeds, optimum 1 +- 0.05: its training noise in at least 98 %", () => {
    const results = simulated(5, parabolas(1, 0.05));
    expect(share(results, ({ verdict }) => verdict === "prefers its training noise")).toBeGreaterThanOrEqual(0.98);
  });
  test("5 seeds, optimum -0.3 +- 0.15: silence in at least 98 %", () => {
    const results = simulated(5, parabolas(-0.3, 0.15));
    expect(share(results, ({ verdict }) => verdict === "prefers silence")).toBeGreaterThanOrEqual(0.98);
  });
  const flat: readonly [string, Curve][] = [
    ["white noise of 5 %", (z) => (_, index) => 1 + 0.05 * z[index]],
    [
      "random cubics of 5 %",
      (z) => (s) => 1 + 0.05 * (z[0] * (s - 1) + z[1] * ((s - 1) ** 2 - 0.4) + z[2] * ((s - 1) ** 3 - 0.6 * (s - 1))),
    ],
  ];
  for (const [what, curve] of flat) {
    for (const seeds of [3, 10]) {
      test(`${seeds} seeds without a preference, ${what}: undecided in at least 93 %`, () => {
        expect(share(simulated(seeds, curve), ({ verdict }) => verdict === "undecided")).toBeGreaterThanOrEqual(0.93);
      });
    }
  }
});
