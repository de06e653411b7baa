/** A complete run that nobody had to train: its specification is real, its numbers follow a rule. */
import type { CompleteRun } from "../../src/study/export/complete-run.ts";
import { resolvedRun } from "../../src/study/input.ts";
import type { RunRecord } from "../../src/study/record.ts";
import { runFormat, runId, runTitle } from "../../src/study/spec.ts";
import { taskLoader } from "../../src/study/tasks.ts";

const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});

/** @param rows of the training history: update k has loss 1 / (k + 1) */
export async function completeRun(rows: number, seed = 3, change: Partial<RunRecord> = {}): Promise<CompleteRun> {
  const spec = await resolvedRun({
    input: {
      task: { name: "function-approximation", stepCount: 6 },
      network: { hiddenSize: 3, noise: [{ site: "inside", intensity: 0.5 }] },
      training: { updates: rows, batchSize: 3, historyEvery: 1 },
      evaluation: { trials: 5, repeats: 2, intensities: [0, 0.3 * 0.7, 1e-9, 1.5] },
      precision: "float64",
      seed,
    },
    place: "run",
    loadTask,
    backend: "reference",
  });
  const training = Array.from({ length: rows }, (_, update) => ({
    update,
    loss: 1 / (update + 1),
    activity: 0.25,
    gradientNorm: update === 2 ? Number.POSITIVE_INFINITY : update,
    learningRate: 0.003,
  }));
  const sweep = spec.evaluation!.intensities.map((testIntensity) => ({
    seed,
    testIntensity,
    loss: 1 + testIntensity,
    accuracy: null,
    biasSquared: 0.5,
    variance: Number.NaN,
    lossPerRepeat: [1, 2],
  }));
  const record: RunRecord = {
    format: runFormat,
    id: runId(spec),
    title: runTitle(spec),
    outcome: { kind: "completed", update: rows },
    software: { version: "0.1.0", fingerprint: "1f2e", variant: "none" },
    machine: { host: "here" },
    threads: 1,
    finishedAt: "2026-01-02T03:04:05.678Z",
    resumedFrom: null,
    seconds: 60.5,
    parameterCount: 19,
    references: [],
    files: {},
    ...change,
  };
  return { spec, record, metrics: { history: { training, validation: [] }, sweep } };
}
