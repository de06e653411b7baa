/** The training loop: a pure function of (network, task, options, seed), whatever happens around it. */

import { ParameterError, SpecError } from "../core/errors.ts";
import type { OptionValues } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import type { Precision, RealArray } from "../engine/contract.ts";
import { architecture } from "../network/architecture.ts";
import type { Network, NetworkKernel, Weights } from "../network/contract.ts";
import { lockstep, type Passes, settled } from "../network/lockstep.ts";
import type { Task } from "../task/contract.ts";
import { checkFit, trialBatches } from "./batches.ts";
import {
  type Best,
  type Checkpoint,
  fromCheckpoint,
  type History,
  type RunIdentity,
  type TrainingRow,
  type TrainState,
  toCheckpoint,
  type ValidationRow,
} from "./checkpoint.ts";
import { type Diverged, divergenceAdvice, recurrentStability } from "./divergence.ts";
import { losses } from "./losses/registry.ts";
import { prepareOptimiser } from "./optimisers/prepared.ts";
import { optimisers } from "./optimisers/registry.ts";
import { type TrainOptions, type TrainOptionsInput, trainOptions } from "./options.ts";
import { regulariserIssues } from "./regulariser.ts";
import { scoring } from "./score.ts";
import { trainable, type UpdateOutcome, type UpdateSubject, updating } from "./update.ts";

/** Gradient norms kept for the report of a divergence. */
const normsKept = 20;

export interface TrainCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly task: Task;
  readonly options: TrainOptionsInput;
  /** Integer in 0..2^53-1: initial weights, trials and noise follow from it. */
  readonly seed: number;
  /** Where to go on; must be of the same run. */
  readonly resume?: Checkpoint;
  readonly hooks?: TrainHooks;
}

/** What the surroundings may want; nothing here changes a number. */
export interface TrainHooks {
  /** After every update. */
  onProgress?(progress: TrainProgress): void;
  /** Asked before every update; true ends the run, resumable. May wait, so that the caller's event loop gets its turn. */
  shouldStop?(): boolean | Promise<boolean>;
  /** Every `checkpointEvery` updates. */
  onCheckpoint?(checkpoint: Checkpoint): void | Promise<void>;
  /** Default 0: never. */
  readonly checkpointEvery?: number;
  /** Clock in milliseconds; without it progress carries no times. */
  now?(): number;
}

export interface TrainProgress {
  /** Updates made. */
  readonly update: number;
  readonly updates: number;
  /** Loss of the last batch. */
  readonly loss: number;
  readonly learningRate: number;
  /** Since this call began; undefined without a clock. */
  readonly updatesPerSecond: number | undefined;
  readonly remainingSeconds: number | undefined;
}

export type TrainOutcome =
  | { readonly kind: "completed"; readonly update: number }
  /** Validation did not improve for `patience` validations. */
  | { readonly kind: "stopped-early"; readonly update: number; readonly bestUpdate: number }
  /** The caller asked to stop; resume from the checkpoint. */
  | { readonly kind: "interrupted"; readonly update: number }
  | Diverged;

export interface TrainResult {
  readonly outcome: TrainOutcome;
  /** After the last good update. */
  readonly weights: Weights;
  /** Weights of the smallest validation loss; undefined unless `keepBest`. */
  readonly best: Best | undefined;
  readonly history: History;
  /** Complete options, defaults spelled out. */
  readonly options: TrainOptions;
  /** Continues an interrupted run to the same bits as an uninterrupted one. */
  readonly checkpoint: Checkpoint;
}

/**
 * Trains a network on a task.
 *
 *     L = loss(output, target) + activity * mean(rate^2)
 *
 * Update k sees trials k batchSize .. (k + 1) batchSize - 1 of the training split and the training noise of those
 * trials; the gradient goes through the noise as through a constant. Weights and moments are stored in the kernel's
 * precision, updates are computed in double. With the option `regulariser` the noise-free loss and the regulariser that
 * the noise comes to are descended instead. The same call gives the same bits, interrupted and resumed or not.
 *
 * @returns the trained weights; a run that diverges ends with outcome "diverged" and the weights before the bad update
 * @throws SpecError for options that break a rule, or a checkpoint of another run
 * @throws ShapeError when the network does not have the task's channels
 * @throws ParameterError when the inputs of the first batch, or of validation, are not finite
 */
