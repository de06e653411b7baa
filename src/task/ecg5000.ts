import { FormatError } from "../core/errors.ts";
import { shapeText, toFloat64 } from "../core/tensor.ts";
import { formatOf } from "../io/formats.ts";
import type { Channel, Task, TaskDefinition, TaskResources } from "./contract.ts";
import { checkInteger, optionError, seedBounds, withDefaults } from "./options.ts";
import { classificationTask, shuffledRows } from "./sequences.ts";
import { defaultStep } from "./trial.ts";

export type Ecg5000Options = {
  /** "five": the five annotations; "binary": normal against all others. */
  readonly classes: "five" | "binary";
  /** Samples shown at each step, a divisor of 140: 1 gives 140 steps, 5 gives 28. */
  readonly samplesPerStep: number;
  /** Training trials, 1..500: the first ones of the fixed order. */
  readonly limitTrain: number;
  /** Test trials, 1..4000: the first ones of the fixed order. */
  readonly limitTest: number;
  /** Seed of the fixed order that makes validation and test out of the official test set and picks limited trials. */
  readonly splitSeed: number;
};

const name = "ecg5000";
const officialTrain = 500;
const officialTest = 4_500;
const validationCount = 500;
const testCount = officialTest - validationCount;
const sampleCount = 140;

const defaults: Ecg5000Options = {
  classes: "five",
  samplesPerStep: 1,
  limitTrain: officialTrain,
  limitTest: testCount,
  splitSeed: 0,
};

/** Meanings of labels 1 to 5 as they are usually given. */
const annotations = [
  "normal",
  "R-on-T premature ventricular contraction",
  "premature ventricular contraction",
  "supraventricular premature or ectopic beat",
  "unclassified",
] as const;

const outputs: Readonly<Record<Ecg5000Options["classes"], readonly Channel[]>> = {
  five: annotations.map((meaning, i) => ({ name: `class ${i + 1}`, meaning: `score of ${meaning}` })),
  binary: [
    { name: "normal", meaning: "score of class 1" },
    { name: "abnormal", meaning: "score of classes 2 to 5 together" },
  ],
};

/**
 * A heartbeat of 140 samples must be classified at the last step.
 *
 * | | |
 * | --- | --- |
 * | periods | `sequence`: 140 / `samplesPerStep` steps; only the last one counts |
 * | inputs | `samplesPerStep` samples; each heartbeat has mean 0 and standard deviation 1, as stored |
 * | outputs | one score per class: five annotations, or normal and abnormal |
 * | conditions | `row`: 0..499 of the official training file, from 500 on of the official test file; `label`: 1..5 |
 * | splits | train: the official 500; validation 500 and test 4000: the official 4500 in a fixed random order |
 *
 * 500 / 500 / 4000 is our reading of how lim2021 splits the data: the 500 training sequences of length 140 are
 * documented, the other two numbers are recollection, and its random order is not known. A step is called 20 ms; the
 * heartbeats were stretched to one length and have no common time step.
 * Source: data dau2018, chen2015, goldberger2000, baim1986; use as a noise benchmark lim2021.
 */
export const ecg5000: TaskDefinition<Ecg5000Options> = {
  name,
  summary: "A heartbeat must be classified at its end: five annotations, or normal against abnormal.",
  references: ["dau2018", "chen2015", "goldberger2000", "baim1986", "lim2021"],
  defaults,
  dataset: "ecg5000",
  create: async (given, resources) => create(withDefaults(name, defaults, given), resources),
};

async function create(options: Ecg5000Options, resources: TaskResources): Promise<Task> {
  const { classes, samplesPerStep, limitTrain, limitTest, splitSeed } = options;
  if (!Object.hasOwn(outputs, classes)) {
    throw optionError(name, "classes", 'must be "five" or "binary"', classes, '"five" is the default');
  }
  checkInteger(name, "samplesPerStep", samplesPerStep, { from: 1, to: sampleCount, remedy: "1 is the default" });
  if (sampleCount % samplesPerStep !== 0) {
    throw optionError(name, "samplesPerStep", "must divide 140", samplesPerStep, "1, 2, 4, 5, 7, 10, 14 and 20 do");
  }
  checkInteger(name, "limitTrain", limitTrain, { from: 1, to: officialTrain, remedy: "500 takes all" });
  checkInteger(name, "limitTest", limitTest, { from: 1, to: testCount, remedy: "4000 takes all" });
  checkInteger(name, "splitSeed", splitSeed, seedBounds);

  const train = await readBeats(resources, "ECG5000_TRAIN", officialTrain);
  const test = await readBeats(resources, "ECG5000_TEST", officialTest);
  const values = new Float32Array((officialTrain + officialTest) * sampleCount);
  values.set(train.values);
  values.set(test.values, officialTrain * sampleCount);
  const labels = [...train.labels, ...test.labels];
  const order = shuffledRows(officialTrain, officialTest, splitSeed, 1);
  return classificationTask({
    name,
    options,
    dt: defaultStep,
    stepCount: sampleCount / samplesPerStep,
    inputs: Array.from({ length: samplesPerStep }, (_, i) => ({ name: `sample ${i}`, meaning: "z-scored voltage" })),
    outputs: outputs[classes],
    rows: {
      train: shuffledRows(0, officialTrain, splitSeed, 0).subarray(0, limitTrain),
      validation: order.subarray(0, validationCount),
      test: order.subarray(validationCount, validationCount + limitTest),
    },
    readInput: (row, out, offset) => out.set(values.subarray(row * sampleCount, (row + 1) * sampleCount), offset),
    classOf: (row) => (classes === "five" ? labels[row] - 1 : labels[row] === 1 ? 0 : 1),
    labelOf: (row) => labels[row],
  });
}

/** Values `[trial, 140]` and labels 1..5 of one file. */
async function readBeats(
  resources: TaskResources,
  part: string,
  count: number,
): Promise<{ readonly values: Float64Array; readonly labels: Float64Array }> {
  const { bytes, file } = await resources.dataset("ecg5000", part);
  const { arrays } = formatOf(file).decode(bytes, file);
  const expected = [count, sampleCount, 1];
  const { values, label } = arrays;
  const labels = label === undefined ? Float64Array.of(Number.NaN) : toFloat64(label);
  if (shapeText(values.shape) !== shapeText(expected) || !labels.every((l) => [1, 2, 3, 4, 5].includes(l))) {
    throw new FormatError({
      file,
      offset: -1,
      rule: `expected series of shape ${shapeText(expected)} with labels 1 to 5, found ${shapeText(values.shape)}`,
      remedy: "put the original ECG5000 file there",
    });
  }
  return { values: toFloat64(values), labels };
}
