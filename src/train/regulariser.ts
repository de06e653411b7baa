/** The second-order effect of small noise on the loss, as a penalty in place of the noise. */
import { zerosLike } from "../cell/parametrisations/arrays.ts";
import type { SpecIssue } from "../core/errors.ts";
import { type BrokenOption, checkedOptions, type OptionRules } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import type { RealArray } from "../engine/contract.ts";
import type { Network, NetworkCall, NetworkForward, NetworkSpec, Weights } from "../network/contract.ts";
import { forwardPass, type Passes, reversePass } from "../network/lockstep.ts";
import { laws } from "../noise/laws.ts";
import type { TrialBatch } from "../task/contract.ts";
import type { Loss, LossMeasure } from "./contract.ts";

export interface NoiseRegulariser {
  /** Squared size of the noise that it stands for, in units of the trained intensities; > 0. */
  readonly strength: number;
  /** Size of the noise of the passes, in units of the trained intensities; in (0, 1]. */
  readonly step: number;
  /** Antithetic pairs of noise draws per update, >= 1. */
  readonly draws: number;
  /** "p+q": all of the second order; "q": without what the curvature of the dynamics does, and so never below 0. */
  readonly terms: "p+q" | "q";
}

const termChoices = ["p+q", "q"] as const satisfies readonly NoiseRegulariser["terms"][];

const regulariserRules = {
  strength: { type: "number", default: 1, above: 0, remedy: "1 stands for the noise as declared" },
  step: { type: "number", default: 0.1, above: 0, to: 1, remedy: "0.1 suits float32, 0.01 float64" },
  draws: { type: "number", default: 1, from: 1, integer: true, remedy: "1 is the least and usually enough" },
  terms: { type: "text", default: "p+q", remedy: 'use "p+q" or "q"' },
} as const satisfies OptionRules;

/** Complete options from what a caller wrote, and every rule that they break. */
export function regulariserOptions(given: Readonly<Record<string, unknown>>): {
  readonly values: NoiseRegulariser;
  readonly broken: readonly BrokenOption[];
} {
  const { values, broken } = checkedOptions(regulariserRules, given);
  const { terms } = values;
  const isKnown = terms === undefined || (termChoices as readonly unknown[]).includes(terms);
  const unknown = isKnown ? [] : [{ option: "terms", ...unknownName("choice of terms", String(terms), termChoices) }];
  return { values: values as unknown as NoiseRegulariser, broken: [...broken, ...unknown] };
}

/**
 * What keeps a network from being trained with the regulariser.
 *
 * @param noise of its specification, all intensities 0 included: the regulariser is then 0
 */
export function regulariserIssues({ noise }: Pick<NetworkSpec, "noise">): readonly SpecIssue[] {
  const path = "regulariser";
  if (noise.length === 0) {
    return [{ path, rule: "stands for the network's noise, got none", remedy: "declare a source in network.noise" }];
  }
  return noise
    .filter(({ law }) => !laws.get(law).scalable)
    .map(({ site, law }) => ({
      path,
      rule: `expands in noise of mean 0 that is scaled by its intensity, got ${law} at site ${site}`,
      remedy: "use gaussian, uniform or rademacher, or train with the noise itself",
    }));
}

export type RegularisedPass =
  | {
      /** Of the noise-free pass. */
      readonly forward: Pick<NetworkForward, "output" | "activity">;
      readonly measure: LossMeasure;
      /** Of loss, regulariser and activity together. */
      readonly gradient: Weights;
      readonly failed?: undefined;
    }
  /** The pass whose outputs or loss were not finite. */
  | { readonly failed: LossMeasure };

/**
 * Noise-free loss and the gradient of the regularised one.
 *
 *     R = strength / draws * sum over draws of ((l(o+) + l(o-)) / 2 - l(o)) / k^2,   o+- = output at noise +-k z, k = step
 *
 * z: the noise at the trained intensities; o: the output without. Over draws R is strength / 2 times (P + Q) of the
 * small-noise expansion, with an error of k^2 strength times the next term of the loss's expansion in the noise, and its
 * gradient is exactly the gradient of R. With terms "q", o +- (o+ - o-) / 2 stands for o+-: outputs without the shift of
 * their mean, so that R is strength / 2 times Q (of a readout without curvature). The variance is that of z' H z / 2, H the
 * Hessian of the loss in the noise, whatever k. At k = 1, strength 1, "p+q", this is training with antithetic noise.
 * Rounding is amplified by 1 / k^2.
 *
 * Cost: 1 + 2 draws reverse passes, and 2 + 2 draws forward passes, or 2 + 4 draws for "q".
 *
 * @param call level and `mirrored` are ignored
 * @param activity cotangent of the noise-free pass's activity
 */
