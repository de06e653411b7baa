/** Two tasks small enough to compute by hand: follow a leaky integral, and tell its sign. */
import { normals, stream } from "../../src/core/random.ts";
import type { Split, Task, TrialBatch } from "../../src/task/contract.ts";

const splitCode = { train: 0, validation: 1, test: 2 } as const satisfies Record<Split, number>;
const stepCount = 6;

/** Target: y_t = 0.8 y_{t-1} + 0.4 u_t; the first two steps do not count. */
export const followTask = smallTask("follow", "mean-squared-error", 1);

/** Class 1 when y is above 0 at the last step, which alone counts. */
export const signTask = smallTask("sign", "cross-entropy", 2);

function smallTask(name: string, loss: Task["loss"], outputSize: number): Task {
  return {
    name,
    options: { leak: 0.8 },
    inputSize: 1,
    outputSize,
    stepCount,
    dt: 10,
    loss,
    inputs: [{ name: "u", meaning: "white signal" }],
    outputs: Array.from({ length: outputSize }, (_, i) => ({ name: `z${i}`, meaning: "answer" })),
    periods: [{ name: "stimulus", start: 0, end: 10 * stepCount }],
    trialCount: (split) => (split === "train" ? Number.POSITIVE_INFINITY : 40),
    batch: (split, indices, seed) => trials(split, indices, seed, loss, outputSize),
  };
}

function trials(split: Split, indices: Uint32Array, seed: number, loss: Task["loss"], outputSize: number): TrialBatch {
  const batchSize = indices.length;
  const input = new Float32Array(batchSize * stepCount);
  const values = new Float32Array(batchSize * stepCount * outputSize);
  const classes = new Int32Array(batchSize * stepCount);
  const mask = new Float32Array(batchSize * stepCount);
  const key = { seed, stream: stream("task-trials", splitCode[split]) };
  const isValue = loss === "mean-squared-error";
  for (let b = 0; b < batchSize; b++) {
    input.set(normals(new Float32Array(stepCount), key, { trial: indices[b] }), b * stepCount);
    let y = 0;
    for (let t = 0; t < stepCount; t++) {
      y = 0.8 * y + 0.4 * input[b * stepCount + t];
      if (isValue) values[b * stepCount + t] = y;
      classes[b * stepCount + t] = y > 0 ? 1 : 0;
      mask[b * stepCount + t] = isValue ? Number(t >= 2) : Number(t === stepCount - 1);
    }
  }
  return {
    batchSize,
    stepCount,
    inputSize: 1,
    outputSize,
    input,
    target: isValue ? { kind: "values", values } : { kind: "classes", classes },
    mask,
    trials: indices,
    conditions: {},
  };
}
