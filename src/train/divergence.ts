import { cells } from "../cell/cells/registry.ts";
import type { Network, NetworkSpec, Weights } from "../network/contract.ts";
import { timeStepOf } from "../noise/sources.ts";
import type { TrainOptions } from "./options.ts";
import { spectralRadius } from "./stability.ts";

/** What stopped being finite first. */
export type DivergedQuantity = "output" | "loss" | "activity" | "gradient" | "weights";

/** Training met a number that is not finite; everything needed to find and cure it. */
export interface Diverged {
  readonly kind: "diverged";
  /** Updates made before the bad one. */
  readonly update: number;
  readonly quantity: DivergedQuantity;
  /** Identity of the first bad trial; absent when the quantity belongs to no trial. */
  readonly trial?: number;
  /** Earliest bad step; absent as `trial` is. */
  readonly step?: number;
  /** Gradient norms of the last updates, oldest first. */
  readonly gradientNorms: readonly number[];
  /** Of the matrix `wRec`; absent for a cell without it. */
  readonly recurrent?: RecurrentStability;
  /** One sentence: what usually cures it. */
  readonly advice: string;
}

export interface RecurrentStability {
  readonly spectralRadius: number;
  /** Time step in units of the time constant, `alpha`; 1 for a cell that is a map. */
  readonly timeStep: number;
  /** `timeStep` times `spectralRadius`. */
  readonly product: number;
}

/**
 * The recurrent matrix `wRec` as the cell sees it, and its product with the time step.
 *
 * An explicit Euler step of h' = -h + W f(h) with slope 1 multiplies the mode of eigenvalue lambda by
 * 1 - alpha + alpha lambda; beyond alpha |lambda| = 2 this exceeds 1 in size for every direction of lambda.
 *
 * @returns undefined for a cell without a square `wRec`
 */
export function recurrentStability(network: Network, weights: Weights): RecurrentStability | undefined {
  const { spec } = network;
  const wRec = network.effectiveWeights(weights).wRec;
  if (wRec?.length !== spec.hiddenSize ** 2) return undefined;
  const radius = spectralRadius(wRec, spec.hiddenSize);
  const timeStep = stepOf(spec);
  return { spectralRadius: radius, timeStep, product: timeStep * radius };
}

/** A cell outside the registry has its time step, if any, under the house name `alpha`. */
function stepOf({ cell, settings }: NetworkSpec): number {
  const known = cells.has(cell) ? cells.get(cell) : { timeStep: "alpha" };
  return timeStepOf(known, settings) ?? 1;
}

/** Learning rates above it are seldom used with any optimiser. */
const highRate = 0.1;

/**
 * What usually cures a divergence, the likeliest cause first.
 *
 * @param update updates made before: after one, the initial weights gave a finite loss, so training made what is wrong
 */
export function divergenceAdvice(
  update: number,
  recurrent: RecurrentStability | undefined,
  gradientNorms: readonly number[],
  { learningRate, clipNorm, clipValue }: Pick<TrainOptions, "learningRate" | "clipNorm" | "clipValue">,
): string {
  const rate = `lower the learning rate (now ${learningRate})`;
  const unclipped = clipNorm === null && clipValue === null;
  if (update > 0 && learningRate > highRate) {
    return `${rate}, which is high: 0.0001 to 0.01 are usual${unclipped ? "; if that is not enough, set clipNorm (1 is usual)" : ""}`;
  }
  if (recurrent !== undefined && recurrent.product > 2) {
    const { product, spectralRadius: radius, timeStep } = recurrent;
    const smaller = "take a smaller time step (alpha = dt / tau)";
    return (
      `the time step times the spectral radius of wRec is ${short(timeStep)} x ${short(radius)} = ${short(product)}, ` +
      `above 2, so states grow from step to step; ${
        update > 0 ? `${rate} or ${smaller}` : `${smaller} or initialise wRec smaller`
      }`
    );
  }
  const growth = normGrowth(gradientNorms);
  if (growth !== undefined && growth.factor >= 10) {
    const cure = unclipped ? `set clipNorm (1 is usual) or ${rate}` : rate;
    return `the gradient norm grew from ${short(growth.from)} to ${short(growth.to)} over the last ${gradientNorms.length} updates; ${cure}`;
  }
  if (recurrent !== undefined && recurrent.spectralRadius > 1) {
    const elsewhere = "initialise wRec smaller or take a bounded activation";
    return (
      `the spectral radius of wRec is ${short(recurrent.spectralRadius)}, above 1, and an unbounded activation lets ` +
      `states grow with it; ${update > 0 ? `${rate}, ${elsewhere}` : elsewhere}`
    );
  }
  return unclipped ? `${rate} or set clipNorm (1 is usual)` : rate;
}

/** The last gradient norm against the median of those before it. */
function normGrowth(norms: readonly number[]): { from: number; to: number; factor: number } | undefined {
  if (norms.length < 2) return undefined;
  const before = norms.slice(0, -1).sort((a, b) => a - b);
  const from = before[Math.floor(before.length / 2)];
  const to = norms[norms.length - 1];
  return { from, to, factor: to / from };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
