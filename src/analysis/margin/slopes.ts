/** Gaps between scores, how steep they are in the input, and the norm of the input-output Jacobian. */
import { Matrix } from "ml-matrix";
import { type RandomKey, uniforms, words } from "../../core/random.ts";
import { gapsOf } from "../attacks/decision.ts";
import type { ScoreSlopes, Victim } from "../attacks/victim.ts";
import { spectralNorm } from "./jacobian-ball.ts";

export interface FirstOrder {
  /** Score of the right class less the largest other one; below 0 where the decision is wrong. */
  readonly gap: number;
  /** The class of that other score. */
  readonly rival: number;
  /** min over j of gap_j / ||grad (z_y - z_j)||_2. */
  readonly margin: number;
  /** Gaps to every class, infinite to its own. */
  readonly gaps: Float64Array;
}

/** The first-order margins of the trials. */
export function firstOrder(victim: Victim, { scores, gradients }: ScoreSlopes): FirstOrder[] {
  const { decision, stride, counts } = victim;
  const { classes, classCount } = decision;
  return Array.from(counts, (count, row) => {
    const gaps = gapsOf(decision, scores, row);
    let rival = -1;
    let margin = Number.POSITIVE_INFINITY;
    for (let j = 0; j < classCount; j++) {
      if (j === classes[row]) continue;
      if (rival === -1 || gaps[j] < gaps[rival]) rival = j;
      let squares = 0;
      for (let i = row * stride; i < row * stride + count; i++) {
        squares += (gradients[classes[row]][i] - gradients[j][i]) ** 2;
      }
      margin = Math.min(margin, gaps[j] / Math.sqrt(squares));
    }
    return { gap: gaps[rival], rival, margin, gaps };
  });
}

/** Spectral norms of D_x z, the Jacobian of all scores in the whole input sequence, `[batch]`. */
export function jacobianNorms({ stride, counts }: Victim, { gradients }: ScoreSlopes): Float64Array {
  return Float64Array.from(counts, (count, row) =>
    spectralNorm(
      new Matrix(gradients.map((gradient) => Array.from(gradient.subarray(row * stride, row * stride + count)))),
    ),
  );
}

/**
 * Points between trials, x + u (x' - x): u uniform on (0, 1), x' a trial of the same batch drawn with it.
 *
 * A function of (key, trial) and of the batch. Where x' is shorter its padding counts as 0.
 */
export function mixtures({ batch, clean, stride, counts }: Victim, key: RandomKey): Float64Array {
  const input = clean.slice();
  const share = new Float64Array(1);
  const word = new Uint32Array(1);
  for (const [row, count] of counts.entries()) {
    const trial = batch.trials[row];
    uniforms(share, key, { trial });
    words(word, key, { trial, site: 1 });
    const other = (word[0] % counts.length) * stride;
    for (let i = 0; i < count; i++) input[row * stride + i] += share[0] * (clean[other + i] - clean[row * stride + i]);
  }
  return input;
}
