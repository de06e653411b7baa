import type { Task, TaskDefinition, TaskResources } from "./contract.ts";
import { checkPixelsPerStep, digitsTask, officialTest, officialTrain } from "./mnist/digits.ts";
import { checkInteger, seedBounds, withDefaults } from "./options.ts";
import { shuffledRows } from "./sequences.ts";

export type MnistRowsOptions = {
  /** Pixels shown at each step, a divisor of 784: 28 shows row by row, 1 pixel by pixel. */
  readonly pixelsPerStep: number;
  /** Training trials, 1..58000: the first ones of the fixed order. */
  readonly limitTrain: number;
  /** Test trials, 1..10000: the first ones of the fixed order. */
  readonly limitTest: number;
  /** Seed of the fixed order that makes training and validation out of 60000 and picks limited trials. */
  readonly splitSeed: number;
};

const name = "mnist-rows";
const validationCount = 2_000;
const trainCount = officialTrain - validationCount;

const defaults: MnistRowsOptions = { pixelsPerStep: 28, limitTrain: trainCount, limitTest: officialTest, splitSeed: 0 };

/**
 * A handwritten digit, shown row by row, must be named at the last step.
 *
 * | | |
 * | --- | --- |
 * | periods | `sequence`: 784 / `pixelsPerStep` steps; only the last one counts |
 * | inputs | `pixelsPerStep` pixels in [0, 1] (value / 255), in reading order, not centred |
 * | outputs | one score per digit 0..9 |
 * | conditions | `row`: 0..59999 of the training file, from 60000 on of the test file; `label`: the digit |
 * | splits | train 58000, validation 2000 (the 60000 in a fixed random order), test 10000 (in a fixed random order) |
 *
 * The test file's halves come from different groups of writers, hence the random order also there: `limitTest` then
 * takes a fair sample.
 * A step is called 20 ms; the data have no time of their own. The trials are those of `mnist-sequential` with
 * `pixelsPerStep: 28`, under the name and the options that stored runs have.
 * Source: data lecun1998; the 58000 / 2000 split follows erichson2021 (its own random order is another one).
 */
export const mnistRows: TaskDefinition<MnistRowsOptions> = {
  name,
  summary: "A handwritten digit, shown row by row, must be named at the last step.",
  references: ["lecun1998"],
  defaults,
  dataset: "mnist",
  create: async (given, resources) => create(withDefaults(name, defaults, given), resources),
};

async function create(options: MnistRowsOptions, resources: TaskResources): Promise<Task> {
  const { pixelsPerStep, limitTrain, limitTest, splitSeed } = options;
  checkPixelsPerStep(name, pixelsPerStep);
  checkInteger(name, "limitTrain", limitTrain, { from: 1, to: trainCount, remedy: "58000 takes all" });
  checkInteger(name, "limitTest", limitTest, { from: 1, to: officialTest, remedy: "10000 takes all" });
  checkInteger(name, "splitSeed", splitSeed, seedBounds);
  const order = shuffledRows(0, officialTrain, splitSeed, 0);
  const rows = {
    train: order.subarray(0, limitTrain),
    validation: order.subarray(trainCount),
    test: shuffledRows(officialTrain, officialTest, splitSeed, 1).subarray(0, limitTest),
  };
  return digitsTask({ name, options, pixelsPerStep, order: undefined, white: 1, rows }, resources);
}
