/** How long the runs of a plan will take, from a few updates of some of them. */
import type { KernelOptions } from "../engine/contract.ts";
import { lockstep } from "../network/lockstep.ts";
import { lossOf, networkSweeping, performing, stackParts } from "./run.ts";
import type { RunSpec } from "./spec.ts";
import { allPasses, runKinds, runWeight, stepCountOf } from "./stacks.ts";
import type { TaskLoader } from "./tasks.ts";

/** What one run of a stack of a kind was measured to take, in seconds. */
export interface Rate {
  /** A run that was measured. */
  readonly spec: RunSpec;
  /** Runs beside each other. */
  readonly stack: number;
  readonly perUpdate: number;
  /** One trial once through a network that is judged; null where no run of the kind is judged. */
  readonly perTrial: number | null;
}

export interface MeasureCall {
  /** Runs as they will be beside each other; at least one. */
  readonly stacks: readonly (readonly RunSpec[])[];
  readonly loadTask: TaskLoader;
  readonly kernelOptions: KernelOptions;
  /** Milliseconds; data and kernels that are not at hand yet take their time besides. */
  readonly budget: number;
  /** A clock in milliseconds. */
  now(): number;
}

/** Most kinds that are measured; the others are inferred from their sizes. */
const mostKinds = 8;
/** Updates that come before the measurement: the first ones fill caches. */
const warmUp = 2;

/** What runs take. */
export interface Costs {
  /** Those with most work first; none when no run can be begun. */
  readonly rates: readonly Rate[];
  /**
   * Seconds of a run: what its kind was measured to take; of another kind, what the most similar one takes, in proportion
   * to the products of a trial.
   */
  secondsOf(spec: RunSpec): number;
}

/**
 * Times a few updates and a short examination of stacks as they will be run: of the kinds of runs (task, architecture,
 * batch size, back end) that make most of the work.
 *
 * @throws what stops all runs of a kind from being begun: missing data or back end
 */
export async function measuredCosts(call: MeasureCall): Promise<Costs> {
  const { stacks, budget, now } = call;
  const kindOf = runKinds();
  const groups = new Map<string, { readonly first: readonly RunSpec[]; work: number }>();
  for (const stack of stacks) {
    const kind = kindOf(stack[0]);
    const group = groups.get(kind) ?? { first: stack, work: 0 };
    groups.set(kind, group);
    group.work += stack.reduce((sum, spec) => sum + runWeight(spec), 0);
  }
  const largest = [...groups].sort(([, a], [, b]) => b.work - a.work).slice(0, mostKinds);
  const began = now();
  const rates = new Map<string, Rate>();
  for (const [index, [kind, { first }]] of largest.entries()) {
    const left = budget - (now() - began);
    if (index > 0 && left <= 0) break;
    const rate = await measured(call, first, Math.max(0, left) / (largest.length - index));
    if (rate !== undefined) rates.set(kind, rate);
  }
  const scaled = new Map<string, ScaledRate>();
  const secondsOf = (spec: RunSpec): number => {
    if (rates.size === 0) return publishing;
    const kind = kindOf(spec);
    const own = rates.get(kind);
    const rate = scaled.get(kind) ?? (own === undefined ? nearest([...rates.values()], spec) : { ...own, scale: 1 });
    scaled.set(kind, rate);
    return scaledSeconds(rate, spec);
  };
  return { rates: [...rates.values()], secondsOf };
}

/** A rate, and how much longer another kind takes. */
type ScaledRate = Rate & { readonly scale: number };

