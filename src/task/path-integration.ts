import { type RandomKey, stream } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { Split, Task, TaskDefinition, TrialBatch } from "./contract.ts";
import { checkInteger, optionError, withDefaults } from "./options.ts";
import { type WalkOptions, walks } from "./path-integration/walks.ts";
import { defaultStep } from "./trial.ts";

export type PathIntegrationOptions = {
  /** Name in `walks`. */
  readonly walk: string;
  /** Side of the box in the walk's unit, > 0; null: the walk's own. */
  readonly side: number | null;
  /** Top speed (random) or scale of the Rayleigh law (rodent) of a step, > 0, <= side / 2; null: the walk's own. */
  readonly speed: number | null;
  /** Standard deviation of the turn of a step in rad, >= 0; null: the walk's own. */
  readonly turnDeviation: number | null;
  /** Steps of a trial, >= 1. */
  readonly stepCount: number;
  /** Duration of a step in ms, > 0. */
  readonly dt: number;
};

const name = "path-integration";
const drawStreams = {
  train: stream("task-trials", 0),
  validation: stream("task-trials", 1),
  test: stream("task-trials", 2),
} as const satisfies Record<Split, number>;

const defaults: PathIntegrationOptions = {
  walk: "random",
  side: null,
  speed: null,
  turnDeviation: null,
  stepCount: 60,
  dt: defaultStep,
};

/**
 * From velocities in a square box the position must be told at every step.
 *
 *     p_0 = 0;   p_t = p_{t-1} + v_t;   input u_t = v_t / m;   ground truth z_t = p_t
 *
 * | | |
 * | --- | --- |
 * | periods | `walk`: the whole trial; every step counts, with weight 1 |
 * | inputs | `vx`, `vy`: velocity of the step in units of m, the walk's mean speed, rounded to float32 |
 * | outputs | `x`, `y`: position after the step in the walk's unit, from the middle of the box |
 * | conditions | `endX`, `endY`: the last position |
 * | splits | trial i of each split walks on random numbers of (seed, split, i) |
 *
 * Positions are sums, in float64, of the velocities as the network sees them, times m: to float32 they follow from the
 * inputs exactly.
 *
 * The published task is not known beyond that it is path integration in two dimensions; the walks and their numbers say
 * where they are from. Source: named in eckstein2026; sorscher2019 for the walk "rodent".
 */
export const pathIntegration: TaskDefinition<PathIntegrationOptions> = {
  name,
  summary: "From velocities in a square box the position must be told at every step.",
  references: ["eckstein2026", "sorscher2019"],
  defaults,
  create: async (given) => create(withDefaults(name, defaults, given)),
};

function create(given: PathIntegrationOptions): Task {
  if (!walks.has(given.walk)) throw unknownName(walks.kind, String(given.walk), walks.names, `task ${name}`);
  const walk = walks.get(given.walk);
  const walkOptions: WalkOptions = {
    side: given.side ?? walk.defaults.side,
    speed: given.speed ?? walk.defaults.speed,
    turnDeviation: given.turnDeviation ?? walk.defaults.turnDeviation,
  };
  const options = { ...given, ...walkOptions };
  checkOptions(options);
  const { stepCount, dt } = options;
  const unitSpeed = walkOptions.speed * walk.meanSpeed;

  /** Paints one trial and returns where it ends. */
  const walked = (key: RandomKey, trial: number, input: Float32Array, values: Float32Array): [number, number] => {
    const next = walk.walker(walkOptions, stepCount, key, trial);
    let x = 0;
    let y = 0;
    for (let at = 0; at < 2 * stepCount; at += 2) {
      const [vx, vy] = next(x, y);
      input[at] = vx / unitSpeed;
      input[at + 1] = vy / unitSpeed;
      x += input[at] * unitSpeed;
      y += input[at + 1] * unitSpeed;
      values[at] = x;
      values[at + 1] = y;
    }
    return [x, y];
  };

  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const batchSize = indices.length;
    const input = new Float32Array(batchSize * stepCount * 2);
    const values = new Float32Array(batchSize * stepCount * 2);
    const endX = new Float64Array(batchSize);
    const endY = new Float64Array(batchSize);
    for (const [row, trial] of indices.entries()) {
      const from = row * stepCount * 2;
      const to = from + stepCount * 2;
      const key = { seed, stream: drawStreams[split] };
      [endX[row], endY[row]] = walked(key, trial, input.subarray(from, to), values.subarray(from, to));
    }
    return {
      batchSize,
      stepCount,
      inputSize: 2,
      outputSize: 2,
      input,
      target: { kind: "values", values },
      mask: new Float32Array(batchSize * stepCount).fill(1),
      trials: indices.slice(),
      conditions: { endX, endY },
    };
  };

  return {
    name,
    options,
    inputSize: 2,
    outputSize: 2,
    stepCount,
    dt,
    loss: "mean-squared-error",
    inputs: ["x", "y"].map((axis) => ({
      name: `v${axis}`,
      meaning: `velocity in ${axis}, in units of the mean speed`,
    })),
    outputs: ["x", "y"].map((axis) => ({ name: axis, meaning: `position in ${axis}, unit: ${walk.unit}` })),
    periods: [{ name: "walk", start: 0, end: stepCount * dt }],
    trialCount: () => Number.POSITIVE_INFINITY,
    batch,
  };
}

function checkOptions({ side, speed, turnDeviation, stepCount, dt }: WalkOptions & PathIntegrationOptions): void {
  const own = "null takes the walk's own";
  if (!isNumber(side) || side <= 0) throw optionError(name, "side", "must be a number > 0", side, own);
  if (!isNumber(speed) || speed <= 0 || speed > side / 2) {
    throw optionError(name, "speed", `must be a number in (0, ${side / 2}], half the side of the box`, speed, own);
  }
  if (!isNumber(turnDeviation) || turnDeviation < 0) {
    throw optionError(name, "turnDeviation", "must be a number of rad >= 0", turnDeviation, own);
  }
  checkInteger(name, "stepCount", stepCount, { from: 1, to: 100_000, remedy: "60 is the default" });
  if (!isNumber(dt) || dt <= 0) throw optionError(name, "dt", "must be a number of ms > 0", dt, "20 is the default");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
