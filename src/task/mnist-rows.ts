import { FormatError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";
import { shapeText } from "../core/tensor.ts";
import { decodeIdx } from "../io/idx.ts";
import type { Task, TaskDefinition, TaskResources } from "./contract.ts";
import { checkInteger, optionError, seedBounds, withDefaults } from "./options.ts";
import { classificationTask, shuffledRows } from "./sequences.ts";
import { defaultStep } from "./trial.ts";

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
const officialTrain = 60_000;
const officialTest = 10_000;
const validationCount = 2_000;
const trainCount = officialTrain - validationCount;
const pixelCount = 784;

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
 * A step is called 20 ms; the data have no time of their own.
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
  checkInteger(name, "pixelsPerStep", pixelsPerStep, { from: 1, to: pixelCount, remedy: "28 is a row" });
  if (pixelCount % pixelsPerStep !== 0) {
    throw optionError(
      name,
      "pixelsPerStep",
      "must divide 784",
      pixelsPerStep,
      "1, 7, 14, 28, 49 and 56 do, for example",
    );
  }
  checkInteger(name, "limitTrain", limitTrain, { from: 1, to: trainCount, remedy: "58000 takes all" });
  checkInteger(name, "limitTest", limitTest, { from: 1, to: officialTest, remedy: "10000 takes all" });
  checkInteger(name, "splitSeed", splitSeed, seedBounds);

  const train = await readDigits(resources, "train", officialTrain);
  const test = await readDigits(resources, "t10k", officialTest);
  const partOf = (row: number): readonly [Digits, number] =>
    row < officialTrain ? [train, row] : [test, row - officialTrain];
  const label = (row: number): number => {
    const [{ labels }, at] = partOf(row);
    return labels[at];
  };
  const order = shuffledRows(0, officialTrain, splitSeed, 0);
  return classificationTask({
    name,
    options,
    dt: defaultStep,
    stepCount: pixelCount / pixelsPerStep,
    inputs: Array.from({ length: pixelsPerStep }, (_, i) => ({ name: `pixel ${i}`, meaning: "brightness, 0 to 1" })),
    outputs: Array.from({ length: 10 }, (_, digit) => ({ name: String(digit), meaning: `score of digit ${digit}` })),
    rows: {
      train: order.subarray(0, limitTrain),
      validation: order.subarray(trainCount),
      test: shuffledRows(officialTrain, officialTest, splitSeed, 1).subarray(0, limitTest),
    },
    readInput: (row, out, offset) => {
      const [{ pixels }, at] = partOf(row);
      for (let i = 0; i < pixelCount; i++) out[offset + i] = pixels[at * pixelCount + i] / 255;
    },
    classOf: label,
    labelOf: label,
  });
}

interface Digits {
  /** `[trial, 784]`. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

async function readDigits(resources: TaskResources, part: "train" | "t10k", count: number): Promise<Digits> {
  const [images, labels] = await Promise.all([
    resources.dataset("mnist", `${part}-images-idx3-ubyte`),
    resources.dataset("mnist", `${part}-labels-idx1-ubyte`),
  ]);
  return {
    pixels: bytesOfShape(decodeIdx(images.bytes, images.file), [count, 28, 28], images.file),
    labels: bytesOfShape(decodeIdx(labels.bytes, labels.file), [count], labels.file),
  };
}

function bytesOfShape({ data, shape }: Tensor, expected: readonly number[], file: string): Uint8Array {
  if (data instanceof Uint8Array && shapeText(shape) === shapeText(expected)) return data;
  throw new FormatError({
    file,
    offset: 4,
    rule: `expected bytes of shape ${shapeText(expected)}, found ${shapeText(shape)}`,
    remedy: "put the original MNIST file there",
  });
}
