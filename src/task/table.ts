import { FormatError, ParameterError, ShapeError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { shapeText, type Tensor, toFloat64 } from "../core/tensor.ts";
import type { ArrayFile } from "../io/contract.ts";
import { decodeFile } from "../io/formats.ts";
import type { Channel, Split, Task, TaskDefinition, TaskResources } from "./contract.ts";
import { longTable, type TableTrials, type TrialPlace } from "./long-table.ts";
import { checkInteger, checkNumber, optionError, seedBounds, withDefaults } from "./options.ts";
import { type SplitRows, shuffledRows, storedTrialsTask } from "./sequences.ts";
import { defaultStep } from "./trial.ts";

export type TableOptions = {
  /** The file with the trials: .npz, .safetensors or .csv, also with .gz behind it. */
  readonly path: string;
  /** Duration of a step in ms, > 0; "file": what the file says, 20 where it says nothing. */
  readonly dt: number | "file";
  /** Share of the trials for validation, in [0, 1); only for a file without `split`. */
  readonly validationFraction: number;
  /** Share of the trials for the test, in [0, 1); only for a file without `split`. */
  readonly testFraction: number;
  /** Seed of the random order that the shares are cut from; only for a file without `split`. */
  readonly splitSeed: number;
};

const name = "table";

const defaults: TableOptions = {
  path: "",
  dt: "file",
  validationFraction: 0.1,
  testFraction: 0.2,
  splitSeed: 0,
};

/** Codes of `split`. */
const splitNames = ["train", "validation", "test"] as const satisfies readonly Split[];

/**
 * A user's own trials.
 *
 * | array | axes | |
 * | --- | --- | --- |
 * | `input` | `[trial, time, channel]` | |
 * | `target` | `[trial, time, channel]` | values to approximate, mean squared error |
 * | or `label` | `[trial]` or `[trial, time]` | classes 0, 1, ..., each of them at least once, cross-entropy |
 * | `mask` | `[trial, time]` | optional weights >= 0; default 1 everywhere, with one label per trial 1 at the last step |
 * | `split` | `[trial]` | optional: 0 train, 1 validation, 2 test (words in CSV) |
 * | `dt` | `[]` or `[1]` | optional duration of a step in ms |
 *
 * CSV is the long form: one row per trial and step with the columns `trial`, `time` (ms, equally spaced, the same for
 * every trial), then `label` or `target` (several: `target.x`, `target.y`), `mask`, `split`; every other column is an
 * input channel. `label` and `split` are constant within a trial.
 *
 * Conditions are `row`, the trial's number in the file from 0, and `label` where there is one per trial. Every value
 * must be finite, also after rounding to float32.
 *
 * @throws FormatError naming array, trial, step, channel and in CSV the line of a value that is not finite, and the class
 *   that never occurs below the highest one
 * @throws ShapeError naming the axes that do not fit
 */
export const table: TaskDefinition<TableOptions> = {
  name,
  summary: "A user's own trials from an .npz, .safetensors or .csv file.",
  references: [],
  defaults,
  create: async (given, resources) => create(given, resources),
};

async function create(given: Partial<TableOptions>, resources: TaskResources): Promise<Task> {
  const options = withDefaults(name, defaults, given);
  const { path } = options;
  checkOptions(options);
  const content = decodeFile(await resources.file(path), path);
  // What is read by lines has columns, and no arrays.
  const isLong = content.lines !== undefined || "trial" in content.arrays;
  const trials = isLong ? longTable(content, path) : arraysOf(content, path);
  const { input, target, label, mask, split } = trials;
  const [trialCount, stepCount, inputSize] = input.shape;
  if (trialCount === 0 || stepCount === 0 || inputSize === 0) {
    throw new ShapeError({
      place: path,
      rule: `input must hold at least one trial, step and channel, got ${shapeText(input.shape, axes.input)}`,
      remedy: "fill it",
    });
  }
  checkAxes(path, "target", target, [trialCount, stepCount, undefined]);
  checkAxes(path, "label", label, label?.shape.length === 2 ? [trialCount, stepCount] : [trialCount]);
  checkAxes(path, "mask", mask, [trialCount, stepCount]);
  checkAxes(path, "split", split, [trialCount]);
  if ((target === undefined) === (label === undefined)) {
    throw new FormatError({
      file: path,
      offset: -1,
      rule: `exactly one of target and label is needed, found ${target === undefined ? "neither" : "both"}`,
      remedy: "target holds values, label holds classes 0, 1, ...",
    });
  }
  const channels = trials.inputChannels ?? numbered("input", inputSize);
  const place = trials.place ?? asIndexed;
  const inputValues = finite(path, "input", input, place, channels);
  const weights =
    mask === undefined ? undefined : checkedMask(path, finite(path, "mask", mask, place), stepCount, place);
  const rows =
    split === undefined
      ? randomSplit(options, trialCount)
      : givenSplit(path, finite(path, "split", split, place), given, place);
  const common = {
    name,
    options,
    dt: options.dt === "file" ? (trials.dt ?? defaultStep) : options.dt,
    stepCount,
    inputs: channels,
    rows,
    readInput: copyRows(inputValues, stepCount * inputSize),
  };
  const row = (row: number) => row;

  if (target !== undefined) {
    const outputs = trials.targetChannels ?? numbered("target", target.shape[2]);
    if (outputs.length === 0) {
      throw new ShapeError({
        place: path,
        rule: `target must hold at least one channel, got ${shapeText(target.shape, axes.target)}`,
        remedy: "fill it",
      });
    }
    return storedTrialsTask({
      ...common,
      loss: "mean-squared-error",
      outputs,
      target: {
        kind: "values",
        read: copyRows(finite(path, "target", target, place, outputs), stepCount * outputs.length),
      },
      readMask: weights === undefined ? constantMask(0, stepCount) : copyRows(weights, stepCount),
      conditions: { row },
    });
  }

  const perStep = label!.shape.length === 2;
  const classes = checkedClasses(path, label!, finite(path, "label", label!, place), place);
  const classCount = classes.reduce((largest, value) => Math.max(largest, value), 0) + 1;
  return storedTrialsTask({
    ...common,
    loss: "cross-entropy",
    outputs: Array.from({ length: Math.max(2, classCount) }, (_, i) => ({
      name: `class ${i}`,
      meaning: `score of class ${i}`,
    })),
    target: {
      kind: "classes",
      read: perStep
        ? copyRows(classes, stepCount)
        : (trial, out, offset) => out.fill(classes[trial], offset, offset + stepCount),
    },
    readMask:
      weights === undefined ? constantMask(perStep ? 0 : stepCount - 1, stepCount) : copyRows(weights, stepCount),
    conditions: perStep ? { row } : { row, label: (trial) => classes[trial] },
  });
}

function checkOptions({ path, dt, validationFraction, testFraction, splitSeed }: TableOptions): void {
  if (typeof path !== "string" || path === "") {
    throw optionError(name, "path", "must name a file", path, 'for example { path: "trials.npz" }');
  }
  if (dt !== "file" && !(Number.isFinite(dt) && dt > 0)) {
    throw optionError(name, "dt", 'must be a number of ms > 0 or "file"', dt, '"file" is the default');
  }
  checkNumber(name, "validationFraction", validationFraction, { from: 0, to: 1, remedy: "0.1 is the default" });
  checkNumber(name, "testFraction", testFraction, { from: 0, to: 1, remedy: "0.2 is the default" });
  checkInteger(name, "splitSeed", splitSeed, seedBounds);
}

const axes = {
  input: ["trial", "time", "channel"],
  target: ["trial", "time", "channel"],
  label: ["trial", "time"],
  mask: ["trial", "time"],
  split: ["trial"],
} as const;

function arraysOf({ arrays }: ArrayFile, path: string): TableTrials {
  const known = [...Object.keys(axes), "dt"];
  for (const found of Object.keys(arrays)) {
    if (!known.includes(found)) throw unknownName(`array in ${path}`, found, known);
  }
  const { input, target, label, mask, split, dt } = arrays;
  if (input === undefined) {
    throw new FormatError({
      file: path,
      offset: -1,
      rule: `an array input with axes [trial, time, channel] is needed, found ${Object.keys(arrays).join(", ") || "none"}`,
      remedy: "save it under the name input; a CSV file needs the columns trial and time",
    });
  }
  if (input.shape.length !== 3) throw wrongAxes(path, "input", input, ["?", "?", "?"]);
  return {
    input,
    ...(target && { target }),
    ...(label && { label }),
    ...(mask && { mask }),
    ...(split && { split }),
    ...(dt && { dt: stepOf(path, dt) }),
  };
}

function stepOf(path: string, dt: Tensor): number {
  const values = toFloat64(dt);
  if (values.length === 1 && values[0] > 0 && Number.isFinite(values[0])) return values[0];
  throw new FormatError({
    file: path,
    offset: -1,
    rule: `dt must be one number of ms > 0, got ${shapeText(dt.shape)} beginning with ${values[0]}`,
    remedy: "save a single positive number",
  });
}

/** @throws ShapeError unless the sizes are the expected ones; undefined stands for any size. */
function checkAxes(
  path: string,
  array: keyof typeof axes,
  value: Tensor | undefined,
  expected: readonly (number | undefined)[],
): void {
  if (value === undefined) return;
  const fits =
    value.shape.length === expected.length &&
    expected.every((size, i) => size === undefined || size === value.shape[i]);
  if (!fits)
    throw wrongAxes(
      path,
      array,
      value,
      expected.map((size) => size ?? "?"),
    );
}

function wrongAxes(
  path: string,
  array: keyof typeof axes,
  { shape }: Tensor,
  expected: readonly (number | string)[],
): ShapeError {
  const wanted = expected.map((size, i) => `${axes[array][i]} ${size}`).join(", ");
  return new ShapeError({
    place: path,
    rule: `${array} must have axes [${wanted}], got ${shapeText(shape)}`,
    remedy: "transpose or reshape it before saving",
  });
}

/** Arrays are spoken of by their indices. */
const asIndexed: TrialPlace = { trial: (trial) => trial, line: () => "" };

/** The numbers of an array in float32. @throws FormatError at the first that is not finite */
function finite(
  path: string,
  array: keyof typeof axes,
  value: Tensor,
  place: TrialPlace,
  channels?: readonly Channel[],
): Float32Array {
  const exact = toFloat64(value);
  const rounded = Float32Array.from(exact);
  const wrong = rounded.findIndex((number) => !Number.isFinite(number));
  if (wrong < 0) return rounded;
  const indices: (number | string)[] = [];
  for (let axis = value.shape.length - 1, rest = wrong; axis >= 0; axis--) {
    indices.unshift(rest % value.shape[axis]);
    rest = Math.floor(rest / value.shape[axis]);
  }
  if (channels !== undefined) indices[2] = `${indices[2]} (${channels[indices[2] as number].name})`;
  const names = ["trial", "step", "channel"];
  const line = place.line(indices[0] as number, indices[1] as number | undefined);
  indices[0] = place.trial(indices[0] as number);
  throw new FormatError({
    file: path,
    offset: -1,
    rule: `every value must be finite in float32, got ${exact[wrong]} in ${array}[${indices.map((index, i) => `${names[i]} ${index}`).join(", ")}]${line}`,
    remedy: "fill in or leave out such trials; steps that should not count belong into the mask",
  });
}

function checkedMask(path: string, mask: Float32Array, stepCount: number, place: TrialPlace): Float32Array {
  const negative = mask.findIndex((weight) => weight < 0);
  if (negative < 0) return mask;
  const trial = Math.floor(negative / stepCount);
  const step = negative % stepCount;
  throw new FormatError({
    file: path,
    offset: -1,
    rule: `weights are >= 0, got ${mask[negative]} in mask[trial ${place.trial(trial)}, step ${step}]${place.line(trial, step)}`,
    remedy: "0 leaves a step out",
  });
}

function checkedClasses(path: string, { shape }: Tensor, values: Float32Array, place: TrialPlace): Int32Array {
  // float32 holds integers up to 2^24 exactly; a hundred thousand classes are a mistake anyway.
  const wrong = values.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < 100_000));
  if (wrong < 0) return withoutGaps(path, Int32Array.from(values));
  const stepCount = shape[1] ?? 1;
  const trial = Math.floor(wrong / stepCount);
  const step = wrong % stepCount;
  const at = shape.length === 2 ? `trial ${place.trial(trial)}, step ${step}` : `trial ${place.trial(trial)}`;
  throw new FormatError({
    file: path,
    offset: -1,
    rule: `classes are integers 0, 1, ..., 99999, got ${values[wrong]} in label[${at}]${place.line(trial, step)}`,
    remedy: "number the classes from 0; values to approximate belong into target",
  });
}

