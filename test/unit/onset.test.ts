/** The training noise from which on networks prefer noise. */
import { describe, expect, test } from "vitest";
import { type OnsetGroup, onset } from "../../src/analysis/onset.ts";
import { analysisIssues, analysisTable } from "../../src/study/analyses/request.ts";
import { losses, type MadeRun, madeResults } from "../helpers/study-results.ts";

const factors = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5];
/** A loss that is lowest at `index` times the training intensity: a parabola, whose lowest point is found exactly. */
const curve = (index: number, trainIntensity: number) =>
  factors.map((factor) => ({ testIntensity: factor * trainIntensity, loss: 1 + (factor - index) ** 2 }));
/** @param indices by training intensity, of each seed */
const groupsOf = (indices: Readonly<Record<number, readonly number[]>>): OnsetGroup[] =>
  Object.entries(indices).map(([at, bySeed]) => ({
    trainIntensity: Number(at),
    rows: bySeed.flatMap((index, seed) => curve(index, Number(at)).map((row) => ({ ...row, seed }))),
  }));

describe("onset", () => {
  test("the index of the mean curve is the mean of the seeds' indices, and the onset the first from which on it exceeds 0.5", () => {
    const found = onset(groupsOf({ 0.1: [0, 0, 0], 0.2: [0.2, 0.4, 0.6], 0.5: [0.6, 0.8, 0.7], 1: [0.9, 1, 0.95] }));
    expect(found.indices.map(({ trainIntensity }) => trainIntensity)).toEqual([0.1, 0.2, 0.5, 1]);
    // A mean of parabolas of one width is a parabola about the mean of their lowest points.
    for (const [i, index] of [0, 0.4, 0.7, 0.95].entries()) expect(found.indices[i].index).toBeCloseTo(index, 10);
    expect(found).toMatchObject({ onset: 0.5, onsetLow: 0.2, onsetHigh: 0.5, onsetShare: 1, seeds: [0, 1, 2] });
  });
  test("an index that falls again below the threshold moves the onset behind it; none at the end is null", () => {
    expect(onset(groupsOf({ 0.1: [0.8, 0.9], 0.2: [0.3, 0.2], 0.5: [0.7, 0.8] })).onset).toBe(0.5);
    expect(onset(groupsOf({ 0.1: [0.8, 0.9], 0.2: [0.3, 0.2] }))).toMatchObject({
      onset: null,
      onsetLow: null,
      onsetHigh: null,
      onsetShare: 0,
    });
  });
  test("the interval covers the onsets of the seeds; where some have none its upper end is beyond the largest", () => {
    const found = onset(groupsOf({ 0.1: [0.9, 0, 0], 0.5: [1, 1, 0], 1: [1, 1, 0.3] }));
    // Mean indices 0.3, 0.67, 0.77: onset 0.5. Of 27 resamples one is seed 2 alone, 3.7 %: more than the 2.5 % outside.
    expect(found).toMatchObject({ onset: 0.5, onsetLow: 0.1, onsetHigh: null });
    expect(found.onsetShare).toBeGreaterThan(0.5);
    expect(found.onsetShare).toBeLessThan(1);
  });
  test("the sure onset asks the lower end of the index's interval, and is never below the onset", () => {
    const found = onset(groupsOf({ 0.2: [0.3, 0.7, 0.9], 0.5: [0.9, 0.95, 1] }));
    expect(found).toMatchObject({ onset: 0.2, sureOnset: 0.5 });
  });
  test("one seed has an onset and no interval; seeds that an intensity lacks are left out", () => {
    expect(onset(groupsOf({ 0.1: [0], 0.5: [1] }))).toMatchObject({ onset: 0.5, onsetLow: null, sureOnset: null });
    expect(onset(groupsOf({ 0.1: [0, 0, 1], 0.5: [1, 1] })).seeds).toEqual([0, 1]);
    expect(onset([])).toMatchObject({ onset: null, seeds: [], indices: [] });
  });
  test("threshold, confidence, resamples and seed change the result", () => {
    const groups = groupsOf({ 0.1: [0, 0.2, 0.1, 0.9], 0.2: [0.2, 0.9, 0.4, 0.8], 0.5: [0.4, 0.9, 0.9, 0.7] });
    const usual = onset(groups);
    expect(onset(groups, { threshold: 0.65 }).onset).not.toBe(usual.onset);
    expect(onset(groups, { confidence: 0.2 }).onsetLow).not.toBe(usual.onsetLow);
    expect(onset(groups, { resamples: 1999 }).onsetShare).not.toBe(usual.onsetShare);
    expect(onset(groups, { seed: 1 }).onsetShare).not.toBe(usual.onsetShare);
  });
  test("two groups of one training intensity are refused", () => {
    const [group] = groupsOf({ 0.1: [0] });
    expect(() => onset([group, group])).toThrow(/each training intensity must stand once, got 0\.1 twice; group by/);
  });
});

