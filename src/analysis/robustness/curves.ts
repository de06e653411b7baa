/** Losses and decisions of every trial at every strength of every perturbation. */
import type { TrialBatch } from "../../task/contract.ts";
import { distances } from "../attacks/ball.ts";
import { type Victim, type VictimSetting, victimOf } from "../attacks/victim.ts";
import type { Perturbation, PerturbationSetting } from "../perturbations/contract.ts";
import { streams } from "./subject.ts";

export interface CurvesCall {
  /** The network and the noise draws that attacks average over. */
  readonly attacked: VictimSetting;
  /** The network with the noise of a repeat, which is none of those. */
  evaluated(repeat: number): VictimSetting;
  readonly batches: readonly TrialBatch[];
  readonly asked: readonly { readonly perturbation: Perturbation; readonly strengths: readonly number[] }[];
  readonly range: { readonly low: number; readonly high: number };
  readonly isClipped: boolean;
  /** Draws of random perturbations, and of the network's noise, >= 1. */
  readonly repeats: number;
  readonly isSilent: boolean;
  readonly seed: number;
  readonly steps: number;
  readonly restarts: number;
  onStep(share: number, what: string): void;
}

/** The trials at one strength, means over repeats; every array is `[trial]`. */
export interface TrialsAt {
  readonly strength: number;
  readonly losses: Float64Array;
  /** Share of the repeats in which the trial is decided rightly; undefined where nothing is decided. */
  readonly right: Float64Array | undefined;
  /** l2 norm of the change of the input. */
  readonly norms: Float64Array;
}

export interface MeasuredCurves {
  /** Weight of each trial in the loss, `[trial]`. */
  readonly trialWeights: Float64Array;
  readonly clean: TrialsAt;
  readonly curves: readonly MeasuredCurve[];
}

export interface MeasuredCurve {
  readonly perturbation: Perturbation;
  /** By strength, the clean trials first. */
  readonly points: readonly TrialsAt[];
}

/**
 * Every repeat perturbs with draws of its own, which are the same at every strength, and runs the network with noise of
 * its own, which is the same under every perturbation (common random numbers).
 */
export function measuredCurves(call: CurvesCall): MeasuredCurves {
  const { attacked, batches, asked, isSilent, seed } = call;
  const trialCount = batches.reduce((sum, { batchSize }) => sum + batchSize, 0);
  const clean = emptyTally(0, trialCount);
  const tallies = asked.map(({ strengths }) => strengths.map((strength) => emptyTally(strength, trialCount)));
  const trialWeights = new Float64Array(trialCount);
  let isDecided = false;
  let start = 0;
  for (const batch of batches) {
    const victim = victimOf(attacked, batch);
    const networkRepeats = isSilent ? 1 : call.repeats;
    const evaluators = Array.from({ length: networkRepeats }, (_, repeat) => victimOf(call.evaluated(repeat), batch));
    const add = (tally: Tally, repeats: number, inputs: readonly Float64Array[]): void => {
      for (let repeat = 0; repeat < repeats; repeat++) {
        const input = inputs[repeat % inputs.length];
        const look = evaluators[repeat % networkRepeats].look(input);
        const far = distances(victim, "l2", input, victim.clean);
        isDecided = look.right !== undefined;
        trialWeights.set(look.trialWeights, start);
        for (let row = 0; row < batch.batchSize; row++) {
          tally.losses[start + row] += look.losses[row] / repeats;
          tally.right[start + row] += (look.right?.[row] ?? 0) / repeats;
          tally.norms[start + row] += far[row] / repeats;
        }
      }
    };
    add(clean, networkRepeats, [victim.clean]);
    const clip = clipping(victim, call);
    for (const [index, { perturbation }] of asked.entries()) {
      const repeats = perturbation.isRandom ? call.repeats : networkRepeats;
      // what no key changes is prepared once, whatever noise the network then has
      const prepared = Array.from({ length: perturbation.isRandom ? repeats : 1 }, (_, repeat) =>
        perturbation.prepare({
          victim,
          range: call.range,
          key: { seed, stream: streams.perturbation(repeat) },
          clip,
          steps: call.steps,
          restarts: call.restarts,
          startKey: (restart) => ({ seed, stream: streams.start(restart) }),
        }),
      );
      for (const [place, tally] of tallies[index].entries()) {
        const share = (index + place / tallies[index].length) / asked.length;
        call.onStep((start + batch.batchSize * share) / trialCount, perturbation.name);
        const inputs = prepared.map((at) => {
          const input = at(tally.strength);
          clip(input);
          return input;
        });
        add(tally, repeats, inputs);
      }
    }
    start += batch.batchSize;
  }
  const asTrials = (tally: Tally): TrialsAt => (isDecided ? tally : { ...tally, right: undefined });
  return {
    trialWeights,
    clean: asTrials(clean),
    curves: asked.map(({ perturbation }, index) => ({
      perturbation,
      points: [clean, ...tallies[index]].map(asTrials),
    })),
  };
}

type Tally = TrialsAt & { readonly right: Float64Array };

function emptyTally(strength: number, trials: number): Tally {
  return {
    strength,
    losses: new Float64Array(trials),
    right: new Float64Array(trials),
    norms: new Float64Array(trials),
  };
}

/** What an input is brought back to, in place; padding stays. */
function clipping(
  { counts, stride }: Victim,
  { isClipped, range }: Pick<CurvesCall, "isClipped" | "range">,
): PerturbationSetting["clip"] {
  return (input) => {
    if (!isClipped) return;
    for (const [row, count] of counts.entries()) {
      for (let i = row * stride; i < row * stride + count; i++) {
        input[i] = Math.min(range.high, Math.max(range.low, input[i]));
      }
    }
  };
}
