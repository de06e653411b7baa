/**
 * How much memory a stack of runs takes in a worker, and how many workers and runs fit.
 *
 * What a kernel keeps follows from the scans of its program (docs/how-it-works.md, memory of a sequence); what
 * JavaScript holds beside it is counted in copies of weights and batches. test/study/memory.test.ts holds it against real
 * runs: the estimate is 0.7 to 2 times what they take.
 */
import { axisSize } from "../cell/axis.ts";
import { elementCount } from "../core/tensor.ts";
import { panelsOfShard } from "../engine/compiled/machine.ts";
import { deriveScans } from "../engine/scan.ts";
import { segmentSteps } from "../engine/segments.ts";
import { createNetwork } from "../network/network.ts";
import { networkParts } from "../network/spec.ts";
import type { Task } from "../task/contract.ts";
import type { RunSpec } from "./spec.ts";
import { runKinds, stepCountOf, usualStack } from "./stacks.ts";

/** Bytes of a stack. */
export interface StackMemory {
  /** What the worker takes once: the program, the data set, examinations. */
  readonly once: number;
  /** What every run of the stack adds. */
  readonly perRun: number;
}

/** What the task adds to the specification; without it, steps are guessed and data are none. */
export type TaskSize = Pick<Task, "stepCount" | "inputSize" | "outputSize" | "trialCount">;

/** A worker thread with its modules (45 MB, measured on Node 20), and what it lets lie before it collects. */
const emptyWorker = 64 * 2 ** 20;
/** What a run holds at the most over what it needs: arrays that nobody uses any more are collected late. */
const uncollected = 1.75;
const panelBytes = 64;
const chunkSteps = 32;
/** Trials of a pass in an examination. */
const examined = 256;
/** Copies of all weights that an update holds at once, old and new, beside those of the optimiser. */
const weightCopies = 4;
/** A row of the training history as an object, and as columns of checkpoint and metrics. */
const historyRow = 200;

/**
 * @param checkpointing as the kernel runs
 * @returns an estimate: 0.7 to 2 times what is measured
 */
export function stackMemory(
  spec: RunSpec,
  { task, checkpointing = false }: { readonly task?: TaskSize; readonly checkpointing?: boolean } = {},
): StackMemory {
  const { network, training, evaluation, engine } = spec;
  const stepCount = task?.stepCount ?? stepCountOf(spec);
  const bytes = engine.precision === "float32" ? 4 : 8;
  const { program, sizes } = networkParts(network, {});
  const weights = Object.values(createNetwork(network).shapes).reduce((sum, shape) => sum + elementCount(shape), 0);
  const { buffers } = deriveScans(program);
  const channels = network.inputSize + network.outputSize;

  /** What the kernel keeps of the steps of a batch. */
  const kept = (batchSize: number, isReversed: boolean): number => {
    const lanes = Math.ceil((batchSize * bytes) / panelBytes) * (panelBytes / bytes);
    const segment = checkpointing ? segmentSteps(stepCount, chunkSteps) : stepCount;
    const numbers = buffers
      .filter(({ name }) => !/^d\.|^c\.input:|^savedd\./.test(name))
      .filter(({ name }) => isReversed || !/^c\.|^saved/.test(name))
      .reduce(
        (sum, { axis, span, extra }) =>
          sum + axisSize(axis, sizes) * ((span === "segment" ? segment : stepCount) + extra),
        0,
      );
    return numbers * lanes * bytes;
  };
  /** A batch and the network's answer to it in JavaScript: input, output, slopes, targets, masks. */
  const batch = (trials: number): number => trials * stepCount * (channels + network.outputSize + 3) * 8;

  const panels = Math.ceil((training.batchSize * bytes) / panelBytes);
  const shards = Math.ceil(panels / panelsOfShard(panels, weights * bytes));
  const scratch = chunkSteps * panels * panelBytes * (2 * network.hiddenSize + channels);
  const kernel = kept(training.batchSize, true) + scratch + (3 + shards) * weights * bytes;
  // What an optimiser keeps is at most two numbers a weight; a checkpoint is made of arrays and then of bytes.
  const slots = 2;
  const updates = (weightCopies + 2 * slots + (training.keepBest ? 1 : 0) + 2 * (1 + slots)) * weights * bytes;
  const history = Math.ceil(training.updates / training.historyEvery) * historyRow;

  const judged = Math.max(evaluation?.trials ?? 0, training.validation?.trials ?? 0);
  const examination = judged === 0 ? 0 : kept(Math.min(judged, examined), false) + batch(judged);
  // Analyses compute in float64.
  const analysis = evaluation?.analyses === undefined ? 0 : (8 / bytes) * kept(examined, false) + batch(examined);
  return {
    once: emptyWorker + dataBytes(task),
    perRun: uncollected * (kernel + updates + history + batch(training.batchSize) + examination + analysis),
  };
}

