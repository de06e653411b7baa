/** Networks that are trained as the one in question was, but for one thing. */
import { CapabilityError } from "../../core/errors.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import { together } from "../../network/lockstep.ts";
import type { TrainOptions } from "../../train/options.ts";
import { train } from "../../train/train.ts";
import type { AnalysisCall, FindingRow } from "../contract.ts";
import { type SweepRow, sweeping } from "../intensity-sweep.ts";
import { studentQuantile } from "../statistics/sample.ts";
import { underWay } from "../under-way.ts";

/** A network with the kernel that it was trained on, in the precision and on the back end of the one in question. */
export interface TrainedAgain {
  readonly network: Network;
  readonly weights: Weights;
  readonly kernel: NetworkKernel;
}

/** How the network was trained. @throws CapabilityError when that is not known */
export function trainingOf({ training }: AnalysisCall, updates: number): TrainOptions {
  if (training === undefined) {
    throw new CapabilityError({
      place: "controls, training again",
      rule: "how the network was trained must be known",
      remedy: "analyse a run of noisy-rnn, or set retrain to false",
    });
  }
  return updates === 0 ? training : { ...training, updates };
}

/**
 * Trains with the seed and options of the network in question.
 *
 * @param share of all work that is done before and after
 * @throws CapabilityError when the training diverges
 */
export async function trainedAgain(
  call: AnalysisCall,
  network: Network,
  options: TrainOptions,
  what: string,
  [from, to]: readonly [number, number],
): Promise<TrainedAgain> {
  const { precision, backend } = call.kernel;
  const kernel = await network.kernel({ precision, backend });
  const { outcome, weights, best } = await train({
    network,
    kernel,
    task: call.task,
    options,
    seed: call.seed,
    hooks: {
      onProgress: ({ update, updates }) => underWay(call, from + ((to - from) * update) / updates, `training ${what}`),
    },
  });
  if (outcome.kind === "completed" || outcome.kind === "stopped-early") {
    return { network, kernel, weights: best?.weights ?? weights };
  }
  kernel.close();
  throw new CapabilityError({
    place: `controls, ${what}`,
    rule: `the training must come to its end, got ${outcome.kind} after ${outcome.update} updates`,
    remedy: "look at the other controls, or set retrain to false",
  });
}

export interface Sweep {
  /** Of the test split. */
  readonly trials: Uint32Array;
  readonly repeats: number;
  readonly site: string;
  readonly intensities: readonly number[];
}

/** Loss over the test noise; closed loops are played. */
export function testSweep(
  { task, seed, loss }: AnalysisCall,
  { network, kernel, weights }: TrainedAgain,
  sweep: Sweep,
): SweepRow[] {
  const named = loss === undefined ? {} : { loss };
  return together(kernel, [sweeping({ network, weights, seed, task, ...named, ...sweep })])[0];
}

export interface Fall {
  /** Largest fall of the mean loss from one test intensity to a higher one; 0 when it only rises. */
  readonly fall: number;
  /** Most that noise draws alone would let it fall, with probability 0.95 over all pairs of intensities. */
  readonly tolerance: number;
  /** Whether no fall is beyond its own tolerance. */
  readonly isMonotone: boolean;
}

/**
 * Whether a loss rises with the noise throughout.
 *
 * Draws are common to all intensities, so falls are paired by draw; each pair has Student's one-sided bound, by Bonferroni
 * for all pairs together.
 */
export function largestFall(rows: readonly SweepRow[]): Fall {
  let most: Omit<Fall, "isMonotone"> = { fall: 0, tolerance: 0 };
  let isMonotone = true;
  const pairs = (rows.length * (rows.length - 1)) / 2;
  for (const [high, row] of rows.entries()) {
    for (let low = 0; low < high; low++) {
      const differences = rows[low].lossPerRepeat.map((loss, r) => loss - row.lossPerRepeat[r]);
      const count = differences.length;
      const fall = differences.reduce((sum, one) => sum + one, 0) / count;
      const spread = differences.reduce((sum, one) => sum + (one - fall) ** 2, 0) / (count - 1);
      // two-sided coverage that leaves 0.05 / pairs on one side
      const tolerance = studentQuantile(count - 1, 1 - 0.1 / pairs) * Math.sqrt(spread / count);
      if (fall > tolerance) isMonotone = false;
      if (fall > most.fall) most = { fall, tolerance };
    }
  }
  return { ...most, isMonotone };
}

/** A row of the table of sweeps. */
export function sweepFinding(control: string, site: string, unit: number, row: SweepRow): FindingRow {
  const { testIntensity, loss, biasSquared, variance } = row;
  const relativeIntensity = unit > 0 ? testIntensity / unit : null;
  return { control, site, testIntensity, relativeIntensity, loss, biasSquared, variance };
}
