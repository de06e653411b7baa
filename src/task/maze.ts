import { integers, stream, uniforms } from "../core/random.ts";
import type { Environment, Split, Task, TaskDefinition, TrialBatch } from "./contract.ts";
import { type Course, play, type Start } from "./maze/course.ts";
import { perfectMaze, routesTo, sides } from "./maze/labyrinth.ts";
import { checkInteger, checkNumber, optionError, seedBounds, withDefaults } from "./options.ts";
import { defaultStep } from "./trial.ts";

export type MazeOptions = {
  /** Cells along a side of the maze, >= 2. */
  readonly size: number;
  /** Which maze. */
  readonly mazeSeed: number;
  /** Whether the input says the position; if not, every trial begins in the cell farthest from the goal. */
  readonly position: boolean;
  /** Steps of a training trial, >= 1. */
  readonly stepCount: number;
  /** Steps of a validation or test trial, >= 1. */
  readonly testSteps: number;
  /** Length of a step at full speed in cells, in (0, 1]. */
  readonly stepLength: number;
  /** Largest distance of a start from the middle of its cell along each axis, in cells, in [0, 0.5). */
  readonly startSpread: number;
  /** Share of the training trials that the network's own output moves, in [0, 1]; the expert moves the others. */
  readonly ownMotion: number;
  /** A trial is solved in time within this multiple of the expert's steps, >= 1; null: within its steps. */
  readonly timeLimit: number | null;
  /** Duration of a step in ms, > 0. */
  readonly dt: number;
};

const name = "maze";
const drawStreams = {
  train: stream("task-trials", 0),
  validation: stream("task-trials", 1),
  test: stream("task-trials", 2),
} as const satisfies Record<Split, number>;
const cellSite = 1;

const defaults: MazeOptions = {
  size: 5,
  mazeSeed: 1, // the longest way, 13 cells, fits into 60 steps
  position: true,
  stepCount: 60,
  testSteps: 120,
  stepLength: 0.25,
  startSpread: 0.3,
  ownMotion: 0.5,
  timeLimit: null,
  dt: defaultStep,
};

/**
 * The network walks through a maze to its goal: its output is its velocity, its input where that has led it.
 *
 *     p_{t+1} = p_t + stepLength v_t,  each axis only where no wall is in the way,  |v_t| <= 1
 *     ground truth z_t = unit vector from p_t to the middle of the next cell on the shortest way to the goal
 *
 * | | |
 * | --- | --- |
 * | maze | one perfect maze for all trials (`perfectMaze`); goal: the cell at the upper right |
 * | periods | `navigate`: the whole trial; steps count, with weight 1, until the goal is reached |
 * | inputs | `x`, `y`: position scaled to [-1, 1] (with `position`); `east`, `north`, `west`, `south`: 0.5 where the cell is open at that side, -0.5 where there is a wall |
 * | outputs | `vx`, `vy`: velocity; longer ones are shortened to 1 |
 * | start | any cell but the goal, off its middle by U(-startSpread, startSpread) along each axis; without `position` the cell farthest from the goal |
 * | motion | of the training trials the share `ownMotion` is moved by the network, the others by the expert, who walks by the ground truth; validation and test trials by the network |
 * | outcomes | `success`: the goal is reached within the trial; `steps`: until then, or all |
 * | solved | the goal is reached within `timeLimit` times the steps that the expert takes |
 * | conditions | `startX`, `startY` in cells; `expertSteps`; `own`: 1 where the network moves the trial |
 * | splits | trial i draws its start from (seed, split, i) |
 *
 * `batch` shows the trials as the expert walks them.
 *
 * The published maze, sensing, actions, training and score are not known; these are ours. Source: named in eckstein2026.
 */
export const maze: TaskDefinition<MazeOptions> = {
  name,
  summary: "The network walks through a maze to its goal, in a closed loop.",
  references: ["eckstein2026"],
  defaults,
  create: async (given) => create(withDefaults(name, defaults, given)),
};

