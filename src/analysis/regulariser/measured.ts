/** The rise of the loss with the noise by Monte Carlo, beside its second-order terms along the same draws. */
import { stream } from "../../core/random.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { firstCountedStep, trialsOf } from "../../train/batches.ts";
import type { Loss } from "../../train/contract.ts";
import type { Terms } from "./exact.ts";
import type { Sampler } from "./sampled.ts";

/** A mean over draws and its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly error: number;
}

export interface MeasuredLevel {
  /** Noise in units of the trained intensities. */
  readonly eps: number;
  /** Mean loss less the loss without noise. */
  readonly rise: Estimate;
  /** What is left of it after eps^2 / 2 (p + q) along the same draws. */
  readonly remainder: Estimate;
}

export interface Measured {
  readonly p: Estimate;
  readonly q: Estimate;
  readonly sum: Estimate;
  readonly levels: readonly MeasuredLevel[];
  /** Terms of the loss of every trial, `[trial]`. */
  readonly perTrial: readonly { readonly p: Estimate; readonly q: Estimate }[];
}

export interface MeasuredTrials {
  readonly network: Network;
  /** float64. */
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly loss: Loss;
  readonly seed: number;
  readonly batches: readonly NoiseFreeBatch[];
}

/** Trials with their losses without noise. */
export interface NoiseFreeBatch {
  readonly batch: TrialBatch;
  readonly output: Float64Array;
  /** Loss of each trial, `[batch]`. */
  readonly losses: Float64Array;
  /** Weight of each trial in the mean over all trials of all batches, `[batch]`: they add up to 1. */
  readonly shares: Float64Array;
  /** Sum of `shares`: the weight of the batch's loss. */
  readonly share: number;
}

/**
 * Antithetic pairs with common random numbers at every eps.
 *
 *     rise = mean over pairs of (L(eps z) + L(-eps z)) / 2 - L(0);   remainder = rise - mean of eps^2 / 2 (p_z + q_z)
 *
 * Pairs have no odd orders; p_z + q_z as control variate takes most of the variance of the second away, and leaves the
 * fourth.
 *
 * Cost: per draw a pass of the expansion and two passes per eps.
 *
 * @param onDraw share of the work done, 0..1
 */
export function measured(
  { network, kernel, weights, loss, seed, batches }: MeasuredTrials,
  sampler: Sampler,
  grid: readonly number[],
  draws: number,
  onDraw: (share: number) => void,
): Measured {
  const [p, q, sum] = [tally(), tally(), tally()];
  const levels = grid.map((eps) => ({ eps, rise: tally(), remainder: tally() }));
  const perTrial = batches.flatMap(({ losses }) => Array.from(losses, () => ({ p: tally(), q: tally() })));
  for (let draw = 0; draw < draws; draw++) {
    onDraw(draw / draws);
    const key = { seed, stream: stream("regulariser-noise", draw) };
    const terms: Terms = { p: 0, q: 0 };
    const rises = new Float64Array(grid.length);
    let first = 0;
    for (const { batch, losses, shares, share } of batches) {
      const outputFrom = firstCountedStep(batch, network.spec.readout);
      const along = sampler.sample(batch, outputFrom, key);
      for (let row = 0; row < batch.batchSize; row++) {
        terms.p += share * along.p[row];
        terms.q += share * along.q[row];
        const scale = shares[row] === 0 ? 0 : share / shares[row];
        perTrial[first + row].p.add(scale * along.p[row]);
        perTrial[first + row].q.add(scale * along.q[row]);
      }
      const call = { ...trialsOf(network, batch), weights, key, outputFrom };
      for (const [index, factor] of grid.entries()) {
        for (const mirrored of [false, true]) {
          const { output } = kernel.forward({ ...call, level: { factor }, mirrored });
          const { perTrial: noisy } = loss.measure(output, batch);
          for (let row = 0; row < noisy.length; row++) rises[index] += (shares[row] * (noisy[row] - losses[row])) / 2;
        }
      }
      first += batch.batchSize;
    }
    p.add(terms.p);
    q.add(terms.q);
    sum.add(terms.p + terms.q);
    for (const [index, { eps, rise, remainder }] of levels.entries()) {
      rise.add(rises[index]);
      remainder.add(rises[index] - ((eps * eps) / 2) * (terms.p + terms.q));
    }
  }
  return {
    p: p.estimate(),
    q: q.estimate(),
    sum: sum.estimate(),
    levels: levels.map(({ eps, rise, remainder }) => ({ eps, rise: rise.estimate(), remainder: remainder.estimate() })),
    perTrial: perTrial.map((trial) => ({ p: trial.p.estimate(), q: trial.q.estimate() })),
  };
}

interface Tally {
  add(value: number): void;
  /** Of at least two values. */
  estimate(): Estimate;
}

/** Mean and variance as numbers come (Welford). */
function tally(): Tally {
  let count = 0;
  let mean = 0;
  let squares = 0;
  return {
    add(value) {
      count++;
      const before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
    },
    estimate: () => ({ mean, error: Math.sqrt(squares / (count - 1) / count) }),
  };
}
