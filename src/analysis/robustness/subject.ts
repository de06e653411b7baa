/** The trials that are perturbed, and the noise under which they are. */
import { CapabilityError, ParameterError } from "../../core/errors.ts";
import { stream } from "../../core/random.ts";
import { unknownName } from "../../core/registry.ts";
import type { NoiseKey } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import type { AnalysisCall } from "../contract.ts";
import { spreadBatches } from "../spread-trials.ts";

/** Numbers of one state, over trials and steps, that a pass which is kept may hold. */
const statesPerPass = 2 ** 22;

/**
 * Test trials spread over the split, in batches that fit in memory with their gradients.
 *
 * @throws CapabilityError for a task whose inputs follow from the network's outputs
 */
export function perturbedTrials(place: string, { network, task, seed }: AnalysisCall, trials: number): TrialBatch[] {
  if (task.environment !== undefined) {
    throw new CapabilityError({
      place,
      rule: `perturbs inputs that are given, got the task ${task.name}, whose inputs follow from the network's outputs`,
      remedy: "analyse the network on a task without a closed loop that has the same channels (--task)",
    });
  }
  const perTrial = network.spec.hiddenSize * task.stepCount;
  const batchSize = Math.max(1, Math.min(256, Math.floor(statesPerPass / perTrial)));
  return spreadBatches(task, "test", trials, batchSize, seed);
}

/** Smallest and largest input over the trials' own steps and all channels. */
export function rangeOf(batches: readonly TrialBatch[]): { readonly low: number; readonly high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { input, batchSize, stepCount, inputSize, lengths } of batches) {
    for (let row = 0; row < batchSize; row++) {
      const from = row * stepCount * inputSize;
      for (let i = from; i < from + (lengths?.[row] ?? stepCount) * inputSize; i++) {
        if (input[i] < low) low = input[i];
        if (input[i] > high) high = input[i];
      }
    }
  }
  return { low, high };
}

/** A choice of a text option. @throws ParameterError that names the nearest */
export function choiceOf<Name extends string>(
  place: string,
  option: string,
  value: unknown,
  known: readonly Name[],
): Name {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw value === null
    ? new ParameterError({
        place: `${place}, ${option}`,
        rule: "must be a text, got null",
        remedy: `known: ${known.join(", ")}`,
      })
    : unknownName(option, String(value), known, `${place}, ${option}`);
}

/** Where the random numbers of these analyses come from; no two of them share any. */
export const streams = {
  /** Draws of a repeat of a random perturbation. */
  perturbation: (repeat: number): number => stream("perturbation", 2 ** 20 + repeat),
  /** Starts of a run of an attack. */
  start: (restart: number): number => stream("perturbation", 2 ** 21 + restart),
  /** The network's own noise under attack; that at evaluation is another one. */
  attackNoise: (draw: number): number => stream("perturbation", 3 * 2 ** 20 + draw),
  /** Input noise of a draw of randomised smoothing. */
  smoothing: (draw: number): number => stream("perturbation", 2 ** 22 + draw),
  /** The network's own noise in that draw. */
  smoothingNoise: (draw: number): number => stream("perturbation", 5 * 2 ** 20 + draw),
  /** Points between trials. */
  mixture: (sample: number): number => stream("perturbation", 6 * 2 ** 20 + sample),
} as const;

/** Keys of so many noise draws; one where the level leaves no noise. */
export function noiseKeys(seed: number, draws: number, isSilent: boolean, of: (draw: number) => number): NoiseKey[] {
  return Array.from({ length: isSilent ? 1 : draws }, (_, draw) => ({ seed, stream: of(draw) }));
}