/** Sites with onsets 0.2 and none, seeds 0 to 4. */
const runs: readonly MadeRun[] = Object.entries({ inside: [0, 0.7, 0.9], outside: [0, 0, 0.1] }).flatMap(
  ([site, indices]) =>
    [0.1, 0.2, 0.5].flatMap((trainIntensity, k) =>
      [0, 1, 2, 3, 4].map(
        (seed): MadeRun => ({
          condition: { site, trainIntensity },
          seed,
          row: { testSite: site },
          measurements: losses(
            Object.fromEntries(
              curve(indices[k] + 0.02 * seed, trainIntensity).map(({ testIntensity, loss }) => [testIntensity, loss]),
            ),
          ),
        }),
      ),
    ),
);

describe("study analysis onset", () => {
  const table = (options: object = {}, made = runs) =>
    analysisTable({ name: "onset", options: { ...options } }, madeResults(made));
  test("one row per group of conditions that differ in training intensity, with the intensity below the onset", () => {
    const { rows, labels } = table();
    expect(labels).not.toContain("trainIntensity");
    expect(rows).toMatchObject([
      {
        site: "inside",
        seeds: 5,
        intensities: 3,
        onset: 0.2,
        onsetLow: 0.2,
        onsetHigh: 0.2,
        onsetBelow: 0.1,
        sureOnset: 0.2,
      },
      { site: "outside", seeds: 5, intensities: 3, onset: null, onsetShare: 0, sureOnset: null },
    ]);
    expect(rows[0].lastIndex).toBeCloseTo(0.94, 10);
  });
  test("an axis that is the training intensity by another name tells no groups apart", () => {
    const renamed = runs.map(({ condition, row, ...run }) => ({
      ...run,
      condition: { site: condition.site, sigma: condition.trainIntensity },
      row: { ...row, trainIntensity: Number(condition.trainIntensity) },
    }));
    expect(table({}, renamed).rows.map(({ onset: found }) => found)).toEqual([0.2, null]);
  });
  test("where, threshold, by, confidence and resampling change it; a mixed group has a warning in place of numbers", () => {
    expect(table({ where: { site: "inside" } }).rows).toHaveLength(1);
    expect(table({ threshold: 0.8 }).rows[0].onset).toBe(0.5);
    const { rows, warnings } = table({ by: ["task"] });
    expect(rows).toMatchObject([{ onset: null, seeds: 0 }]);
    expect(warnings.join(" ")).toContain("runs of one training intensity differ in site; group by it");
    const spread = runs.map((run) => ({
      ...run,
      measurements: run.measurements.map((one) => ({
        ...one,
        value: Number(one.value) + (run.seed % 2) * 3 * Number(one.testIntensity),
      })),
    }));
    const share = (options: object) => table({ where: { site: "inside" }, ...options }, spread).rows[0];
    expect(share({ resamples: 100 }).onsetShare).not.toBe(share({ resamples: 101 }).onsetShare);
    expect(share({ resamplingSeed: 1 }).onsetShare).not.toBe(share({}).onsetShare);
    expect(share({ confidence: 0.1 })).not.toEqual(share({}));
  });
  test("a group without noise in training says so, and an unknown column is an issue", () => {
    const silent = runs.slice(0, 2).map((run) => ({ ...run, condition: { site: "inside", trainIntensity: 0 } }));
    expect(table({}, silent).warnings.join(" ")).toContain("no network was trained with noise and swept over it");
    const issues = analysisIssues(
      { name: "onset", options: { by: ["sit"], threshold: -1 } },
      "analyses[0]",
      madeResults(runs),
    );
    expect(issues.map(({ path }) => path)).toEqual(["analyses[0].threshold"]);
    const columns = analysisIssues({ name: "onset", options: { by: ["sit"] } }, "analyses[0]", madeResults(runs));
    expect(columns).toMatchObject([{ path: "analyses[0].by", remedy: /did you mean "site"/ }]);
  });
});
