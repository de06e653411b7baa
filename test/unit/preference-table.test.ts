import { describe, expect, test } from "vitest";
import { summaryTable } from "../../src/cli/reproductions/noise-preference-table.ts";
import type { StudiedNetwork } from "../../src/study/noise-preference/results.ts";
import { summaryRows } from "../../src/study/noise-preference/results.ts";

/** Parabolas around 0.5, with four noise draws. */
function networks(seeds: number): StudiedNetwork[] {
  const intensities = [0, 0.25, 0.5, 0.75, 1];
  return Array.from({ length: seeds }, (_, seed) => ({
    condition: { task: "t", cell: "ctrnn", site: "inside", activation: "relu", trainIntensity: 0.5 },
    seed,
    intensities,
    sweep: intensities.map((testIntensity) => {
      const loss = 1 + seed / 100 + (testIntensity - 0.5) ** 2;
      const lossPerRepeat = [0.9, 1, 1.05, 1.1].map((factor) => factor * loss);
      return { seed, testIntensity, loss, accuracy: null, biasSquared: null, variance: null, lossPerRepeat };
    }),
  }));
}

const table = (seeds: number) => summaryTable(summaryRows(networks(seeds)), (task) => task);

describe("the printed table of noise preference", () => {
  test("marks the interval of a single network, which is over its noise draws", () => {
    expect(table(1)).toMatch(/\* 0\.5 \([\d.]+ to [\d.]+\)/);
    expect(table(1)).toContain("\n* one network: the interval is over its noise draws");
  });

  test("marks nothing where there are three", () => {
    expect(table(3)).toMatch(/ 0\.5 \([\d.]+ to [\d.]+\)/);
    expect(table(3)).not.toContain("*");
  });
});
