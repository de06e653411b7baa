/** The inputs at which a network is asked for its fixed points. */
import { ParameterError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import type { Task, TrialBatch } from "../../task/contract.ts";
import { spread, trialPool } from "../spread-trials.ts";

/** The input of one trial at one step, held for ever. */
export interface HeldInput {
  /** `[inputSize]`. */
  readonly input: Float64Array;
  /** Row of the trial in its batch. */
  readonly row: number;
  readonly step: number;
  /** Steps that measurements are averaged over. */
  readonly window: readonly number[];
  /** Value of the task's first condition variable. */
  readonly condition: number | null;
  /** Name of the task's part. */
  readonly part: string | null;
  /** Ground truth at the step, `[outputSize]`; null for classes. */
  readonly target: Float64Array | null;
}

export interface HeldInputs {
  readonly batch: TrialBatch;
  readonly inputs: readonly HeldInput[];
  /** The input is the same over the whole of every trial, so that the network could have settled. */
  readonly areConstant: boolean;
  /** Name of the condition variable. */
  readonly condition: string | null;
}

/**
 * Inputs of trials of the test split, spread evenly over it or over a part's trials in it (`spreadTrials`).
 *
 * @param count how many; fewer when the split (or the part) has fewer trials
 * @param step -1 for the last step of each trial that the mask counts
 * @param part trials of this part of the task only; null for all
 */
export function heldInputs(
  task: Task,
  seed: number,
  { count, step, part }: { readonly count: number; readonly step: number; readonly part: string | null },
): HeldInputs {
  const pool = eligible(task, trialPool(task, "test", count), seed, part);
  const batch = task.batch(
    "test",
    spread(pool.length, count).map((place) => pool[place]),
    seed,
  );
  const [condition = null] = Object.keys(batch.conditions);
  const constant = Array.from({ length: batch.batchSize }, (_, row) => isConstant(batch, row));
  const areConstant = constant.every(Boolean);
  const inputs = constant.map((_, row): HeldInput => {
    const { stepCount, inputSize, outputSize, target } = batch;
    const counted = countedSteps(batch, row);
    const chosen = step === -1 ? (counted.at(-1) ?? lengthOf(batch, row) - 1) : step;
    if (chosen >= lengthOf(batch, row)) {
      throw new ParameterError({
        place: "fixed-points, step",
        rule: `must be a step of every trial, got ${step} in a trial of ${lengthOf(batch, row)} steps`,
        remedy: "-1 takes the last step that counts",
      });
    }
    const at = row * stepCount + chosen;
    return {
      input: Float64Array.from(batch.input.subarray(at * inputSize, (at + 1) * inputSize)),
      row,
      step: chosen,
      window: areConstant && counted.length > 0 ? counted : [chosen],
      condition: condition === null ? null : batch.conditions[condition][row],
      part: task.parts === undefined || batch.parts === undefined ? null : task.parts[batch.parts[row]],
      target:
        target.kind === "values"
          ? Float64Array.from(target.values.subarray(at * outputSize, (at + 1) * outputSize))
          : null,
    };
  });
  return { batch, inputs, areConstant, condition };
}

/** @returns indices of trials of the test split, ascending */
function eligible(task: Task, available: number, seed: number, part: string | null): number[] {
  const all = Array.from({ length: available }, (_, index) => index);
  if (part === null) return all;
  const parts = task.parts ?? [];
  const wanted = parts.indexOf(part);
  if (wanted < 0) throw unknownName(`part of the task "${task.name}"`, part, parts);
  const { parts: given = new Uint16Array(available) } = task.batch("test", Uint32Array.from(all), seed);
  const chosen = all.filter((index) => given[index] === wanted);
  if (chosen.length > 0) return chosen;
  throw new ParameterError({
    place: "fixed-points, part",
    rule: `the first ${available} trials of the test split must hold some of "${part}", got none`,
    remedy: "use another seed or another part",
  });
}

export const lengthOf = ({ lengths, stepCount }: TrialBatch, row: number): number => lengths?.[row] ?? stepCount;

function countedSteps(batch: TrialBatch, row: number): number[] {
  const steps: number[] = [];
  for (let t = 0; t < lengthOf(batch, row); t++) if (batch.mask[row * batch.stepCount + t] > 0) steps.push(t);
  return steps;
}

function isConstant(batch: TrialBatch, row: number): boolean {
  const { input, inputSize, stepCount } = batch;
  const first = row * stepCount * inputSize;
  for (let k = 0; k < lengthOf(batch, row) * inputSize; k++) {
    if (input[first + k] !== input[first + (k % inputSize)]) return false;
  }
  return true;
}
