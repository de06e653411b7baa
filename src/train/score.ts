/** Loss and accuracy of fixed weights on fixed trials: what validation and evaluation share. */
import { stream } from "../core/random.ts";
import type { RealArray } from "../engine/contract.ts";
import type { Network, NetworkKernel, NoiseLevel, Weights } from "../network/contract.ts";
import { forwardPass, type Passes, together } from "../network/lockstep.ts";
import type { Split, Task, TrialBatch } from "../task/contract.ts";
import { firstCountedStep, trialsOf } from "./batches.ts";
import { type Play, type Player, playing } from "./closed-loop.ts";
import type { Loss } from "./contract.ts";
import { accuracyOf } from "./losses/masked-loss.ts";

export interface ScoreCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly task: Pick<Task, "environment" | "judge" | "parts" | "outcomes">;
  readonly loss: Loss;
  /** Trials, in batches; see `trialBatches`. Those of a closed loop are played anew, in every repeat. */
  readonly batches: readonly TrialBatch[];
  /** Split the trials are from: each split has noise streams of its own. */
  readonly split: Split;
  readonly level: NoiseLevel;
  /** Noise draws per trial, >= 1. */
  readonly repeats: number;
  readonly seed: number;
  /** Sees the output of every batch and computed repeat; batch by batch, repeats innermost. */
  readonly onOutput?: (output: RealArray, batch: TrialBatch, repeat: number) => void;
}

/** Loss and accuracy of the trials of one part of a task. */
export interface PartScore {
  /** One of the task's `parts`. */
  readonly part: string;
  readonly loss: number;
  readonly accuracy: number | undefined;
}

export interface Score {
  /** Mean over repeats of the mean over trials, weighted as the loss weighs them; NaN or infinite when an output is. */
  readonly loss: number;
  /** Fraction of trials decided or solved, mean over repeats; undefined for value targets that the task does not judge. */
  readonly accuracy: number | undefined;
  /** Of each part of the task that has trials here, in the task's order; undefined when it has none. */
  readonly parts: readonly PartScore[] | undefined;
  /** Mean over trials and repeats of each of the task's outcomes; undefined when it has none. */
  readonly outcomes: Readonly<Record<string, number>> | undefined;
  /** Loss of each trial, mean over repeats, `[trial]`. */
  readonly perTrial: Float64Array;
  /** Weight of each trial in the mean, mean over repeats, `[trial]`. */
  readonly trialWeights: Float64Array;
  /** Loss of each repeat, `[repeat]`. */
  readonly perRepeat: Float64Array;
  /** Accuracy of each repeat, `[repeat]`; undefined where `accuracy` is. */
  readonly accuracyPerRepeat: Float64Array | undefined;
  /** First output that is not finite, in the order of batches and repeats. */
  readonly firstBad: { readonly trial: number; readonly step: number; readonly repeat: number } | undefined;
}

const splitCode = { test: 0, validation: 1, train: 2 } as const satisfies Record<Split, number>;

/** Noise stream of one repeat of an evaluation, the same at every noise level and for every set of weights. */
export function evaluationStream(split: Split, repeat: number): number {
  return stream("evaluation-noise", splitCode[split] * 2 ** 20 + repeat);
}

/** Whether a level leaves no noise at any site. */
export function isSilent(network: Network, level: NoiseLevel): boolean {
  return Object.values(network.noiseAt(level)).every(({ intensity }) => intensity === 0);
}

/**
 * Scores weights at one noise level.
 *
 * The trials of a closed loop are played by the network in every repeat: their inputs depend on its noise.
 *
 * Noise draws are addressed by (seed, split, repeat, trial), not by the level, so scores at two levels differ by the
 * intensity alone (common random numbers). Without noise all repeats are equal and one is computed.
 *
 * Cost: one forward pass per batch and repeat; of one step per step where a closed loop is played.
 */
export function score(call: ScoreCall): Score {
  return together(call.kernel, [scoring(call)])[0];
}

