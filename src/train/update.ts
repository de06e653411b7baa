/** One update: forward, loss, gradient, new weights; or the first number that was not finite. */
import type { OptionValues } from "../core/options.ts";
import { stream } from "../core/random.ts";
import type { Network, NetworkForward, NetworkKernel, Weights } from "../network/contract.ts";
import { forwardPass, type Passes, reversePass, together } from "../network/lockstep.ts";
import type { Task, TrialBatch } from "../task/contract.ts";
import { checkInputs, firstCountedStep, inputFault, trialIndices, trialsOf } from "./batches.ts";
import type { TrainingRow } from "./checkpoint.ts";
import { areFinite, clippedByNorm, clippedByValue, globalNorm } from "./clipping.ts";
import { playing } from "./closed-loop.ts";
import type { Loss, LossMeasure, Optimiser, OptimiserState } from "./contract.ts";
import type { DivergedQuantity } from "./divergence.ts";
import type { TrainOptions } from "./options.ts";
import { isSound, regularisedPass } from "./regulariser.ts";
import { schedules } from "./schedules/registry.ts";
import { warmUpFactor } from "./schedules/warm-up.ts";

export interface UpdateSubject {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly task: Task;
  readonly loss: Loss;
  /** The optimiser that the options name, prepared for the kernel. */
  readonly optimiser: Optimiser;
  readonly options: TrainOptions;
  readonly seed: number;
}

export type UpdateOutcome =
  | {
      readonly kind: "updated";
      readonly weights: Weights;
      readonly optimiser: OptimiserState;
      readonly row: TrainingRow;
    }
  | {
      readonly kind: "failed";
      readonly quantity: DivergedQuantity;
      /** First bad trial and step, when the quantity belongs to a trial. */
      readonly place?: { readonly trial: number; readonly step: number };
      /** What is wrong with the task, when its inputs are not finite. */
      readonly fault?: string;
      /** Norm of the gradient, when it was reached. */
      readonly gradientNorm?: number;
    };

/**
 * Update `index` (0-based) of a run; a pure function of its arguments.
 *
 *     L = loss(output, target) + activity * mean(rate^2)
 *
 * With a regulariser, output is that without noise, and the regulariser is added. The trials of a closed loop are played first, with the weights and the noise of the update; the gradient is that of
 * the batch that was played, with its inputs as constants.
 *
 * The inputs of the first batch must be finite; where a later output is not, those of its batch are looked at.
 *
 * Cost: one forward and one backward pass, and passes over the weights that are small beside them; a closed loop is
 * played besides, step by step.
 *
 * @throws ParameterError when an input of the first batch is not finite
 */