/** @throws FormatError when a class below the highest never occurs: labels 1 and 2 would pass for three classes */
function withoutGaps(path: string, classes: Int32Array): Int32Array {
  const found = [...new Set(classes)].sort((a, b) => a - b);
  const missing = found.findIndex((label, expected) => label !== expected);
  if (missing < 0) return classes;
  const shown = found.length > 10 ? [...found.slice(0, 10), "..."] : found;
  throw new FormatError({
    file: path,
    offset: -1,
    rule: `classes are 0, 1, ... and each occurs, class ${missing} never does in label, got ${shown.join(", ")}`,
    remedy: "number the classes from 0 without gaps",
  });
}

function givenSplit(path: string, codes: Float32Array, given: Partial<TableOptions>, place: TrialPlace): SplitRows {
  for (const option of ["validationFraction", "testFraction", "splitSeed"] as const) {
    if (given[option] === undefined) continue;
    throw new ParameterError({
      place: `task ${name}`,
      rule: `${option} has no meaning for a file that says its own split, got ${given[option]} and ${path} with split`,
      remedy: `leave ${option} out, or split out of the file`,
    });
  }
  const rows: Record<Split, number[]> = { train: [], validation: [], test: [] };
  for (const [trial, code] of codes.entries()) {
    const split = splitNames[code];
    if (split === undefined) {
      throw new FormatError({
        file: path,
        offset: -1,
        rule: `split is 0 (train), 1 (validation) or 2 (test), got ${code} for trial ${place.trial(trial)}${place.line(trial)}`,
        remedy: "mend it",
      });
    }
    rows[split].push(trial);
  }
  return {
    train: Uint32Array.from(rows.train),
    validation: Uint32Array.from(rows.validation),
    test: Uint32Array.from(rows.test),
  };
}

