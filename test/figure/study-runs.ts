/** Results of a study of noise that was never made: the sweeps of sweeps.ts as runs, some of them failed or missing. */
import type { MeasurementColumns } from "../../src/study/results/columns.ts";
import type { StudyResults } from "../../src/study/results/study-results.ts";
import { type MadeRun, madeResults } from "../helpers/study-results.ts";
import { preferenceRows } from "./sweeps.ts";

export interface StudyRunsOptions {
  readonly seeds?: number;
  readonly tasks?: readonly string[];
  readonly trainIntensities?: readonly number[];
  /** Seeds of the runs at training intensity 1 inside that diverged. */
  readonly failed?: readonly number[];
  /** Runs that are planned and not there. */
  readonly open?: number;
  /** Version of the software that made the runs of seed 0. */
  readonly firstVersion?: string;
}

export function studyRuns({
  seeds = 5,
  tasks = ["function-approximation"],
  trainIntensities = [0.1, 0.5, 1],
  failed = [],
  open = 0,
  firstVersion = "0.0.0",
}: StudyRunsOptions = {}): StudyResults {
  const runs = new Map<string, MadeRun & { readonly measurements: Partial<MeasurementColumns>[] }>();
  for (const row of preferenceRows({ seeds, tasks, trainIntensities })) {
    const { task, site, trainIntensity, seed, testIntensity } = row;
    const key = JSON.stringify([task, site, trainIntensity, seed]);
    const hasFailed = site === "inside" && trainIntensity === 1 && failed.includes(seed);
    const run = runs.get(key) ?? {
      condition: { task, site, trainIntensity },
      seed,
      row: {
        testSite: site,
        version: seed === 0 ? firstVersion : "0.0.0",
        ...(hasFailed && { outcome: "diverged", cause: "diverged: training loss", updates: 3 }),
      },
      measurements: trainingMeasurements(trainIntensity, seed),
    };
    runs.set(key, run);
    if (hasFailed) continue;
    run.measurements.push({ metric: "test-loss", testIntensity, value: row.loss ?? Number.NaN });
    // A task of two parts, of which the second is twice as hard.
    for (const [part, factor] of Object.entries({ go: 1, anti: 2 })) {
      const value = factor * (row.loss ?? Number.NaN);
      run.measurements.push({ metric: "test-part-loss", testIntensity, part, value });
      run.measurements.push({ metric: "test-part-accuracy", testIntensity, part, value: 1 / (1 + value) });
    }
    if (row.accuracy !== null) run.measurements.push({ metric: "test-accuracy", testIntensity, value: row.accuracy });
  }
  return madeResults(
    [...runs.values()],
    Array.from({ length: open }, (_, index) => `open ${index}`),
  );
}

function trainingMeasurements(trainIntensity: number, seed: number): Partial<MeasurementColumns>[] {
  return Array.from({ length: 11 }, (_, index) => ({
    metric: "training-loss",
    update: 10 * index,
    value: (0.4 + 0.01 * seed) * Math.exp(-index / (3 + trainIntensity)) + 0.004,
  }));
}
