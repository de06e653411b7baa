/** Made-up sweeps with the shapes that the analysis of noise preference finds: loss = B^2 (1 - x)^2 + V x^2 + floor, x = s / sTrain. */

import type { FigureData, PreferenceRow, PreferenceSummary, TrainingRow } from "../../src/figure/contract.ts";

export interface SweepOptions {
  readonly trainIntensities?: readonly number[];
  readonly seeds?: number;
  readonly tasks?: readonly string[];
  readonly activations?: readonly string[];
}

/** A number in (0, 1) that is a pure function of its index: the fractional part of a multiple of the golden ratio. */
function spread(index: number): number {
  return (0.5 + index * 0.6180339887498949) % 1;
}

function lossOf(task: string, site: string, train: number, test: number, seed: number): number {
  const scale = task === "function-approximation" ? 1 : 0.6;
  const floor = (task === "function-approximation" ? 4e-4 : 0.12) * (0.7 + 0.6 * spread(seed + 7));
  const strength = site === "inside" && train >= 0.3 ? 0.16 * train * (0.6 + 0.8 * spread(seed + 3)) : 0;
  const variance = 0.012 * (site === "inside" ? 1 : 1.6) * (0.8 + 0.4 * spread(seed + 11));
  const distance = train > 0 ? 1 - test / train : 0;
  return scale * (strength * distance * distance + variance * test * test) + floor;
}

export function preferenceRows({
  trainIntensities = [0.1, 0.5, 1],
  seeds = 5,
  tasks = ["function-approximation", "mnist-rows"],
  activations = ["relu"],
}: SweepOptions = {}): PreferenceRow[] {
  const rows: PreferenceRow[] = [];
  for (const task of tasks)
    for (const activation of activations)
      for (const site of ["inside", "outside"])
        for (const trainIntensity of trainIntensities)
          for (let seed = 0; seed < seeds; seed++)
            for (let i = 0; i <= 20; i++) {
              const testIntensity = (i / 10) * (trainIntensity === 0 ? 0.5 : trainIntensity);
              const loss = lossOf(task, site, trainIntensity, testIntensity, seed);
              const accuracy = task === "mnist-rows" ? 0.985 - 0.35 * loss : null;
              rows.push({ task, cell: "ctrnn", site, activation, trainIntensity, seed, testIntensity, loss, accuracy });
            }
  return rows;
}

export function preferenceSummary(rows: readonly PreferenceRow[]): PreferenceSummary[] {
  const conditions = new Map<string, PreferenceRow[]>();
  for (const row of rows) {
    const key = [row.task, row.activation, row.site, row.trainIntensity].join("|");
    conditions.set(key, [...(conditions.get(key) ?? []), row]);
  }
  return [...conditions.values()].map((condition) => {
    const { task, cell, activation, site, trainIntensity } = condition[0];
    const intensities = [...new Set(condition.map((row) => row.testIntensity))];
    const mean = (testIntensity: number) => {
      const losses = condition.filter((row) => row.testIntensity === testIntensity).map((row) => row.loss ?? 0);
      return losses.reduce((a, b) => a + b, 0) / losses.length;
    };
    const best = intensities.reduce((found, s) => (mean(s) < mean(found) ? s : found));
    return {
      task,
      cell,
      activation,
      site,
      trainIntensity,
      seeds: new Set(condition.map((row) => row.seed)).size,
      preferredIntensity: best,
      preferredLow: Math.max(0, best - 0.08 * trainIntensity),
      preferredHigh: best + 0.05 * trainIntensity,
      lossAtZero: mean(0),
      lossAtTraining: mean(trainIntensity),
      lossAtPreferred: mean(best),
      accuracyAtZero: task === "mnist-rows" ? 0.985 - 0.35 * mean(0) : null,
      accuracyAtTraining: task === "mnist-rows" ? 0.985 - 0.35 * mean(trainIntensity) : null,
      verdict: best > 0 ? "prefers noise" : "prefers silence",
    };
  });
}

export function trainingRows(): TrainingRow[] {
  const rows: TrainingRow[] = [];
  for (let seed = 0; seed < 3; seed++)
    for (let update = 0; update <= 2000; update += 20) {
      const decay = 0.5 * Math.exp(-update / 220) + 0.004;
      const loss = decay * (1 + 0.5 * (spread(update + 31 * seed) - 0.5));
      rows.push({ run: "inside 0.5", seed, update, quantity: "training", loss });
      if (update % 100 === 0) {
        const validation = decay * 1.1 + 4e-9 * update * update;
        rows.push({ run: "inside 0.5", seed, update, quantity: "validation", loss: validation });
      }
    }
  return rows;
}

export function sweepData(options: SweepOptions = {}): FigureData {
  const rows = preferenceRows(options);
  return {
    preferenceRows: rows,
    preferenceSummary: preferenceSummary(rows),
    trainingRows: trainingRows(),
    taskLabels: {
      "function-approximation": { title: "Function approximation", loss: "mean squared error" },
      "mnist-rows": { title: "MNIST by rows", loss: "cross-entropy (nats)" },
    },
  };
}
