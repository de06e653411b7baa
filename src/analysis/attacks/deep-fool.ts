import { distances } from "./ball.ts";
import { gapsOf, isAhead } from "./decision.ts";
import type { Victim } from "./victim.ts";

export interface MinimalChange {
  /** Where the decision is wrong, or the clean input where none such was found, `[batch, time, inputSize]`. */
  readonly input: Float64Array;
  /** l2 norm of the change, `[batch]`: 0 for trials that are decided wrongly without it, infinite where none was found. */
  readonly norms: Float64Array;
}

export interface DeepFoolOptions {
  /** Linearisations, >= 1. */
  readonly steps: number;
  /** Halvings of the segment from the clean input to the one found, >= 0. */
  readonly bisections: number;
  /** Brings an input back to what is allowed, in place. */
  clip(input: Float64Array): void;
}

/** How far beyond the linearised boundary each step goes, as in moosavi2016. */
const overshoot = 0.02;

/**
 * A small l2 change of the input that changes the decision (DeepFool), shortened by bisection.
 *
 *     g_j = z_y - z_j,   w_j = grad_x g_j,   j = argmin |g_j| / ||w_j||,   x <- x - (1 + 0.02) g_j w_j / ||w_j||^2
 *
 * until another class is ahead; then the shortest change on the segment back to the clean input, to 2^-bisections of its
 * length. For scores that are linear in the input it is the nearest change up to that precision. Scores are means over
 * the victim's noise draws. Source: moosavi2016.
 *
 * Cost: at most `steps` forward passes with a reverse pass per class, and `bisections` forward passes, per noise draw.
 *
 * @param victim of class targets
 */
export function deepFool(victim: Victim, { steps, bisections, clip }: DeepFoolOptions): MinimalChange {
  const { clean, stride, counts, decision } = victim;
  const { classes, classCount } = decision;
  const input = clean.slice();
  const isOpen = new Uint8Array(counts.length).fill(1);
  for (let step = 0; step < steps && isOpen.includes(1); step++) {
    const { scores, gradients } = victim.scoreSlopes(input);
    for (const row of counts.keys()) {
      if (isOpen[row] === 0) continue;
      const gaps = gapsOf(decision, scores, row);
      const own = classes[row];
      if (!isAhead(gaps, own)) {
        isOpen[row] = 0;
        continue;
      }
      const [from, to] = [row * stride, row * stride + counts[row]];
      let nearest = Number.POSITIVE_INFINITY;
      let rival = -1;
      let squares = 0;
      for (let j = 0; j < classCount; j++) {
        if (j === own) continue;
        let total = 0;
        for (let i = from; i < to; i++) total += (gradients[own][i] - gradients[j][i]) ** 2;
        const far = gaps[j] / Math.sqrt(total);
        if (far < nearest) [nearest, rival, squares] = [far, j, total];
      }
      if (rival === -1) {
        // no class can be reached along a gradient of 0
        isOpen[row] = 0;
        continue;
      }
      const scale =
        ((1 + overshoot) * Math.max(gaps[rival], Number.EPSILON * Math.abs(scores[row * classCount + own]))) / squares;
      for (let i = from; i < to; i++) input[i] -= scale * (gradients[own][i] - gradients[rival][i]);
    }
    clip(input);
  }
  return shortened(victim, input, bisections);
}

/** The shortest changes on the segments from the clean input to inputs whose decisions may be wrong. */
export function shortened(victim: Victim, found: Float64Array, bisections: number): MinimalChange {
  const { clean, stride, counts, decision } = victim;
  const wrongAt = (input: Float64Array): boolean[] => {
    const scores = victim.scores(input);
    return Array.from(counts, (_, row) => !isAhead(gapsOf(decision, scores, row), decision.classes[row]));
  };
  const isCleanWrong = wrongAt(clean);
  const isFound = wrongAt(found);
  const low = new Float64Array(counts.length);
  const high = Float64Array.from(counts, (_, row) => (isCleanWrong[row] || !isFound[row] ? 0 : 1));
  const at = (shares: Float64Array): Float64Array =>
    clean.map((value, i) => {
      const share = shares[Math.floor(i / stride)];
      return share === 1 ? found[i] : value + share * (found[i] - value);
    });
  for (let round = 0; round < bisections; round++) {
    const middle = low.map((share, row) => (share + high[row]) / 2);
    for (const [row, isWrong] of wrongAt(at(middle)).entries()) (isWrong ? high : low)[row] = middle[row];
  }
  const input = at(high);
  const norms = distances(victim, "l2", input, clean).map((length, row) =>
    isFound[row] || isCleanWrong[row] ? length : Number.POSITIVE_INFINITY,
  );
  return { input, norms };
}
