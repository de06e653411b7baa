/** The digits of MNIST, and tasks that show them as sequences. */
import { FormatError } from "../../core/errors.ts";
import type { Tensor } from "../../core/tensor.ts";
import { shapeText } from "../../core/tensor.ts";
import { decodeIdx } from "../../io/idx.ts";
import type { Task, TaskResources } from "../contract.ts";
import { checkInteger, optionError } from "../options.ts";
import { classificationTask, type SplitRows } from "../sequences.ts";
import { defaultStep } from "../trial.ts";

export const officialTrain = 60_000;
export const officialTest = 10_000;
export const pixelCount = 784;

/** @throws ParameterError unless it divides 784 */
export function checkPixelsPerStep(task: string, pixelsPerStep: number): void {
  const remedy = "28 is a row, 1 a pixel";
  checkInteger(task, "pixelsPerStep", pixelsPerStep, { from: 1, to: pixelCount, remedy });
  if (pixelCount % pixelsPerStep === 0) return;
  const choices = "1, 7, 14, 28, 49 and 56 do, for example";
  throw optionError(task, "pixelsPerStep", "must divide 784", pixelsPerStep, choices);
}

export interface ShownDigits {
  readonly name: string;
  /** As the task was asked for. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly pixelsPerStep: number;
  /** Stored number of each pixel in the order in which it is shown; undefined: reading order. */
  readonly order: Uint32Array | undefined;
  /** Value of a pixel of brightness 255. */
  readonly white: 1 | 255;
  /** 0..59999 are rows of the training file, 60000..69999 of the test file. */
  readonly rows: SplitRows;
}

/**
 * A task that shows digits as sequences and asks for the digit at the last step.
 *
 * @throws CapabilityError when the data cannot be had. @throws FormatError when they are damaged
 */
export async function digitsTask(shown: ShownDigits, resources: TaskResources): Promise<Task> {
  const { name, options, pixelsPerStep, order, white, rows } = shown;
  const train = await readDigits(resources, "train", officialTrain);
  const test = await readDigits(resources, "t10k", officialTest);
  const partOf = (row: number): readonly [Digits, number] =>
    row < officialTrain ? [train, row] : [test, row - officialTrain];
  const label = (row: number): number => {
    const [{ labels }, at] = partOf(row);
    return labels[at];
  };
  return classificationTask({
    name,
    options,
    dt: defaultStep,
    stepCount: pixelCount / pixelsPerStep,
    inputs: Array.from({ length: pixelsPerStep }, (_, i) => ({
      name: `pixel ${i}`,
      meaning: `brightness, 0 to ${white}`,
    })),
    outputs: Array.from({ length: 10 }, (_, digit) => ({ name: String(digit), meaning: `score of digit ${digit}` })),
    rows,
    readInput: (row, out, offset) => {
      const [{ pixels }, at] = partOf(row);
      for (let i = 0; i < pixelCount; i++) {
        const value = pixels[at * pixelCount + (order === undefined ? i : order[i])];
        out[offset + i] = white === 255 ? value : value / 255;
      }
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
