/** The clean and the noisy loss of a trained network as functions of its weights. */
import { CapabilityError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import type { NetworkKernel } from "../../network/contract.ts";
import type { Split } from "../../task/contract.ts";
import { checkFit } from "../../train/batches.ts";
import { losses } from "../../train/losses/registry.ts";
import { isSilent } from "../../train/score.ts";
import type { AnalysisCall } from "../contract.ts";
import { type FrozenPass, type FrozenPassOptions, frozenPasses } from "./frozen-passes.ts";
import { checkFinite, type LossSurface, lossSurface } from "./loss-surface.ts";
import { type TrainedNumbers, trainedNumbers } from "./trained-numbers.ts";

/** clean: without noise; noisy: mean over noise draws that do not change with the weights. */
export type LossName = "clean" | "noisy";
export const lossColumn = { name: "loss", meaning: "clean: without noise; noisy: mean over the noise draws" };

export interface TrialOptions {
  readonly split: string;
  /** Trials 0..trials-1 of the split; fewer where it has fewer. */
  readonly trials: number;
  /** Noise draws; 0: the clean loss alone. */
  readonly draws: number;
}

export interface NamedSurface extends LossSurface {
  readonly name: LossName;
  /** Loss of each draw at the trained weights. */
  readonly trained: Float64Array;
  readonly draws: number;
  /** Fewer trials of the split, spread over it, with their noise. */
  passesOf(trials: number): FrozenPass[];
}

export interface Surfaces {
  /** The clean one; then the noisy one, where there is noise and draws are asked for. */
  readonly surfaces: readonly NamedSurface[];
  readonly numbers: TrainedNumbers;
  readonly trials: number;
  readonly split: Split;
  /** What a reader must know of the trials. */
  readonly warnings: readonly string[];
}

const splits: readonly Split[] = ["train", "validation", "test"];

/** Option rules of the trials. */
export const trialRules = {
  split: { type: "text", default: "train", remedy: "train, validation or test" },
  trials: { type: "number", default: 128, from: 1, integer: true, remedy: "trials 0, 1, ... of the split" },
  draws: { type: "number", default: 4, from: 0, integer: true, remedy: "noise draws; 0 for the clean loss alone" },
} as const;

/**
 * @param kernel float64
 * @throws ParameterError for an unknown split; CapabilityError where nothing is trained or the loss at the trained
 * weights is not finite
 */
export function surfacesOf(
  place: string,
  { network, weights, task, seed, loss: lossName }: AnalysisCall,
  kernel: NetworkKernel,
  given: TrialOptions,
): Surfaces {
  checkFit(network, task);
  const split = splits.find((one) => one === given.split);
  if (split === undefined) throw unknownName("split", given.split, splits, `${place}, split`);
  const loss = losses.get(lossName ?? task.loss);
  const numbers = trainedNumbers(network, weights);
  if (numbers.size === 0) {
    throw new CapabilityError({
      place,
      rule: "asks how the loss changes with what is trained, got a network of frozen arrays alone",
      remedy: "analyse a network of which at least one array is trained",
    });
  }
  const trials = Math.min(given.trials, task.trialCount(split));
  const shown = { network, kernel, weights, task, loss, split, trials, seed };
  const named = (name: LossName, of: FrozenPassOptions): NamedSurface => {
    const surface = lossSurface(shown, frozenPasses(of), numbers);
    return {
      ...surface,
      name,
      trained: checkFinite(place, surface),
      draws: of.draws,
      passesOf: (count) => frozenPasses({ ...of, trials: Math.min(count, trials) }),
    };
  };
  const clean = named("clean", { ...shown, level: "zero", draws: 1 });
  const isNoisy = given.draws > 0 && !isSilent(network, "trained");
  const isClosedLoop = task.environment !== undefined;
  return {
    surfaces: isNoisy ? [clean, named("noisy", { ...shown, level: "trained", draws: given.draws })] : [clean],
    numbers,
    trials,
    split,
    warnings: isClosedLoop
      ? ["The closed loop was played once per noise draw at the trained weights; its inputs are held as they went."]
      : [],
  };
}