function create(options: MazeOptions): Task {
  checkOptions(options);
  const { size, mazeSeed, position, stepCount, testSteps, stepLength, startSpread, ownMotion, timeLimit, dt } = options;
  const goal = size * size - 1;
  const labyrinth = perfectMaze(size, mazeSeed);
  const routes = routesTo(labyrinth, goal);
  const farthest = routes.distance.indexOf(Math.max(...routes.distance));
  const courseOf = (split: Split): Course => ({
    maze: labyrinth,
    routes,
    goal,
    stepCount: split === "train" ? stepCount : testSteps,
    stepLength,
    position,
  });
  const pair = new Float64Array(2);
  const one = new Uint32Array(1);

  const startOf = (split: Split, trial: number, seed: number, isOwn: boolean): Start => {
    const key = { seed, stream: drawStreams[split] };
    const [cell] = position ? integers(one, goal, key, { trial, site: cellSite }) : [farthest];
    const [a, b] = uniforms(pair, key, { trial });
    const off = (share: number): number => 0.5 + startSpread * (2 * share - 1);
    return { x: (cell % size) + off(a), y: Math.floor(cell / size) + off(b), isOwn };
  };
  // Spread evenly over the trials, so that every batch has its share.
  const isOwn = (split: Split, trial: number): boolean =>
    split !== "train" || Math.floor((trial + 1) * ownMotion) > Math.floor(trial * ownMotion);

  const environment = (split: Split, indices: Uint32Array, seed: number): Environment =>
    play(
      courseOf(split),
      indices,
      Array.from(indices, (trial) => startOf(split, trial, seed, isOwn(split, trial))),
    );
  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const course = courseOf(split);
    const expert = play(
      course,
      indices,
      Array.from(indices, (trial) => startOf(split, trial, seed, false)),
    );
    for (let step = 0; step < course.stepCount; step++) {
      expert.observe();
      expert.act([]);
    }
    return expert.played();
  };

  const axes = ["x", "y"];
  const positions = axes.map((axis) => ({ name: axis, meaning: `position in ${axis}, -1 to 1` }));
  const longest = Math.max(stepCount, testSteps);
  return {
    name,
    options,
    inputSize: position ? 6 : 4,
    outputSize: 2,
    stepCount: longest,
    dt,
    loss: "mean-squared-error",
    inputs: [
      ...(position ? positions : []),
      ...sides.map((side) => ({ name: side.name, meaning: `0.5: open to the ${side.name}, -0.5: a wall` })),
    ],
    outputs: axes.map((axis) => ({ name: `v${axis}`, meaning: `velocity in ${axis}, 1 is full speed` })),
    periods: [{ name: "navigate", start: 0, end: longest * dt }],
    trialCount: () => Number.POSITIVE_INFINITY,
    batch,
    environment,
    judge: {
      meaning: `the goal is reached${timeLimit === null ? "" : ` within ${timeLimit} times the steps of the expert`}`,
      solved: (_, { outcomes, conditions }) =>
        Uint8Array.from(outcomes?.success ?? [], (success, trial) => {
          const allowed = timeLimit === null ? Number.POSITIVE_INFINITY : timeLimit * conditions.expertSteps[trial];
          return success * Number((outcomes?.steps[trial] ?? 0) <= allowed);
        }),
    },
    outcomes: [
      { name: "success", meaning: "the goal is reached within the trial" },
      { name: "steps", meaning: "steps until the goal is reached, or all steps of the trial" },
    ],
  };
}

function checkOptions(options: MazeOptions): void {
  const { size, mazeSeed, position, stepCount, testSteps, stepLength, startSpread, ownMotion, timeLimit, dt } = options;
  checkInteger(name, "size", size, { from: 2, to: 100, remedy: "5 is the default" });
  checkInteger(name, "mazeSeed", mazeSeed, { ...seedBounds, remedy: "1 is the default" });
  if (typeof position !== "boolean") {
    throw optionError(name, "position", "must be true or false", position, "true is the default");
  }
  checkInteger(name, "stepCount", stepCount, { from: 1, to: 100_000, remedy: "60 is the default" });
  checkInteger(name, "testSteps", testSteps, { from: 1, to: 100_000, remedy: "120 is the default" });
  if (!isWithin(stepLength, 0, 1) || stepLength === 0) {
    throw optionError(name, "stepLength", "must be a number of cells in (0, 1]", stepLength, "0.25 is the default");
  }
  checkNumber(name, "startSpread", startSpread, { from: 0, to: 0.5, remedy: "0.3 is the default" });
  if (!isWithin(ownMotion, 0, 1)) {
    throw optionError(name, "ownMotion", "must be a number in [0, 1]", ownMotion, "0.5 is the default");
  }
  if (timeLimit !== null && !isWithin(timeLimit, 1, Number.MAX_VALUE)) {
    throw optionError(name, "timeLimit", "must be a number >= 1 or null", timeLimit, "null is the default");
  }
  if (!(isWithin(dt, 0, Number.MAX_VALUE) && dt > 0)) {
    throw optionError(name, "dt", "must be a number of ms > 0", dt, "20 is the default");
  }
}

function isWithin(value: unknown, from: number, to: number): value is number {
  return typeof value === "number" && value >= from && value <= to;
}
