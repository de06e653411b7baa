/** Randomised smoothing: certified radii of the classifier that a majority of noisy copies makes (cohen2019). */

import { normals } from "../../core/random.ts";
import type { NoiseKey } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { type VictimSetting, victimOf } from "../attacks/victim.ts";
import type { Finding, FindingRow, FindingTable } from "../contract.ts";
import { drawsPerChannel } from "../perturbations/draws.ts";
import { upperQuantile } from "../statistics/inverse.ts";
import { normalCdf } from "../statistics/normal.ts";
import { clopperPearsonLower, wilsonInterval } from "../statistics/proportion.ts";
import { streams } from "./subject.ts";

export interface SmoothingCall {
  /** The network with the noise of one draw. */
  smoothed(key: NoiseKey): VictimSetting;
  readonly batches: readonly TrialBatch[];
  /** Standard deviations of the input noise, ascending. */
  readonly deviations: readonly number[];
  /** Draws that choose the class. */
  readonly selection: number;
  /** Further draws that bound its probability. */
  readonly draws: number;
  /** Probability that a certificate is wrong. */
  readonly failure: number;
  readonly seed: number;
  onStep(share: number): void;
}

export interface Certificate {
  readonly deviation: number;
  readonly trial: number;
  readonly truth: number;
  /** The class that most draws of the selection chose. */
  readonly decision: number;
  /** How many of the further draws chose it. */
  readonly count: number;
  /** Lower bound of its probability. */
  readonly probability: number;
  /** No other class can win within this l2 distance; null: abstained, the bound is not above 1/2. */
  readonly radius: number | null;
}

/**
 * Certificates of the smoothed classifier G(x) = argmax_c P(F(x + s z) = c), trial by trial.
 *
 *     p = Clopper-Pearson lower bound of P(F(x + s z) = c) at `failure`;   radius = s Phi^-1(p) where p > 1/2
 *
 * The class c comes from draws of its own. F is the network with its noise, drawn anew each time: the theorem asks for
 * nothing but independent draws. Noise is added to the trial's own steps, and the radius is an l2 norm over them.
 * Source: cohen2019, algorithm CERTIFY. Cost: selection + draws forward passes per deviation.
 */
export function certificates(call: SmoothingCall): Certificate[] {
  const { batches, deviations, selection, draws, failure, seed } = call;
  const found: Certificate[] = [];
  for (const [place, batch] of batches.entries()) {
    const { batchSize, trials } = batch;
    const { classCount, classes } = victimOf(
      call.smoothed({ seed, stream: streams.smoothingNoise(0) }),
      batch,
    ).decision;
    const chosen = deviations.map(() => new Uint32Array(batchSize * classCount));
    const counted = deviations.map(() => new Uint32Array(batchSize * classCount));
    for (let draw = 0; draw < selection + draws; draw++) {
      call.onStep((place + draw / (selection + draws)) / batches.length);
      const victim = victimOf(call.smoothed({ seed, stream: streams.smoothingNoise(draw) }), batch);
      const key = { seed, stream: streams.smoothing(draw) };
      const noise = drawsPerChannel(victim, (out, at) => normals(out, key, at));
      for (const [index, deviation] of deviations.entries()) {
        const scores = victim.scores(victim.clean.map((value, i) => value + deviation * noise[i]));
        const tally = (draw < selection ? chosen : counted)[index];
        for (let row = 0; row < batchSize; row++) {
          const decision = largestAt(scores, row * classCount, classCount);
          if (decision !== -1) tally[row * classCount + decision]++;
        }
      }
    }
    for (const [index, deviation] of deviations.entries()) {
      for (let row = 0; row < batchSize; row++) {
        const decision = largestAt(chosen[index], row * classCount, classCount);
        const count = counted[index][row * classCount + decision];
        const probability = clopperPearsonLower(count, draws, failure);
        const radius = probability > 0.5 ? deviation * upperQuantile(normalCdf, probability) : null;
        found.push({ deviation, trial: trials[row], truth: classes[row], decision, count, probability, radius });
      }
    }
  }
  return found;
}

/** The first of the largest numbers; -1 when one is no number. */
function largestAt(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[from + i])) return -1;
    if (values[from + i] > values[from + best]) best = i;
  }
  return best;
}