/** `score`, beside others. */
export function* scoring(call: Omit<ScoreCall, "kernel">): Passes<Score> {
  const { network, weights, task, loss, batches, split, level, repeats, seed } = call;
  const draws = isSilent(network, level) ? 1 : repeats;
  const trialCount = batches.reduce((sum, batch) => sum + batch.batchSize, 0);
  const tallies = Array.from({ length: draws }, () => emptyTally(trialCount, task.outcomes));
  const partOf = new Uint16Array(trialCount);
  let firstBad: Score["firstBad"];
  let isJudged = false;
  let start = 0;
  for (const planned of batches) {
    for (let repeat = 0; repeat < draws; repeat++) {
      const key = { seed, stream: evaluationStream(split, repeat) };
      const environment = task.environment?.(split, planned.trials, seed);
      const player = { network, weights, level, key };
      const { batch, output } =
        environment === undefined
          ? yield* passing(player, planned)
          : yield* playing(player, environment, planned.trials);
      const measure = loss.measure(output, batch);
      const { right, losses, weights: trialWeights, outcomes } = tallies[repeat];
      losses.set(measure.perTrial, start);
      trialWeights.set(measure.trialWeights, start);
      const correct = loss.correct(output, batch) ?? task.judge?.solved(output, batch);
      if (correct !== undefined) right.set(correct, start);
      isJudged ||= correct !== undefined;
      for (const [name, values] of Object.entries(outcomes)) values.set(batch.outcomes?.[name] ?? [], start);
      if (measure.firstBad !== undefined) {
        firstBad ??= { trial: batch.trials[measure.firstBad.row], step: measure.firstBad.step, repeat };
      }
      call.onOutput?.(output, batch, repeat);
    }
    if (planned.parts !== undefined) partOf.set(planned.parts, start);
    start += planned.batchSize;
  }
  const losses = Float64Array.from(tallies, (tally) => lossOf(tally));
  const accuracies = Float64Array.from(tallies, ({ right, weights }) => accuracyOf(right, weights));
  return {
    loss: mean(losses),
    accuracy: isJudged ? mean(accuracies) : undefined,
    parts: task.parts === undefined ? undefined : partScores(task.parts, partOf, tallies, isJudged),
    outcomes: task.outcomes === undefined ? undefined : meanOutcomes(tallies),
    ...trialMeans(tallies, trialCount),
    perRepeat: perDraw(losses, repeats),
    accuracyPerRepeat: isJudged ? perDraw(accuracies, repeats) : undefined,
    firstBad,
  };
}

/** An open loop: one forward pass. */
function* passing({ network, ...player }: Player, batch: TrialBatch): Passes<Play> {
  const outputFrom = firstCountedStep(batch, network.spec.readout);
  const { output } = yield* forwardPass(network, { ...player, ...trialsOf(network, batch), outputFrom });
  return { batch, output };
}

/** What one draw of the noise gave, per trial. */
interface Tally {
  readonly losses: Float64Array;
  readonly weights: Float64Array;
  readonly right: Uint8Array;
  readonly outcomes: Readonly<Record<string, Float64Array>>;
}

function emptyTally(trialCount: number, outcomes: Task["outcomes"] = []): Tally {
  return {
    losses: new Float64Array(trialCount),
    weights: new Float64Array(trialCount),
    right: new Uint8Array(trialCount),
    outcomes: Object.fromEntries(outcomes.map(({ name }) => [name, new Float64Array(trialCount)])),
  };
}

function lossOf({ losses, weights }: Pick<Tally, "losses" | "weights">): number {
  let total = 0;
  let weight = 0;
  for (const [trial, loss] of losses.entries()) {
    total += loss * weights[trial];
    weight += weights[trial];
  }
  return total / weight;
}

function partScores(
  parts: readonly string[],
  partOf: Uint16Array,
  tallies: readonly Tally[],
  isJudged: boolean,
): PartScore[] {
  return parts.flatMap((part, index) => {
    if (!partOf.includes(index)) return [];
    const isOfPart = (_value: number, trial: number): boolean => partOf[trial] === index;
    const own = tallies.map(({ losses, weights, right }) => ({
      losses: losses.filter(isOfPart),
      weights: weights.filter(isOfPart),
      right: right.filter(isOfPart),
    }));
    return [
      {
        part,
        loss: mean(own.map(lossOf)),
        accuracy: isJudged ? mean(own.map(({ right, weights }) => accuracyOf(right, weights))) : undefined,
      },
    ];
  });
}

function meanOutcomes(tallies: readonly Tally[]): Record<string, number> {
  const names = Object.keys(tallies[0].outcomes);
  return Object.fromEntries(names.map((name) => [name, mean(tallies.map(({ outcomes }) => mean(outcomes[name])))]));
}

/** Losses of the trials over draws, as weighted as they were in each. */
function trialMeans(tallies: readonly Tally[], trialCount: number): Pick<Score, "perTrial" | "trialWeights"> {
  const perTrial = new Float64Array(trialCount);
  const trialWeights = new Float64Array(trialCount);
  for (let trial = 0; trial < trialCount; trial++) {
    let total = 0;
    let weight = 0;
    for (const { losses, weights } of tallies) {
      total += losses[trial] * weights[trial];
      weight += weights[trial];
    }
    perTrial[trial] = weight === 0 ? 0 : total / weight;
    trialWeights[trial] = weight / tallies.length;
  }
  return { perTrial, trialWeights };
}

function mean(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Values per repeat from values per computed draw: one draw stands for all repeats when there is no noise. */
function perDraw(drawn: Float64Array, repeats: number): Float64Array {
  return drawn.length === repeats ? drawn : new Float64Array(repeats).fill(drawn[0]);
}
