import { ParameterError } from "../core/errors.ts";
import { stream, uniforms } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { Split, Task, TaskDefinition, TaskResources } from "./contract.ts";
import { checkInteger, checkNumber, optionError, withDefaults } from "./options.ts";
import { expressionNames, hasExpressionNames, targetExpression } from "./target-function/expression.ts";
import { targetFunctions } from "./target-function/named.ts";
import { tabulatedTarget } from "./target-function/table.ts";
import { defaultStep, trialTask, wholeTrial } from "./trial.ts";

export type FunctionApproximationOptions = {
  /** Name in `targetFunctions`, or an expression in u; null with `targetTable`. */
  readonly target: string | null;
  /** A file with the columns u and z, points of the function (.csv, .tsv, .npz, ...); null: there is none. */
  readonly targetTable: string | null;
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
  targetTable: null,
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
 * | periods | `settle`, `scoredFrom` of the trial, output free (absent when it has no step); `respond`, the rest, output counted with weight 1 |
 * | input | `u`: the scalar, rounded to float32, constant over the whole trial |
 * | output | `z`: f(u) at every step |
 * | conditions | `u` |
 * | splits | train and validation: trial i draws its own u; test: point i mod `testPoints` of the equally spaced ones |
 *
 * f is one of `targetFunctions`, an expression (`targetExpression`) or a table (`tabulatedTarget`).
 *
 * @throws ParameterError for an expression that breaks a rule, and for a function that is not finite somewhere on [-1, 1]:
 *   checked at 20001 equally spaced u, at the test points, and at every u that is drawn
 *
 * The published task's function, range and durations are not known; these defaults are ours.
 * Source: the task is named in eckstein2026.
 */
export const functionApproximation: TaskDefinition<FunctionApproximationOptions> = {
  name,
  summary: "A scalar held constant must come out as a function of itself.",
  references: ["eckstein2026"],
  defaults,
  create,
};

async function create(given: Partial<FunctionApproximationOptions>, resources: TaskResources): Promise<Task> {
  // A table is the target, so the default name is none.
  const standard = given.targetTable == null ? defaults : { ...defaults, target: null };
  const options = withDefaults(name, standard, given);
  const { stepCount, dt, scoredFrom, testPoints } = options;
  checkInteger(name, "stepCount", stepCount, { from: 1, to: 100_000, remedy: "30 is the default" });
  checkInteger(name, "testPoints", testPoints, { from: 2, to: 1_000_000, remedy: "41 is the default" });
  checkNumber(name, "scoredFrom", scoredFrom, { from: 0, to: 1, remedy: "0.5 counts the last half" });
  if (!(Number.isFinite(dt) && dt > 0))
    throw optionError(name, "dt", "must be a number of ms > 0", dt, "20 is the default");
  const { value, formula } = await targetOf(options, resources);
  for (const count of [20_001, testPoints]) for (let i = 0; i < count; i++) finite(spaced(i, count));
  // The small number keeps products such as 0.29 * 100 from falling below their integer.
  const settleSteps = Math.min(stepCount - 1, Math.floor(scoredFrom * stepCount + 1e-9));
  const settle = settleSteps === 0 ? [] : [{ name: "settle", duration: settleSteps * dt }];
  const one = new Float64Array(1);
  return trialTask({
    name,
    options,
    dt,
    periods: [...settle, { name: "respond", duration: (stepCount - settleSteps) * dt }],
    inputs: [{ name: "u", meaning: "the scalar" }],
    outputs: [{ name: "z", meaning: formula }],
    conditions: ["u"],
    trialCount: (split) => (split === "test" ? testPoints : Number.POSITIVE_INFINITY),
    draw: (split, index, seed) => ({ u: scalar(split, index, seed) }),
    paint: (canvas, { u }) => {
      canvas.input("u", wholeTrial, u);
      canvas.groundTruth("z", wholeTrial, finite(u));
      canvas.mask("respond", 1);
    },
  });

  function scalar(split: Split, index: number, seed: number): number {
    if (split === "test") return spaced(index % testPoints, testPoints);
    return Math.fround(2 * uniforms(one, { seed, stream: drawStreams[split] }, { trial: index })[0] - 1);
  }

  function finite(u: number): number {
    const z = value(u);
    if (Number.isFinite(Math.fround(z))) return z;
    throw new ParameterError({
      place: `task ${name}, target`,
      rule: `must be finite on [-1, 1] in float32, got ${z} for ${formula} at u = ${u}`,
      remedy: "keep away from poles, for example with a conditional (u > 0 ? log(u) : 0) or max(u, 0.01)",
    });
  }
}

/** Point i of `count` that are equally spaced over [-1, 1], as the network sees it. */
function spaced(i: number, count: number): number {
  return Math.fround(-1 + (2 * i) / (count - 1));
}

async function targetOf(
  { target, targetTable }: FunctionApproximationOptions,
  resources: TaskResources,
): Promise<{ readonly value: (u: number) => number; readonly formula: string }> {
  if (targetTable !== null) {
    if (typeof targetTable !== "string" || targetTable === "") {
      throw optionError(name, "targetTable", "must name a file or be null", targetTable, "null is the default");
    }
    if (target !== null) {
      throw optionError(name, "target", "must be null beside targetTable", target, "leave one of the two out");
    }
    const value = tabulatedTarget(await resources.file(targetTable), targetTable);
    return { value, formula: `linear between the points of ${targetTable}` };
  }
  if (typeof target !== "string") {
    throw optionError(name, "target", "must be a name or an expression", target, '"sin-pi" is the default');
  }
  if (targetFunctions.has(target)) return targetFunctions.get(target);
  if (/^[\w-]+$/.test(target) && !hasExpressionNames(target)) {
    throw unknownName(targetFunctions.kind, target, [...targetFunctions.names, ...expressionNames], `task ${name}`);
  }
  return { value: await targetExpression(target, `task ${name}, target`), formula: target };
}
