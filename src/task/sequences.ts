/** Tasks over a fixed set of trials: which rows a split has, and in which order training sees them. */
import { ParameterError } from "../core/errors.ts";
import { permutation, stream } from "../core/random.ts";
import type { Channel, Split, Target, Task, TrialBatch } from "./contract.ts";

/** The rows of each split, by their number in the data. */
export type SplitRows = Readonly<Record<Split, Uint32Array>>;

export interface StoredTrials {
  readonly name: string;
  /** The resolved options. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly loss: Task["loss"];
  readonly dt: number;
  readonly stepCount: number;
  readonly inputs: readonly Channel[];
  readonly outputs: readonly Channel[];
  readonly rows: SplitRows;
  /** Writes the input of a row, `[time, inputSize]`, into `out` from `offset` on. */
  readInput(row: number, out: Float32Array, offset: number): void;
  /** Writes the loss weights of a row, `[time]`; `out` is 0 before. */
  readMask(row: number, out: Float32Array, offset: number): void;
  readonly target:
    | { readonly kind: "values"; read(row: number, out: Float32Array, offset: number): void }
    | { readonly kind: "classes"; read(row: number, out: Int32Array, offset: number): void };
  /** Condition variables of a row. */
  readonly conditions: Readonly<Record<string, (row: number) => number>>;
}

/**
 * A task over stored trials.
 *
 * Training index i is in epoch floor(i / n); each epoch has its own order, a permutation that is a function of (seed,
 * epoch). Validation and test index i is row i mod n of the split. The index, not the row, is the trial's identity: a
 * row that comes again gets new noise.
 */
export function storedTrialsTask(stored: StoredTrials): Task {
  const { name, options, loss, dt, stepCount, inputs, outputs, rows } = stored;
  const inputSize = inputs.length;
  const outputSize = outputs.length;
  // Only a memory of the last answer: the order is a function of (seed, epoch).
  let last: { seed: number; epoch: number; order: Uint32Array } = { seed: -1, epoch: -1, order: new Uint32Array(0) };

  const epochOrder = (seed: number, epoch: number): Uint32Array => {
    if (last.seed !== seed || last.epoch !== epoch) {
      const order = permutation(rows.train.length, { seed, stream: stream("data-order") }, { trial: epoch });
      last = { seed, epoch, order };
    }
    return last.order;
  };

  const rowOf = (split: Split, index: number, seed: number): number => {
    const count = rows[split].length;
    if (count === 0) {
      throw new ParameterError({
        place: `task ${name}`,
        rule: `the ${split} split holds no trials`,
        remedy: "give it some or leave it out",
      });
    }
    if (split !== "train") return rows[split][index % count];
    return rows.train[epochOrder(seed, Math.floor(index / count))[index % count]];
  };

  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const batchSize = indices.length;
    const input = new Float32Array(batchSize * stepCount * inputSize);
    const mask = new Float32Array(batchSize * stepCount);
    const chosen = Uint32Array.from(indices, (index) => rowOf(split, index, seed));
    for (const [b, row] of chosen.entries()) {
      stored.readInput(row, input, b * stepCount * inputSize);
      stored.readMask(row, mask, b * stepCount);
    }
    return {
      batchSize,
      stepCount,
      inputSize,
      outputSize,
      input,
      target: readTarget(chosen),
      mask,
      trials: indices.slice(),
      conditions: Object.fromEntries(
        Object.entries(stored.conditions).map(([variable, of]) => [
          variable,
          Float64Array.from(chosen, (row) => of(row)),
        ]),
      ),
    };
  };

  const readTarget = (chosen: Uint32Array): Target => {
    const { target } = stored;
    if (target.kind === "classes") {
      const classes = new Int32Array(chosen.length * stepCount);
      for (const [b, row] of chosen.entries()) target.read(row, classes, b * stepCount);
      return { kind: "classes", classes };
    }
    const values = new Float32Array(chosen.length * stepCount * outputSize);
    for (const [b, row] of chosen.entries()) target.read(row, values, b * stepCount * outputSize);
    return { kind: "values", values };
  };

  return {
    name,
    options,
    inputSize,
    outputSize,
    stepCount,
    dt,
    loss,
    inputs,
    outputs,
    periods: [{ name: "sequence", start: 0, end: stepCount * dt }],
    trialCount: (split) => rows[split].length,
    batch,
  };
}

/** Sequences of which the class is read at the last step. */
export interface LabelledSequences {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dt: number;
  readonly stepCount: number;
  readonly inputs: readonly Channel[];
  /** One per class. */
  readonly outputs: readonly Channel[];
  readonly rows: SplitRows;
  readInput(row: number, out: Float32Array, offset: number): void;
  /** Class of a row, 0..outputs.length-1. */
  classOf(row: number): number;
  /** Class of a row as the data set numbers it. */
  labelOf(row: number): number;
}

/** A task that reads a class at the last step; conditions are `row` and `label`. */
export function classificationTask(sequences: LabelledSequences): Task {
  const { stepCount, classOf, labelOf, ...rest } = sequences;
  return storedTrialsTask({
    ...rest,
    stepCount,
    loss: "cross-entropy",
    readMask: (_, out, offset) => {
      out[offset + stepCount - 1] = 1;
    },
    target: { kind: "classes", read: (row, out, offset) => out.fill(classOf(row), offset, offset + stepCount) },
    conditions: { row: (row) => row, label: labelOf },
  });
}

/** Rows `first .. first + count - 1` in a random order that is a function of (seed, index). */
export function shuffledRows(first: number, count: number, seed: number, index: number): Uint32Array {
  return permutation(count, { seed, stream: stream("data-split", index) }).map((row) => first + row);
}
