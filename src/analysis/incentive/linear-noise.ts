/** Output variance by the noise of each unit, linearised about the mean dynamics, and how it changes with the drives. */
import type { activations } from "../../cell/expression.ts";
import { CapabilityError } from "../../core/errors.ts";
import { normals, stream } from "../../core/random.ts";
import type { Network, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import type { Loss } from "../../train/contract.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import { meanDynamics } from "../dynamics/mean-dynamics.ts";
import { initialStates, walk } from "../dynamics/smoothed-run.ts";
import { type DrawnFrom, lawAverage, lawMoments } from "../dynamics/smoothing/law-averages.ts";
import { activationFunction, type ScalarFunction } from "../dynamics/smoothing/scalar-function.ts";

const place = "incentive";
const noNumbers: readonly number[] = [];

/** Sums over batches. */
export interface LinearNoise {
  /** Variance term of the loss. */
  readonly variance: number;
  /** Its derivative with respect to the drive of each unit, at all steps alike, through the unit's noise alone, `[unit]`. */
  readonly incentive: Float64Array;
  /** Drive of each unit along the mean trajectory, mean over trials and steps, `[unit]`. */
  readonly drive: Float64Array;
}

/** A step of a unit about its mean: h' = (1 - alpha) h + alpha (g(a) + noise that passes). */
interface UnitStep {
  readonly alpha: number;
  /** Variance that the noise of the step adds to the next state. */
  variance(drive: number): number;
  /** Its derivative. */
  slope(drive: number): number;
  /** alpha dg/da, g the activation averaged over the noise. */
  gain(drive: number): number;
}

/**
 * Linear noise approximation of the loss's variance term.
 *
 *     V = sum_bti kappa_bti v(a_bti),   v(a) = alpha^2 (V_f(a) + s_out^2),   kappa_bti = sum_t'o w_bt'o (dz_bt'o / dh_bti)^2
 *     incentive_i = dV / da_i through v = sum_bt kappa_bti alpha^2 V_f'(a_bti)
 *
 * a are the drives along the mean dynamics, V_f(a) the variance of f(a + xi), xi drawn from the law of the noise inside, w the weights of squared errors in the
 * loss. The sum of squares over later steps and outputs is estimated by random signs: E (sum sign sqrt(w) dz/dh)^2.
 *
 * Noise outside the activation injects alpha^2 s_out^2 whatever the drive: its incentive is 0.
 *
 * Accuracy: the estimate of kappa scatters by sqrt(2 / probes) per trial, step and unit; test/statistics/incentive.test.ts.
 *
 * @throws CapabilityError for cells other than ctrnn and elman, for coloured noise and for noise at other sites
 */
export function linearNoise(
  network: Network,
  weights: Weights,
  batches: readonly TrialBatch[],
  loss: Loss,
  { probes, seed }: { readonly probes: number; readonly seed: number },
): LinearNoise {
  const unit = unitStep(network);
  const dynamics = meanDynamics(network, weights, "trained");
  const read = readoutOf(network, weights);
  const { wRec } = network.effectiveWeights(weights);
  const size = dynamics.stateSize;
  const incentive = new Float64Array(size);
  const drive = new Float64Array(size);
  let variance = 0;
  let steps = 0;
  let total = 0;
  for (const batch of batches) total += loss.weighting(batch).total;
  for (const [index, batch] of batches.entries()) {
    const { batchSize, stepCount, lengths } = batch;
    const path = pathOf(network, dynamics, batch);
    const gains = path.map(({ drives }) => drives.map((a) => unit.gain(a)));
    const kappa = squaredSensitivities({ leak: 1 - unit.alpha, wRec, gains }, read, batch, loss, path, {
      probes,
      total,
      key: { seed, stream: stream("probe-vectors", 2 + index) },
    });
    for (let row = 0; row < batchSize; row++) {
      const length = lengths?.[row] ?? stepCount;
      steps += length;
      for (let step = 0; step < length; step++) {
        for (let i = 0; i < size; i++) {
          const a = path[step].drives[row * size + i];
          const k = kappa[step][row * size + i];
          drive[i] += a;
          variance += k * unit.variance(a);
          incentive[i] += k * unit.slope(a);
        }
      }
    }
  }
  return { variance, incentive, drive: drive.map((sum) => sum / steps) };
}

/**
 * How a unit of a network passes noise.
 *
 * @throws CapabilityError as `linearNoise`
 */
export function unitStep({ spec, noise, noiseAt }: Network): UnitStep {
  if (spec.cell !== "ctrnn" && spec.cell !== "elman") {
    throw new CapabilityError({
      place,
      rule: `asks for noise at the activation of a ctrnn or elman, got the cell ${spec.cell}`,
      remedy: "preference, controls and shift take any cell",
    });
  }
  const coloured = noise.find(({ source }) => (source.correlationTime ?? 0) > 0);
  if (coloured !== undefined) {
    throw new CapabilityError({
      place,
      rule: `asks for noise that is fresh at each step, got coloured noise "${coloured.leaf}"`,
      remedy: "preference and controls take any noise",
    });
  }
  const silent: DrawnFrom = { law: "gaussian", intensity: 0 };
  const drawn = { inside: silent, outside: silent };
  for (const [site, from] of Object.entries(noiseAt("trained"))) {
    if (from.intensity === 0) continue;
    if (site !== "inside" && site !== "outside") {
      throw new CapabilityError({
        place,
        rule: `asks for noise inside or outside the activation, got noise "${site}"`,
        remedy: "preference and controls take any noise",
      });
    }
    drawn[site] = from;
  }
  const alpha = spec.cell === "ctrnn" ? Number(spec.settings.alpha) : 1;
  const averaged = lawAverage(activationFunction(spec.settings.activation as keyof typeof activations), drawn.inside);
  const scale = alpha * alpha;
  const outside = lawMoments(drawn.outside).variance;
  return {
    alpha,
    gain: (a) => alpha * averaged.slope(a, 1, noNumbers),
    variance: (a) => scale * (averaged.variance(a, 1, noNumbers) + outside),
    slope: (a) => scale * averaged.varianceSlope(a, 1, noNumbers),
  };
}

/** One step of the mean trajectories of a batch. */
interface PathStep {
  readonly after: Float64Array;
  readonly drives: Float64Array;
}

function pathOf(network: Network, dynamics: Dynamics, batch: TrialBatch): readonly PathStep[] {
  const path: PathStep[] = [];
  walk(dynamics, initialStates(network, dynamics, batch), batch, (after, _step, before, inputs) => {
    const drives = dynamics.drive?.(before, inputs) ?? new Float64Array(0);
    path.push({ after, drives });
  });
  return path;
}

/** The readout of a cell whose readout reads its state. */
interface Readout {
  readonly w: ArrayLike<number>;
  readonly b: ArrayLike<number> | undefined;
  readonly f: ScalarFunction;
}

function readoutOf({ spec, effectiveWeights }: Network, weights: Weights): Readout {
  const { wOut, bOut } = effectiveWeights(weights);
  return { w: wOut, b: bOut, f: activationFunction(spec.readout.activation as keyof typeof activations) };
}

/** Linear steps of deviations from a path: d' = leak d + gains * (wRec d). */
interface LinearSteps {
  readonly leak: number;
  readonly wRec: ArrayLike<number>;
  /** Of each step, `[batch, unit]`. */
  readonly gains: readonly Float64Array[];
}

/** kappa of every step, `[batch, unit]` each. */
function squaredSensitivities(
  { leak, wRec, gains }: LinearSteps,
  { w, b, f }: Readout,
  batch: TrialBatch,
  loss: Loss,
  path: readonly PathStep[],
  {
    probes,
    total,
    key,
  }: { readonly probes: number; readonly total: number; readonly key: { seed: number; stream: number } },
): readonly Float64Array[] {
  const { batchSize, stepCount, outputSize, mask } = batch;
  const { channels } = loss.weighting(batch);
  const size = gains[0].length / batchSize;
  const kappa = Array.from({ length: stepCount }, () => new Float64Array(batchSize * size));
  const signs = new Float64Array(stepCount * batchSize * outputSize);
  for (let probe = 0; probe < probes; probe++) {
    normals(signs, key, { trial: probe });
    let adjoint = new Float64Array(batchSize * size);
    for (let step = stepCount - 1; step >= 0; step--) {
      const { after } = path[step];
      for (let row = 0; row < batchSize; row++) {
        const m = mask[row * stepCount + step];
        if (m === 0) continue;
        for (let o = 0; o < outputSize; o++) {
          let q = b?.[o] ?? 0;
          for (let i = 0; i < size; i++) q += w[o * size + i] * after[row * size + i];
          const sign = signs[(step * batchSize + row) * outputSize + o] < 0 ? -1 : 1;
          const factor = sign * Math.sqrt((m * channels[o]) / total) * f.slope(q, noNumbers);
          for (let i = 0; i < size; i++) adjoint[row * size + i] += factor * w[o * size + i];
        }
      }
      for (let i = 0; i < adjoint.length; i++) kappa[step][i] += (adjoint[i] * adjoint[i]) / probes;
      const earlier = adjoint.map((value) => leak * value);
      for (let row = 0; row < batchSize; row++) {
        for (let j = 0; j < size; j++) {
          const pushed = gains[step][row * size + j] * adjoint[row * size + j];
          for (let i = 0; i < size; i++) earlier[row * size + i] += pushed * wRec[j * size + i];
        }
      }
      adjoint = earlier;
    }
  }
  return kappa;
}