export function* updating(
  { network, task, loss, optimiser, options, seed }: Omit<UpdateSubject, "kernel">,
  index: number,
  weights: Weights,
  memory: OptimiserState,
): Passes<UpdateOutcome> {
  const indices = trialIndices(index * options.batchSize, options.batchSize);
  const { regulariser } = options;
  const level = regulariser === undefined ? "trained" : "zero";
  const player = { network, weights, level, key: { seed, stream: trainingStream(0) } } as const;
  const environment = task.environment?.("train", indices, seed);
  const batch =
    environment === undefined
      ? task.batch("train", indices, seed)
      : (yield* playing(player, environment, indices)).batch;
  // What a closed loop shows follows from the network, so there it may be the network that diverged.
  const isOpen = environment === undefined;
  if (isOpen && index === 0) checkInputs(task, "train", batch);
  const { batchSize, stepCount, trials } = batch;
  // The penalty is on the rates of all steps; the loss may need fewer.
  const counted = firstCountedStep(batch, network.spec.readout);
  const outputFrom = options.activity > 0 ? 0 : counted;
  const call = { ...trialsOf(network, batch), weights, level, key: player.key, outputFrom } as const;
  const activityWeight = options.activity / (batchSize * stepCount * network.spec.hiddenSize);
  const failure = ({ firstBad }: LossMeasure): UpdateOutcome => {
    if (firstBad === undefined) return { kind: "failed", quantity: "loss" };
    const fault = isOpen ? inputFault(task, "train", batch)?.message : undefined;
    const place = { trial: trials[firstBad.row], step: firstBad.step };
    return { kind: "failed", quantity: "output", place, ...(fault === undefined ? {} : { fault }) };
  };
  let measure: LossMeasure;
  let activity: number;
  let gradient: Weights;
  if (regulariser === undefined) {
    const forward = yield* forwardPass(network, call, true);
    measure = loss.measure(forward.output, batch);
    if (!isSound(measure)) return failure(measure);
    activity = meanActivity(forward, batch, outputFrom, network.spec.hiddenSize);
    if (options.activity > 0 && !Number.isFinite(activity)) return { kind: "failed", quantity: "activity" };
    gradient = yield* reversePass({ output: loss.gradient(forward.output, batch), activity: activityWeight });
  } else {
    const from = { activity: activityWeight, stream: trainingStream };
    const pass = yield* regularisedPass(network, call, batch, loss, regulariser, from);
    if (pass.failed !== undefined) return failure(pass.failed);
    ({ measure, gradient } = pass);
    activity = meanActivity(pass.forward, batch, outputFrom, network.spec.hiddenSize);
    if (options.activity > 0 && !Number.isFinite(activity)) return { kind: "failed", quantity: "activity" };
  }
  const gradientNorm = globalNorm(gradient);
  if (!Number.isFinite(gradientNorm)) return { kind: "failed", quantity: "gradient", gradientNorm };

  const learningRate = rateOf(options.learningRate, index, options);
  const next = optimiser.update({
    weights: trainable(network, weights),
    gradient: clipped(gradient, gradientNorm, options),
    state: memory,
    rate: learningRate,
    rates: Object.fromEntries(
      Object.entries(options.learningRates ?? {}).map(([array, own]) => [array, rateOf(own, index, options)]),
    ),
    weightDecay: options.weightDecay,
    options: options.optimiser as OptionValues,
  });
  if (!areFinite(next.weights)) return { kind: "failed", quantity: "weights", gradientNorm };
  const row = { update: index, loss: measure.value, activity, gradientNorm, learningRate };
  const moved = network.rebased({ ...weights, ...next.weights }, index + 1);
  return { kind: "updated", weights: moved, optimiser: next.state, row };
}

/** The same update alone, at once. */
export function trainingUpdate(
  { kernel, ...subject }: UpdateSubject,
  index: number,
  weights: Weights,
  memory: OptimiserState,
): UpdateOutcome {
  return together(kernel, [updating(subject, index, weights, memory)])[0];
}

const trainingStream = (draw: number): number => stream("training-noise", draw);

/** The arrays that training may change. */
export function trainable({ frozen }: Network, weights: Weights): Weights {
  if (frozen.length === 0) return weights;
  return Object.fromEntries(Object.entries(weights).filter(([name]) => !frozen.includes(name)));
}

/** Over the steps from `from` on: earlier ones are not computed. */
function meanActivity(
  { activity }: Pick<NetworkForward, "activity">,
  batch: TrialBatch,
  from: number,
  hiddenSize: number,
): number {
  const { batchSize, stepCount } = batch;
  let sum = 0;
  for (let row = 0; row < batchSize; row++) {
    for (let step = from; step < stepCount; step++) sum += activity[row * stepCount + step];
  }
  return sum / (batchSize * (stepCount - from) * hiddenSize);
}

/** A learning rate at an update: schedule and warm-up multiply it. */
function rateOf(rate: number, index: number, { schedule, warmUp, updates }: TrainOptions): number {
  const factor = schedules.get(schedule.name).factor(index, updates, schedule as OptionValues);
  return rate * warmUpFactor(index, warmUp) * factor;
}

function clipped(gradient: Weights, norm: number, { clipValue, clipNorm }: TrainOptions): Weights {
  if (clipValue === null) return clipNorm === null ? gradient : clippedByNorm(gradient, norm, clipNorm);
  const limited = clippedByValue(gradient, clipValue);
  return clipNorm === null ? limited : clippedByNorm(limited, globalNorm(limited), clipNorm);
}