export async function train(call: TrainCall): Promise<TrainResult> {
  return lockstep(call.kernel, [training(call)])[0];
}

/**
 * Trains several networks of one architecture beside each other, their passes in one call of the engine.
 *
 * Runs may differ in seed, noise intensities, task, options and checkpoint; passes over batches of one shape are made
 * together. Each result has the bits that `train` gives for the run alone. A run that ends, whatever its outcome, leaves
 * and the others go on.
 *
 * @param kernel of any of the networks
 * @param runs their hooks do not call the kernel; a hook that makes one run wait makes all wait
 * @returns one promise per run, settled as `train` settles it, when that run has ended
 * @throws ParameterError when the networks differ in more than the intensities of their noise and initialisers
 */
export function trainStack({
  kernel,
  runs,
}: {
  readonly kernel: NetworkKernel;
  readonly runs: readonly Omit<TrainCall, "kernel">[];
}): Promise<TrainResult>[] {
  const [first] = runs;
  const odd = runs.findIndex(({ network }) => architecture(network.spec) !== architecture(first.network.spec));
  if (odd >= 0) {
    throw new ParameterError({
      place: `run ${odd} of a stack`,
      rule: "must have the architecture of the first, but for the intensities of its noise",
      remedy: "train other architectures in a stack of their own",
    });
  }
  return lockstep(
    kernel,
    runs.map((run) => training({ ...run, kernel })),
  );
}

/** `train`, beside others. */
export function* training(call: TrainCall): Passes<TrainResult> {
  const { network, kernel, task, seed, hooks = {} } = call;
  checkFit(network, task);
  const options = trainOptions(call.options);
  const unfit = options.regulariser === undefined ? [] : regulariserIssues(network.spec);
  if (unfit.length > 0) throw new SpecError("training options", unfit);
  checkRates(network, options);
  const loss = losses.get(options.loss === "task" ? task.loss : options.loss);
  const optimiser = yield* settled(prepareOptimiser(options.optimiser.name, kernel));
  const subject = { network, task, loss, optimiser, options, seed };
  const run: RunIdentity = {
    seed,
    options,
    network: network.spec,
    task: { name: task.name, options: task.options },
    precision: kernel.precision,
    backend: kernel.backend,
    variant: kernel.variant,
  };

  const start: TrainState =
    call.resume === undefined
      ? initialState(network, kernel.precision, seed, options)
      : fromCheckpoint(call.resume, run);
  let { update, weights, optimiser: memory, best, stopping } = start;
  const training: TrainingRow[] = [...start.history.training];
  const validation: ValidationRow[] = [...start.history.validation];
  let gradientNorms = start.gradientNorms;

  const checkpoint = (): Checkpoint =>
    toCheckpoint(
      { update, weights, optimiser: memory, best, stopping, history: { training, validation }, gradientNorms },
      run,
    );
  const ended = (outcome: TrainOutcome): TrainResult => ({
    outcome,
    weights,
    best,
    history: { training, validation },
    options,
    checkpoint: checkpoint(),
  });
  const diverged = (failure: Extract<UpdateOutcome, { kind: "failed" }>): TrainResult => {
    const norms = failure.gradientNorm === undefined ? gradientNorms : recent(gradientNorms, failure.gradientNorm);
    const recurrent = recurrentStability(network, weights);
    return ended({
      kind: "diverged",
      update,
      quantity: failure.quantity,
      ...failure.place,
      gradientNorms: norms,
      ...(recurrent === undefined ? {} : { recurrent }),
      advice: failure.fault ?? divergenceAdvice(update, recurrent, norms, options),
    });
  };

  const judge = options.validation === null ? undefined : validator(subject, options.validation);
  const startedAt = hooks.now?.();

  while (update < options.updates) {
    if (isExhausted(stopping.stale, options)) break;
    if (yield* settled(hooks.shouldStop?.())) return ended({ kind: "interrupted", update });

    const outcome = yield* updating(subject, update, weights, memory);
    if (outcome.kind === "failed") return diverged(outcome);
    const { row } = outcome;
    if (update % options.historyEvery === 0 || update === options.updates - 1) training.push(row);
    gradientNorms = recent(gradientNorms, row.gradientNorm);
    weights = outcome.weights;
    memory = outcome.optimiser;
    update++;

    if (judge?.isDue(update) === true) {
      const judged = yield* judge.row(update, weights);
      validation.push(judged);
      const isBest = judged.loss < (best?.loss ?? Number.POSITIVE_INFINITY);
      if (options.keepBest && isBest) best = { update, loss: judged.loss, weights };
      stopping = afterValidation(stopping, judged, options.earlyStopping?.minDelta ?? 0);
    }
    hooks.onProgress?.(progressOf(row, start.update, options.updates, startedAt, hooks.now?.()));
    const { checkpointEvery = 0 } = hooks;
    if (checkpointEvery > 0 && update % checkpointEvery === 0) yield* settled(hooks.onCheckpoint?.(checkpoint()));
  }
  if (isExhausted(stopping.stale, options))
    return ended({ kind: "stopped-early", update, bestUpdate: stopping.bestUpdate });
  return ended({ kind: "completed", update });
}

