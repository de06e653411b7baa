/**
 * Averages of activations over gaussian noise in closed form.
 *
 * Phi and phi: distribution function and density of the standard normal law. Accuracy: 1e-12 of the size of the values
 * (test/oracle/smoothing.test.ts, against 40-digit integrals).
 */
import { elementwise } from "../../../cell/operations.ts";
import { normalCdf } from "../../statistics/normal.ts";
import type { ClosedForms } from "./averaged.ts";

const erf = elementwise.erf.value;
const rootTau = Math.sqrt(2 * Math.PI);
const density = (t: number): number => Math.exp(-t * t * 0.5) / rootTau;

/** Moments of order 0 to 2 of a standard normal between l and h: of 1, t and t^2. */
function truncated(l: number, h: number): readonly [number, number, number] {
  // on the side of the tail, where differences keep their digits
  const mass = l > 0 ? normalCdf(-l) - normalCdf(-h) : normalCdf(h) - normalCdf(l);
  const [low, high] = [density(l), density(h)];
  return [mass, low - high, mass + edge(l, low) - edge(h, high)];
}

/** t phi(t), which vanishes at infinity. */
const edge = (t: number, at: number): number => (at === 0 ? 0 : t * at);

/**
 * A continuous function of straight pieces: relu, leaky relu, abs, hard tanh.
 *
 * g(a) = f(k_1) + slope_0 (a - k_1) + sum_k (slope_k - slope_{k-1}) s [ z Phi(z) + phi(z) ],   z = (a - k) / s
 *
 * @param kinks in increasing order, one at least
 * @param slopes before, between and after the kinks
 * @param start value at the first kink
 */
export function straightPieces(kinks: readonly number[], slopes: readonly number[], start: number): ClosedForms {
  const steps = kinks.map((kink, k) => ({ kink, step: slopes[k + 1] - slopes[k] }));
  const mean = (a: number, s: number): number => {
    let total = start + slopes[0] * (a - kinks[0]);
    for (const { kink, step } of steps) {
      const z = (a - kink) / s;
      total += step * ((a - kink) * normalCdf(z) + s * density(z));
    }
    return total;
  };
  /** E of (f - g)^power times slope^order over the pieces. */
  const aroundMean = (
    a: number,
    s: number,
    visit: (offset: number, slope: number, m: ReturnType<typeof truncated>) => void,
  ): void => {
    const g = mean(a, s);
    let value = start;
    for (let piece = 0; piece < slopes.length; piece++) {
      const from = piece === 0 ? Number.NEGATIVE_INFINITY : kinks[piece - 1];
      const to = piece === kinks.length ? Number.POSITIVE_INFINITY : kinks[piece];
      const anchor = piece === 0 ? kinks[0] : from;
      visit(value + slopes[piece] * (a - anchor) - g, slopes[piece], truncated((from - a) / s, (to - a) / s));
      if (piece > 0 && piece < kinks.length) value += slopes[piece] * (to - from);
    }
  };
  return {
    mean,
    slope: (a, s) => steps.reduce((total, { kink, step }) => total + step * normalCdf((a - kink) / s), slopes[0]),
    curvature: (a, s) => steps.reduce((total, { kink, step }) => total + (step * density((a - kink) / s)) / s, 0),
    variance: (a, s) => {
      let total = 0;
      aroundMean(a, s, (offset, slope, [m0, m1, m2]) => {
        total += offset * offset * m0 + 2 * offset * slope * s * m1 + slope * slope * s * s * m2;
      });
      return Math.max(0, total);
    },
    varianceSlope: (a, s) => {
      let total = 0;
      aroundMean(a, s, (offset, slope, [m0, m1]) => {
        total += 2 * slope * (offset * m0 + slope * s * m1);
      });
      return total;
    },
  };
}

/** erf: g(a) = erf(a / sqrt(1 + 2 s^2)). */
export const smoothedErf: ClosedForms = {
  mean: (a, s) => erf(a / Math.sqrt(1 + 2 * s * s)),
  slope: (a, s) => {
    const w = 1 + 2 * s * s;
    return (2 / Math.sqrt(Math.PI * w)) * Math.exp((-a * a) / w);
  },
  curvature: (a, s) => {
    const w = 1 + 2 * s * s;
    return ((-2 * a) / w) * (2 / Math.sqrt(Math.PI * w)) * Math.exp((-a * a) / w);
  },
};

/** gelu: g(a) = a Phi(a / q) + (s^2 / q) phi(a / q), q^2 = 1 + s^2. */
export const smoothedGelu: ClosedForms = {
  mean: (a, s) => {
    const q = Math.sqrt(1 + s * s);
    return a * normalCdf(a / q) + ((s * s) / q) * density(a / q);
  },
  slope: (a, s) => {
    const q = Math.sqrt(1 + s * s);
    return normalCdf(a / q) + (density(a / q) * a) / q ** 3;
  },
  curvature: (a, s) => {
    const q = Math.sqrt(1 + s * s);
    return density(a / q) * (1 / q + 1 / q ** 3 - (a * a) / q ** 5);
  },
};

/** exp: g(a) = exp(a + s^2 / 2), V(a) = g(a)^2 (exp(s^2) - 1). */
export const smoothedExp: ClosedForms = {
  mean: (a, s) => Math.exp(a + (s * s) / 2),
  slope: (a, s) => Math.exp(a + (s * s) / 2),
  curvature: (a, s) => Math.exp(a + (s * s) / 2),
  variance: (a, s) => Math.exp(2 * a + s * s) * Math.expm1(s * s),
  varianceSlope: (a, s) => 2 * Math.exp(2 * a + s * s) * Math.expm1(s * s),
};

/** sin: g(a) = exp(-s^2 / 2) sin a, V(a) = (1 - exp(-s^2)) (1 + exp(-s^2) cos 2a) / 2. */
export const smoothedSin: ClosedForms = {
  mean: (a, s) => Math.exp((-s * s) / 2) * Math.sin(a),
  slope: (a, s) => Math.exp((-s * s) / 2) * Math.cos(a),
  curvature: (a, s) => -Math.exp((-s * s) / 2) * Math.sin(a),
  variance: (a, s) => (-Math.expm1(-s * s) * (1 + Math.exp(-s * s) * Math.cos(2 * a))) / 2,
  varianceSlope: (a, s) => Math.expm1(-s * s) * Math.exp(-s * s) * Math.sin(2 * a),
};

/** E of exp(k x) where x = a + s xi < 0: exp(k a + k^2 s^2 / 2) Phi(-a/s - k s), without overflow. */
function lowerExponential(k: number, a: number, s: number): number {
  const z = a / s + k * s;
  if (z <= 0) return Math.exp(k * a + (k * k * s * s) / 2) * normalCdf(-z);
  // the ratio of Mills, whose two factors may each be 0 in float64
  let ratio: number;
  if (z < 3) ratio = normalCdf(-z) / density(z);
  else {
    let fraction = z;
    for (let i = 100; i >= 1; i--) fraction = z + i / fraction;
    ratio = 1 / fraction;
  }
  return density(a / s) * ratio;
}

const rectified = straightPieces([0], [0, 1], 0) as Required<ClosedForms>;

/** elu: x above 0, exp(x) - 1 below: sums of E exp(k x) over x < 0. */
export const smoothedElu: ClosedForms = {
  mean: (a, s) => rectified.mean(a, s) + lowerExponential(1, a, s) - normalCdf(-a / s),
  slope: (a, s) => normalCdf(a / s) + lowerExponential(1, a, s),
  curvature: (a, s) => lowerExponential(1, a, s),
};
