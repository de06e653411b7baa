import type { Task, TaskDefinition, TaskResources } from "./contract.ts";
import { checkPixelsPerStep, digitsTask, officialTest, officialTrain, pixelCount } from "./mnist/digits.ts";
import { namedOrder, orderRule } from "./mnist/orders.ts";
import { checkInteger, optionError, withDefaults } from "./options.ts";
import { shuffledRows } from "./sequences.ts";

export type MnistSequentialOptions = {
  /** Pixels shown at each step, a divisor of 784: 1 shows pixel by pixel, 28 row by row. */
  readonly pixelsPerStep: number;
  /** Order of the pixels: "none" (reading order), or "seed-N", "randperm-N", "numpy-N". */
  readonly permutation: string;
  /** "unit": brightness 0 to 1; "raw": 0 to 255, as the published runs on permuted digits have it. */
  readonly scale: "unit" | "raw";
  /** Order of the 60000 official training digits, whose last ones are for validation: "seed-N", "randperm-N", "numpy-N". */
  readonly split: string;
  /** Digits for validation, 1..59999. */
  readonly validationTrials: number;
  /** Training trials: at most the first so many of their order; null takes all. */
  readonly limitTrain: number | null;
  /** Test trials, 1..10000: the first ones of a fixed order. */
  readonly limitTest: number;
};

const name = "mnist-sequential";

const defaults: MnistSequentialOptions = {
  pixelsPerStep: 1,
  permutation: "none",
  scale: "unit",
  split: "seed-0",
  validationTrials: 2_000,
  limitTrain: null,
  limitTest: officialTest,
};

/**
 * A handwritten digit, shown pixel by pixel, must be named at the last step.
 *
 * | | |
 * | --- | --- |
 * | periods | `sequence`: 784 / `pixelsPerStep` steps; only the last one counts |
 * | inputs | `pixelsPerStep` pixels, value / 255 (unit) or value (raw), in reading order or permuted, not centred |
 * | outputs | one score per digit 0..9 |
 * | conditions | `row`: 0..59999 of the training file, from 60000 on of the test file; `label`: the digit |
 * | splits | train 58000, validation 2000 (the 60000 in the order `split`), test 10000 (in a fixed random order) |
 *
 * Pixel i of a permuted digit is the stored pixel order[i]. Published orders are reproduced to the last number
 * (test/oracle/orders.test.ts): `permutation: "randperm-12008"` and `split: "numpy-1234"` are those of the code of Lim
 * et al. 2021 and Erichson et al. 2021, `"randperm-5544"` that of Rusch et al. 2022, `"numpy-92916"` that of
 * Lezcano-Casado & Martinez-Rubio 2019. A step is called 20 ms; the data have no time of their own.
 * Source: data lecun1998; permuted digits le2015.
 */
export const mnistSequential: TaskDefinition<MnistSequentialOptions> = {
  name,
  summary: "A handwritten digit, shown pixel by pixel, ordered or permuted, must be named at the last step.",
  references: ["lecun1998", "le2015"],
  defaults,
  dataset: "mnist",
  create: async (given, resources) => create(withDefaults(name, defaults, given), resources),
};

async function create(options: MnistSequentialOptions, resources: TaskResources): Promise<Task> {
  const { pixelsPerStep, permutation, scale, split, validationTrials, limitTrain, limitTest } = options;
  checkPixelsPerStep(name, pixelsPerStep);
  const pixels = permutation === "none" ? undefined : namedOrder(permutation);
  if (permutation !== "none" && pixels === undefined) {
    throw optionError(
      name,
      "permutation",
      `must be none, ${orderRule}`,
      permutation,
      "none shows them as they are read",
    );
  }
  if (scale !== "unit" && scale !== "raw")
    throw optionError(name, "scale", 'must be "unit" or "raw"', scale, '"unit" is the default');
  const digits = namedOrder(split);
  if (digits === undefined) throw optionError(name, "split", `must be ${orderRule}`, split, '"seed-0" is the default');
  const most = { from: 1, to: officialTrain - 1, remedy: "2000 is the default" };
  checkInteger(name, "validationTrials", validationTrials, most);
  const trainCount = officialTrain - validationTrials;
  if (limitTrain !== null)
    checkInteger(name, "limitTrain", limitTrain, { from: 1, to: trainCount, remedy: "null takes all" });
  checkInteger(name, "limitTest", limitTest, { from: 1, to: officialTest, remedy: "10000 takes all" });

  const order = digits(officialTrain, 0);
  const rows = {
    train: order.subarray(0, limitTrain ?? trainCount),
    validation: order.subarray(trainCount),
    test: shuffledRows(officialTrain, officialTest, 0, 1).subarray(0, limitTest),
  };
  const white = scale === "raw" ? 255 : 1;
  return digitsTask({ name, options, pixelsPerStep, order: pixels?.(pixelCount, 2), white, rows }, resources);
}