/** A data set as numbers of four bytes; nothing for a task that draws its trials. */
function dataBytes(task: TaskSize | undefined): number {
  if (task === undefined) return 0;
  const trials = task.trialCount("train") + task.trialCount("test");
  return Number.isFinite(trials) ? trials * task.stepCount * (task.inputSize + 1) * 4 : 0;
}

/** How many workers there may be, and how many runs of a kind one of them may hold. */
export interface MemoryPlan {
  readonly workers: number;
  /** Most runs of a stack, >= 1. */
  most(spec: RunSpec): number;
  /** Estimate of what all workers take at the most, in bytes. */
  readonly peak: number;
  /** What the limit changed; null when everything fits as it is. */
  readonly limited: "stacks" | "workers" | "not even one" | null;
}

/**
 * Fits runs into memory: stacks are made smaller first, then there are fewer workers. Changes no number.
 *
 * @param specs at least one
 * @param workers as many as are wanted, >= 1
 * @param budget bytes
 */
export function memoryPlan(
  specs: readonly RunSpec[],
  workers: number,
  budget: number,
  sizeOf: (spec: RunSpec) => StackMemory,
): MemoryPlan {
  const kindOf = runKinds();
  const bySize = new Map<string, StackMemory>();
  let last: { readonly spec: RunSpec; readonly size: StackMemory } | undefined;
  /** Neighbours in a plan share their parts, and most runs differ in noise or seed only: what is alike is estimated once. */
  const memoryOf = (spec: RunSpec): StackMemory => {
    const { network, training, evaluation } = spec;
    const isAlike =
      last?.spec.network === network && last.spec.training === training && last.spec.evaluation === evaluation;
    if (last !== undefined && isAlike) return last.size;
    const { updates, historyEvery, keepBest, validation } = training;
    const key = [
      kindOf(spec),
      updates,
      historyEvery,
      keepBest,
      validation?.trials,
      evaluation?.trials,
      evaluation?.analyses !== undefined,
    ].join(" ");
    const size = bySize.get(key) ?? sizeOf(spec);
    bySize.set(key, size);
    last = { spec, size };
    return size;
  };
  let least = 0;
  let usual = 0;
  for (const spec of specs) {
    const { once, perRun } = memoryOf(spec);
    least = Math.max(least, once + perRun);
    usual = Math.max(usual, once + perRun * usualStack(spec));
  }
  if (usual * workers <= budget) return { workers, most: usualStack, peak: usual * workers, limited: null };
  const fitting = Math.max(1, Math.min(workers, Math.floor(budget / least)));
  const share = budget / fitting;
  const most = (spec: RunSpec): number => {
    const { once, perRun } = memoryOf(spec);
    return Math.max(1, Math.min(usualStack(spec), Math.floor((share - once) / perRun)));
  };
  const limited = least > budget ? "not even one" : fitting < workers ? "workers" : "stacks";
  return { workers: fitting, most, peak: Math.max(least, Math.min(usual, share)) * fitting, limited };
}
