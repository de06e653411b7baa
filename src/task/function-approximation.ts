import { stream, uniforms } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { Split, Task, TaskDefinition } from "./contract.ts";
import { checkInteger, checkNumber, optionError, withDefaults } from "./options.ts";
import { targetFunctions } from "./target-functions.ts";
import { defaultStep, trialTask, wholeTrial } from "./trial.ts";

export type FunctionApproximationOptions = {
  /** Name in `targetFunctions`. */
  readonly target: string;
  /** Steps of a trial, >= 1. */
  readonly stepCount: number;
  /** Duration of a step in ms, > 0. */
  readonly dt: number;
  /** Share of the trial that passes before the output counts, in [0, 1); rounded down to whole steps. */
  readonly scoredFrom: number;
  /** Points of the test split, equally spaced over [-1, 1], >= 2. */
  readonly testPoints: number;
};

const name = "function-approximation";
const drawStreams = { train: stream("task-trials", 0), validation: stream("task-trials", 1) } as const;

const defaults: FunctionApproximationOptions = {
  target: "sin-pi",
  stepCount: 30,
  dt: defaultStep,
  scoredFrom: 0.5,
  testPoints: 41,
};

/**
 * A scalar, held constant, must come out as a function of itself.
 *
 *     input u(t) = u,  u ~ U(-1, 1);   ground truth z(t) = f(u);   counted from the period "respond" on
 *
 * | | |
 * | --- | --- |
 * | periods | `settle`, `scoredFrom` of the trial, output free; `respond`, the rest, output counted with weight 1 |
 * | input | `u`: the scalar, rounded to float32, constant over the whole trial |
 * | output | `z`: f(u) at every step |
 * | conditions | `u` |
 * | splits | train and validation: trial i draws its own u; test: point i mod `testPoints` of the equally spaced ones |
 *
 * The published task's function, range and durations are not known; these defaults are ours.
 * Source: the task is named in eckstein2026.
 */
export const functionApproximation: TaskDefinition<FunctionApproximationOptions> = {
  name,
  summary: "A scalar held constant must come out as a function of itself.",
  references: ["eckstein2026"],
  defaults,
  create: async (given) => create(withDefaults(name, defaults, given)),
};

function create(options: FunctionApproximationOptions): Task {
  const { target, stepCount, dt, scoredFrom, testPoints } = options;
  if (!targetFunctions.has(target)) {
    throw unknownName(targetFunctions.kind, String(target), targetFunctions.names, `task ${name}`);
  }
  const { value, formula } = targetFunctions.get(target);
  checkInteger(name, "stepCount", stepCount, { from: 1, to: 100_000, remedy: "30 is the default" });
  checkInteger(name, "testPoints", testPoints, { from: 2, to: 1_000_000, remedy: "41 is the default" });
  checkNumber(name, "scoredFrom", scoredFrom, { from: 0, to: 1, remedy: "0.5 counts the last half" });
  if (!(Number.isFinite(dt) && dt > 0))
    throw optionError(name, "dt", "must be a number of ms > 0", dt, "20 is the default");
  // The small number keeps products such as 0.29 * 100 from falling below their integer.
  const settleSteps = Math.min(stepCount - 1, Math.floor(scoredFrom * stepCount + 1e-9));
  const one = new Float64Array(1);
  return trialTask({
    name,
    options,
    dt,
    periods: [
      { name: "settle", duration: settleSteps * dt },
      { name: "respond", duration: (stepCount - settleSteps) * dt },
    ],
    inputs: [{ name: "u", meaning: "the scalar" }],
    outputs: [{ name: "z", meaning: formula }],
    conditions: ["u"],
    trialCount: (split) => (split === "test" ? testPoints : Number.POSITIVE_INFINITY),
    draw: (split, index, seed) => ({ u: Math.fround(scalar(split, index, seed)) }),
    paint: (canvas, { u }) => {
      canvas.input("u", wholeTrial, u);
      canvas.groundTruth("z", wholeTrial, value(u));
      canvas.mask("respond", 1);
    },
  });

  function scalar(split: Split, index: number, seed: number): number {
    if (split === "test") return -1 + (2 * (index % testPoints)) / (testPoints - 1);
    return 2 * uniforms(one, { seed, stream: drawStreams[split] }, { trial: index })[0] - 1;
  }
}