function randomSplit({ validationFraction, testFraction, splitSeed }: TableOptions, trialCount: number): SplitRows {
  const testCount = Math.round(testFraction * trialCount);
  const validationEnd = testCount + Math.round(validationFraction * trialCount);
  if (validationEnd >= trialCount) {
    throw new ParameterError({
      place: `task ${name}`,
      rule: `validationFraction and testFraction must leave trials for training, got ${validationFraction} and ${testFraction} of ${trialCount} trials`,
      remedy: "lower them or bring more trials",
    });
  }
  const order = shuffledRows(0, trialCount, splitSeed, 0);
  return {
    test: order.subarray(0, testCount),
    validation: order.subarray(testCount, validationEnd),
    train: order.subarray(validationEnd),
  };
}

/** Copies the `size` numbers of a row. */
function copyRows<Data extends Float32Array | Int32Array>(data: Data, size: number) {
  return (row: number, out: Data, offset: number): void => out.set(data.subarray(row * size, (row + 1) * size), offset);
}

function constantMask(from: number, stepCount: number) {
  return (_: number, out: Float32Array, offset: number): void => {
    out.fill(1, offset + from, offset + stepCount);
  };
}

function numbered(what: string, count: number): readonly Channel[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${what} ${i}`,
    meaning: `${what} channel ${i} of the file`,
  }));
}
