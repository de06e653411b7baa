import { normals, stream, uniforms } from "../core/random.ts";
import type { Split, Task, TaskDefinition } from "./contract.ts";
import { checkInteger, checkNumber, optionError, withDefaults } from "./options.ts";
import { defaultStep, trialTask, wholeTrial } from "./trial.ts";

export type RegulatorOptions = {
  /** What the output is to be held at. */
  readonly target: number;
  /** Standard deviation of the kick at each step, >= 0. */
  readonly kickDeviation: number;
  /** Steps of a trial, >= 1. */
  readonly stepCount: number;
  /** Share of the trial that passes before the output counts, in [0, 1); rounded down to whole steps. */
  readonly scoredFrom: number;
  /** Duration of a step in ms, > 0. */
  readonly dt: number;
};

const name = "regulator";
const drawStreams = {
  train: stream("task-trials", 0),
  validation: stream("task-trials", 1),
  test: stream("task-trials", 2),
} as const satisfies Record<Split, number>;
const kickSite = 1;

const defaults: RegulatorOptions = { target: 0.2, kickDeviation: 0, stepCount: 200, scoredFrom: 0.5, dt: defaultStep };

/**
 * The output must be brought to a constant and held there, from wherever the state begins.
 *
 *     h_0 ~ U(0, 2 target);   input k_t ~ N(0, kickDeviation^2);   ground truth z_t = target, counted from "hold" on
 *
 * | | |
 * | --- | --- |
 * | periods | `settle`, `scoredFrom` of the trial, output free (absent when it has no step); `hold`, the rest, weight 1 |
 * | input | `kick`: a fresh normal number at every step; 0 throughout without kicks |
 * | output | `z`: the target at every step |
 * | initial state | every unit of the cell's first state at h_0, rounded to float32 |
 * | conditions | `start`: h_0 |
 * | splits | trial i of each split draws its own h_0 and kicks from (seed, split, i) |
 *
 * What is regulated is the network's business. With one unit, wOut frozen at 1 and bOut frozen at 0, it is the unit's own
 * state, and the error of the stationary state is (m - target)^2 + V; with bOut trained, the state may move to where its
 * noise is least; with `target: 0`, kicks and a plant as the cell, it is the plant's state, and without an input that says
 * the target, h_0 is 0.
 *
 * The published task is known by its name; plant, target and durations are ours. Source: named in eckstein2026.
 */
export const regulator: TaskDefinition<RegulatorOptions> = {
  name,
  summary: "The output must be brought to a constant and held there.",
  references: ["eckstein2026"],
  defaults,
  create: async (given) => create(withDefaults(name, defaults, given)),
};

function create(options: RegulatorOptions): Task {
  const { target, kickDeviation, stepCount, scoredFrom, dt } = options;
  if (typeof target !== "number" || !Number.isFinite(Math.fround(target))) {
    throw optionError(name, "target", "must be a finite number", target, "0.2 is the default");
  }
  checkNumber(name, "kickDeviation", kickDeviation, { from: 0, to: 1e6, remedy: "0 gives no kicks" });
  checkInteger(name, "stepCount", stepCount, { from: 1, to: 100_000, remedy: "200 is the default" });
  checkNumber(name, "scoredFrom", scoredFrom, { from: 0, to: 1, remedy: "0.5 counts the last half" });
  if (!(Number.isFinite(dt) && dt > 0))
    throw optionError(name, "dt", "must be a number of ms > 0", dt, "20 is the default");
  // The small number keeps products such as 0.29 * 100 from falling below their integer.
  const settleSteps = Math.min(stepCount - 1, Math.floor(scoredFrom * stepCount + 1e-9));
  const settle = settleSteps === 0 ? [] : [{ name: "settle", duration: settleSteps * dt }];
  const one = new Float64Array(1);
  const task = trialTask({
    name,
    options,
    dt,
    periods: [...settle, { name: "hold", duration: (stepCount - settleSteps) * dt }],
    inputs: [{ name: "kick", meaning: kickDeviation === 0 ? "0: there are no kicks" : "what is added to the plant" }],
    outputs: [{ name: "z", meaning: `to be held at ${target}` }],
    conditions: ["start"],
    trialCount: () => Number.POSITIVE_INFINITY,
    draw: (split, trial, seed) => {
      const [share] = uniforms(one, { seed, stream: drawStreams[split] }, { trial });
      return { start: Math.fround(2 * target * share) };
    },
    paint: (canvas) => {
      canvas.groundTruth("z", wholeTrial, target);
      canvas.mask("hold", 1);
    },
  });
  return {
    ...task,
    batch: (split, indices, seed) => {
      const batch = task.batch(split, indices, seed);
      if (kickDeviation > 0) {
        for (const [row, trial] of indices.entries()) {
          const kicks = batch.input.subarray(row * stepCount, (row + 1) * stepCount);
          normals(kicks, { seed, stream: drawStreams[split] }, { trial, site: kickSite });
          for (let step = 0; step < stepCount; step++) kicks[step] *= kickDeviation;
        }
      }
      return { ...batch, initialState: Float32Array.from(batch.conditions.start) };
    },
  };
}
