/** A closed loop small enough for every test: push a point to 0. */
import { normals, stream } from "../../src/core/random.ts";
import type { Split, Task, TrialBatch } from "../../src/task/contract.ts";

const splitCode = { train: 0, validation: 1, test: 2 } as const satisfies Record<Split, number>;
const [gain, dt] = [0.4, 10];

/**
 * x_0 ~ N(0, 1), x_{t+1} = x_t + 0.4 z_t; the input is x_t, and the output should be -x_t.
 *
 * Parts are the sides that trials begin on; solved is |x| < 0.5 at the end.
 */
export const pushTask: Task = pushTaskOf(6);

export function pushTaskOf(stepCount: number): Task {
  return {
    name: "push",
    options: { gain, stepCount },
    inputSize: 1,
    outputSize: 1,
    stepCount,
    dt,
    loss: "mean-squared-error",
    inputs: [{ name: "x", meaning: "where the point is" }],
    outputs: [{ name: "z", meaning: "push" }],
    periods: [{ name: "push", start: 0, end: dt * stepCount }],
    parts: ["left", "right", "nowhere"],
    judge: {
      meaning: "the point ends within 0.5 of 0",
      solved: (_output, { outcomes }) => Uint8Array.from(outcomes?.distance ?? [], (x) => Number(x < 0.5)),
    },
    outcomes: [
      { name: "distance", meaning: "from 0 at the end" },
      { name: "work", meaning: "sum of squared pushes" },
    ],
    trialCount: (split) => (split === "train" ? Number.POSITIVE_INFINITY : 40),
    batch: (split, indices, seed) => {
      const expert = push(split, indices, seed, stepCount);
      for (let step = 0; step < stepCount; step++) expert.act(expert.observe().map((x) => -x));
      return expert.played();
    },
    environment: (split, indices, seed) => push(split, indices, seed, stepCount),
  };
}

function push(split: Split, indices: Uint32Array, seed: number, stepCount: number) {
  const batchSize = indices.length;
  const key = { seed, stream: stream("task-trials", splitCode[split]) };
  const x = Float32Array.from(indices, (trial) => normals(new Float32Array(1), key, { trial })[0]);
  const parts = Uint16Array.from(x, (start) => (start < 0 ? 0 : 1));
  const input = new Float32Array(batchSize * stepCount);
  const work = new Float64Array(batchSize);
  let step = 0;
  return {
    stepCount,
    observe(): Float32Array {
      for (let row = 0; row < batchSize; row++) input[row * stepCount + step] = x[row];
      return x.slice();
    },
    act(output: ArrayLike<number>): void {
      for (let row = 0; row < batchSize; row++) {
        x[row] += gain * output[row];
        work[row] += output[row] ** 2;
      }
      step++;
    },
    played: (): TrialBatch => ({
      batchSize,
      stepCount,
      inputSize: 1,
      outputSize: 1,
      input,
      target: { kind: "values", values: input.map((at) => -at) },
      mask: new Float32Array(batchSize * stepCount).fill(1),
      trials: indices,
      conditions: {},
      parts,
      outcomes: { distance: Float64Array.from(x, Math.abs), work },
    }),
  };
}