/** @returns undefined when no network of the kind can be made: such runs fail at once */
async function measured(
  { loadTask, kernelOptions, now }: MeasureCall,
  specs: readonly RunSpec[],
  budget: number,
): Promise<Rate | undefined> {
  const prepared = await stackParts(specs, loadTask, kernelOptions);
  const stack = prepared.flatMap((one, run) => (one.kind === "ready" ? [{ spec: specs[run], parts: one.parts }] : []));
  if (stack.length === 0) return undefined;
  const [{ spec, parts }] = stack;
  const { kernel } = parts;
  try {
    /** Moments after updates. */
    const marks: number[] = [];
    const end = now() + budget / 2;
    const trained = await Promise.all(
      lockstep(
        kernel,
        stack.map((member, run) =>
          performing(trainingAlone(member.spec), member.parts, {
            hooks: {
              shouldStop: () => marks.length > warmUp && now() > end,
              ...(run === 0 && { onProgress: () => marks.push(now()) }),
            },
          }),
        ),
      ),
    );
    const perUpdate = secondsPerUpdate(marks) / stack.length;

    const judged = stack.flatMap(({ spec: { evaluation, seed, training }, parts: { task, network } }, run) => {
      const subject = { task, network, weights: trained[run].weights, seed, ...lossOf(training) };
      return evaluation === null ? [] : [{ subject, evaluation }];
    });
    if (judged.length === 0) return { spec, stack: stack.length, perUpdate, perTrial: null };
    /** Seconds per trial of an examination with so many trials. */
    const examined = async (most: number): Promise<number> => {
      const calls = judged.map(({ subject, evaluation }) => {
        return { subject, evaluation: { ...evaluation, trials: Math.min(most, evaluation.trials), repeats: 1 } };
      });
      const start = now();
      await Promise.all(
        lockstep(
          kernel,
          calls.map(({ subject, evaluation }) => networkSweeping(subject, evaluation)),
        ),
      );
      const passes = calls.reduce((sum, { evaluation }) => sum + evaluation.intensities.length * evaluation.trials, 0);
      return (now() - start) / 1000 / Math.max(1, passes);
    };
    // A small examination says how large a one the budget allows.
    const first = await examined(shortExamination);
    const passes = judged.reduce((sum, { evaluation }) => sum + evaluation.intensities.length, 0);
    const allowed = Math.floor(budget / 2 / 1000 / (first * passes));
    const perTrial = await examined(Math.min(longExamination, Math.max(shortExamination, allowed)));
    return { spec, stack: stack.length, perUpdate, perTrial };
  } finally {
    kernel.close();
  }
}

/** Trials. */
const shortExamination = 16;
const longExamination = 1024;

/** Training without what is counted apart; analyses are, in passes of trials. */
function trainingAlone(spec: RunSpec): RunSpec {
  const training = { ...spec.training, validation: null, earlyStopping: null, keepBest: false };
  return { ...spec, training, evaluation: null };
}

/** Median seconds between two updates, without the first ones where there are others: other processes disturb some. */
function secondsPerUpdate(marks: readonly number[]): number {
  const pauses = marks.slice(1).map((at, index) => (at - marks[index]) / 1000);
  const later = pauses.length > warmUp ? pauses.slice(warmUp) : pauses;
  return later.sort((a, b) => a - b)[later.length >> 1] ?? 0;
}

function scaledSeconds({ perUpdate, perTrial, scale, spec: sample }: ScaledRate, spec: RunSpec): number {
  const { training, evaluation } = spec;
  const batches = training.batchSize / sample.training.batchSize;
  // Where no run of the kind was judged: an update is about three passes of its trials.
  const trial = perTrial ?? perUpdate / sample.training.batchSize / 3;
  const judged = evaluation === null ? 0 : evaluation.intensities.length * evaluation.trials * evaluation.repeats;
  const { validation } = training;
  const validated =
    validation === null
      ? 0
      : Math.ceil(training.updates / validation.every) * validation.trials * Math.max(1, validation.repeats);
  const trials = judged + validated + allPasses(spec);
  return scale * (training.updates * batches * perUpdate + trials * trial) + publishing;
}

/** Seconds to encode and publish the files of a run: mostly flushes of the disk. */
const publishing = 0.03;

function nearest(rates: readonly Rate[], spec: RunSpec): ScaledRate {
  const distance = (rate: Rate): number =>
    Math.abs(Math.log(trialWork(rate.spec) / trialWork(spec))) +
    (rate.spec.network.cell === spec.network.cell ? 0 : 10);
  const closest = rates.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
  return { ...closest, scale: trialWork(spec) / trialWork(closest.spec) };
}

/** Products of one trial through a network, and what every unit costs besides. */
function trialWork(spec: RunSpec): number {
  const { hiddenSize, inputSize } = spec.network;
  return Math.max(1, stepCountOf(spec) * hiddenSize * (hiddenSize + inputSize + 40));
}

/**
 * Seconds until jobs are done that workers take in their order, each when it is free.
 *
 * @param seconds of each job
 * @param workers >= 1
 */
export function wallSeconds(seconds: readonly number[], workers: number): number {
  if (workers >= seconds.length) return seconds.reduce((most, value) => Math.max(most, value), 0);
  const busyUntil = new Float64Array(workers);
  for (const job of seconds) {
    let first = 0;
    for (let worker = 1; worker < workers; worker++) if (busyUntil[worker] < busyUntil[first]) first = worker;
    busyUntil[first] += job;
  }
  return Math.max(...busyUntil);
}