export function* regularisedPass(
  network: Pick<Network, "spec">,
  call: Omit<NetworkCall, "level" | "mirrored">,
  batch: TrialBatch,
  loss: Loss,
  regulariser: NoiseRegulariser,
  { activity, stream }: { readonly activity: number; readonly stream: (draw: number) => number },
): Passes<RegularisedPass> {
  const { strength, step, draws, terms } = regulariser;
  const weight = strength / (2 * draws * step * step);
  const clean: NetworkCall = { ...call, level: "zero" };
  const { output, activity: rates } = yield* forwardPass(network, clean);
  const measure = loss.measure(output, batch);
  if (!isSound(measure)) return { failed: measure };
  const slope = loss.gradient(output, batch);
  const ofClean = slope.map((value) => value * (terms === "q" ? 1 : 1 - 2 * draws * weight));
  const sum = gradientSum();
  for (let draw = 0; draw < draws; draw++) {
    const key = { ...call.key, stream: stream(draw) };
    const noisy: NetworkCall = { ...call, key, level: { factor: step } };
    if (terms === "p+q") {
      for (const mirrored of [false, true]) {
        const pass = yield* forwardPass(network, { ...noisy, mirrored }, true);
        const judged = loss.measure(pass.output, batch);
        if (!isSound(judged)) return { failed: judged };
        sum.add(yield* reversePass({ output: scaled(loss.gradient(pass.output, batch), weight) }));
      }
      continue;
    }
    const spread = halfDifference(
      (yield* forwardPass(network, noisy)).output,
      (yield* forwardPass(network, { ...noisy, mirrored: true })).output,
    );
    const [above, below] = [1, -1].map((sign) => output.map((value, i) => value + sign * spread[i]));
    for (const moved of [above, below]) {
      const judged = loss.measure(moved, batch);
      if (!isSound(judged)) return { failed: judged };
    }
    const [up, down] = [loss.gradient(above, batch), loss.gradient(below, batch)];
    for (let i = 0; i < ofClean.length; i++) ofClean[i] += weight * (up[i] + down[i] - 2 * slope[i]);
    for (const mirrored of [false, true]) {
      yield* forwardPass(network, { ...noisy, mirrored }, true);
      const factor = mirrored ? -weight : weight;
      sum.add(yield* reversePass({ output: scaled(halfDifference(up, down), factor) }));
    }
  }
  yield* forwardPass(network, clean, true);
  sum.add(yield* reversePass({ output: ofClean, activity }));
  return { forward: { output, activity: rates }, measure, gradient: sum.total() };
}

/** Whether all outputs and the loss are. */
export const isSound = ({ firstBad, value }: LossMeasure): boolean => firstBad === undefined && Number.isFinite(value);

/** Adds up gradients in double, in the order in which they come. */
function gradientSum(): { add(gradient: Weights): void; total(): Weights } {
  const sums = new Map<string, { readonly like: RealArray; readonly sum: Float64Array }>();
  return {
    add(gradient) {
      for (const [name, values] of Object.entries(gradient)) {
        const known = sums.get(name);
        if (known === undefined) sums.set(name, { like: values, sum: Float64Array.from(values) });
        else for (let i = 0; i < values.length; i++) known.sum[i] += values[i];
      }
    },
    total: () =>
      Object.fromEntries(
        [...sums].map(([name, { like, sum }]) => {
          const values = zerosLike(like);
          values.set(sum);
          return [name, values];
        }),
      ),
  };
}

function halfDifference(a: RealArray, b: RealArray): RealArray {
  return a.map((value, i) => (value - b[i]) / 2);
}

function scaled(values: RealArray, factor: number): RealArray {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
  return values;
}
