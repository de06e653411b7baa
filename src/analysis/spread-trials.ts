/** Which trials of a split an analysis looks at. */
import type { Split, Task, TrialBatch } from "../task/contract.ts";
import { batchesOf } from "../train/batches.ts";

/** Of a split without end so many trials stand for it: several groups of tasks whose trials come in groups. */
const endless = 512;

/**
 * Indices of trials that are spread evenly over a split, ends included: an ordered split is seen from end to end.
 *
 * @param count how many; all trials when the split has no more. A split without end is spread over its first 512, or over
 * its first `count` when that is more
 * @returns ascending
 */
export function spreadTrials(task: Task, split: Split, count: number): Uint32Array {
  return spread(trialPool(task, split, count), count);
}

/** The same as trials, in batches of at most `batchSize`. */
export function spreadBatches(task: Task, split: Split, count: number, batchSize: number, seed: number): TrialBatch[] {
  return batchesOf(task, split, spreadTrials(task, split, count), batchSize, seed);
}

/** How many trials, from the first on, `count` are chosen from. */
export function trialPool(task: Task, split: Split, count: number): number {
  const available = task.trialCount(split);
  return Number.isFinite(available) ? available : Math.max(endless, count);
}

/** Indices 0..available-1, or `count` of them at even distances, ends included; of one the middle. */
export function spread(available: number, count: number): Uint32Array {
  const few = Math.min(available, count);
  if (few === 1) return Uint32Array.of(Math.floor((available - 1) / 2));
  return Uint32Array.from({ length: few }, (_, i) => Math.round((i * (available - 1)) / (few - 1)));
}