/** Radii at which certified accuracy is stated, from 0 to the largest that so many draws can certify. */
const radiusCount = 13;

/** Certificates as numbers and tables. */
export function smoothingFindings(call: SmoothingCall): {
  readonly numbers: readonly Finding[];
  readonly tables: readonly FindingTable[];
} {
  const found = certificates(call);
  const first = found.filter(({ deviation }) => deviation === call.deviations[0]);
  return {
    numbers: [
      {
        name: "averageCertifiedRadius",
        meaning: `mean certified l2 radius under input noise of ${call.deviations[0]}, 0 for what is wrong or abstained`,
        value: averageRadius(first),
      },
    ],
    tables: smoothingTables(found, call),
  };
}

function smoothingTables(
  found: readonly Certificate[],
  { deviations, draws, failure }: Pick<SmoothingCall, "deviations" | "draws" | "failure">,
): readonly FindingTable[] {
  const summaries: FindingRow[] = [];
  const curve: FindingRow[] = [];
  for (const deviation of deviations) {
    const own = found.filter((one) => one.deviation === deviation);
    const share = (isSo: (one: Certificate) => boolean): number => own.filter(isSo).length / own.length;
    const isRight = ({ decision, truth, radius }: Certificate): boolean => radius !== null && decision === truth;
    const most = largestRadius(deviation, draws, failure);
    for (let step = 0; step < radiusCount; step++) {
      const radius = (most * step) / (radiusCount - 1);
      const accuracy = share((one) => isRight(one) && (one.radius as number) >= radius);
      const { low, high } = wilsonInterval(accuracy, own.length, 0.95);
      curve.push({ deviation, radius, accuracy, accuracyLow: low, accuracyHigh: high });
    }
    summaries.push({
      deviation,
      trials: own.length,
      accuracy: share(isRight),
      abstained: share(({ radius }) => radius === null),
      averageRadius: averageRadius(own),
      largestRadius: most,
    });
  }
  return [
    {
      name: "smoothing",
      meaning: "The smoothed classifier at each standard deviation of the input noise.",
      columns: [
        { name: "deviation", meaning: "standard deviation of the input noise" },
        { name: "trials", meaning: "how many trials" },
        { name: "accuracy", meaning: "share that is decided rightly and certified at any radius" },
        { name: "abstained", meaning: "share without a certificate" },
        { name: "averageRadius", meaning: "mean certified l2 radius, 0 for what is wrong or abstained" },
        { name: "largestRadius", meaning: "largest radius that so many draws can certify" },
      ],
      rows: summaries,
    },
    {
      name: "certified-accuracy",
      meaning: "Share of trials that are decided rightly with a certified radius of at least so much.",
      columns: [
        { name: "deviation", meaning: "standard deviation of the input noise" },
        { name: "radius", meaning: "l2 norm over a trial" },
        { name: "accuracy", meaning: "certified accuracy" },
        { name: "accuracyLow", meaning: "lower end of its 95 % interval over trials (Wilson)" },
        { name: "accuracyHigh", meaning: "upper end of it" },
      ],
      rows: curve,
    },
    {
      name: "certificates",
      meaning: "The certificate of each trial.",
      columns: [
        { name: "deviation", meaning: "standard deviation of the input noise" },
        { name: "trial", meaning: "index of the trial" },
        { name: "truth", meaning: "its class" },
        { name: "decision", meaning: "class of most draws" },
        { name: "count", meaning: "how many of the draws chose it" },
        { name: "probability", meaning: "lower confidence bound of its probability (Clopper-Pearson)" },
        { name: "radius", meaning: "certified l2 radius; empty: abstained" },
      ],
      rows: found.map((one) => ({ ...one })),
    },
  ];
}

/** Mean certified radius; what is wrong or abstained has none. */
function averageRadius(found: readonly Certificate[]): number {
  const sum = found.reduce((total, { decision, truth, radius }) => total + (decision === truth ? (radius ?? 0) : 0), 0);
  return sum / found.length;
}

/** Radius when every draw agrees; 0 when even that is not enough. */
function largestRadius(deviation: number, draws: number, failure: number): number {
  const probability = clopperPearsonLower(draws, draws, failure);
  return probability > 0.5 ? deviation * upperQuantile(normalCdf, probability) : 0;
}