/**
 * Learning rates are of arrays that are trained.
 *
 * @throws ParameterError for any other name
 */
export function checkRates({ shapes, frozen }: Pick<Network, "shapes" | "frozen">, options: TrainOptions): void {
  const known = Object.keys(shapes).filter((name) => !frozen.includes(name));
  for (const name of Object.keys(options.learningRates ?? {})) {
    if (!known.includes(name)) throw unknownName("trained array", name, known, "learningRates");
  }
}

function initialState(network: Network, precision: Precision, seed: number, options: TrainOptions): TrainState {
  const weights = inPrecision(network.initialWeights(seed), precision);
  const optimiser = optimisers.get(options.optimiser.name);
  return {
    update: 0,
    weights,
    optimiser: optimiser.init(trainable(network, weights), options.optimiser as OptionValues),
    best: undefined,
    stopping: { reference: undefined, stale: 0, bestUpdate: 0 },
    history: { training: [], validation: [] },
    gradientNorms: [],
  };
}

/** Weights in a kernel's precision; fresh arrays. */
function inPrecision(weights: Weights, precision: Precision): Weights {
  const cast = (array: RealArray): RealArray =>
    precision === "float32" ? Float32Array.from(array) : Float64Array.from(array);
  return Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, cast(array)]));
}

function recent(norms: readonly number[], norm: number): readonly number[] {
  return [...norms, norm].slice(-normsKept);
}

interface Validator {
  isDue(update: number): boolean;
  row(update: number, weights: Weights): Passes<ValidationRow>;
}

function validator(
  { network, task, loss, options, seed }: Omit<UpdateSubject, "kernel">,
  { every, trials, level, repeats }: NonNullable<TrainOptions["validation"]>,
): Validator {
  const batches = trialBatches(task, "validation", 0, trials, options.batchSize, seed);
  return {
    isDue: (update) => update % every === 0 || update === options.updates,
    *row(update, weights) {
      const judged = yield* scoring({
        network,
        weights,
        task,
        loss,
        batches,
        split: "validation",
        level,
        repeats,
        seed,
      });
      return { update, loss: judged.loss, accuracy: judged.accuracy ?? Number.NaN };
    },
  };
}

function afterValidation(before: TrainState["stopping"], row: ValidationRow, minDelta: number): TrainState["stopping"] {
  const improved = before.reference === undefined ? Number.isFinite(row.loss) : row.loss < before.reference - minDelta;
  return improved ? { reference: row.loss, stale: 0, bestUpdate: row.update } : { ...before, stale: before.stale + 1 };
}

function isExhausted(stale: number, { earlyStopping }: TrainOptions): boolean {
  return earlyStopping !== null && stale >= earlyStopping.patience;
}

function progressOf(
  { update: before, loss, learningRate }: TrainingRow,
  first: number,
  updates: number,
  startedAt: number | undefined,
  now: number | undefined,
): TrainProgress {
  const update = before + 1;
  const seconds = startedAt === undefined || now === undefined ? 0 : (now - startedAt) / 1000;
  const updatesPerSecond = seconds > 0 ? (update - first) / seconds : undefined;
  const remainingSeconds = updatesPerSecond === undefined ? undefined : (updates - update) / updatesPerSecond;
  return { update, updates, loss, learningRate, updatesPerSecond, remainingSeconds };
}
