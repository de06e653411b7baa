/** Averages over draws of any law. */
import type { NoiseLaw } from "../../../noise/contract.ts";
import type { Averaged, AveragedScalar, Expectation, Method } from "./averaged.ts";
import { integral, kinksBetween } from "./integrate.ts";
import type { Scalar, ScalarFunction, Surroundings } from "./scalar-function.ts";
import { panelTolerance, smoothed } from "./smoothed.ts";

/** What noise is drawn from at a place: a law and its intensity per step. */
export interface DrawnFrom {
  readonly law: NoiseLaw;
  readonly intensity: number;
}

/** Mean and variance of a draw; the table of `src/noise/laws.ts`. */
export function lawMoments({ law, intensity }: DrawnFrom): { readonly mean: number; readonly variance: number } {
  if (law === "uniform-decrement") return { mean: -intensity / 2, variance: intensity ** 2 / 12 };
  if (law === "bernoulli") return { mean: 0, variance: intensity / (1 - intensity) };
  return { mean: 0, variance: intensity ** 2 };
}

/**
 * A function averaged over a + gain (xi - E xi), xi drawn from a law: a sum over the values of a law that has two of
 * them, an integral between the kinks over a uniform law.
 *
 * Accuracy: exact for bernoulli and rademacher, 1e-12 for the uniform laws, `smoothed` for the gaussian.
 */
export function lawAverage(fn: ScalarFunction, drawn: DrawnFrom): Averaged {
  if (drawn.law === "gaussian") {
    const unit = smoothed(fn);
    const by =
      (f: AveragedScalar): AveragedScalar =>
      (a, gain, c) =>
        f(a, Math.abs(gain) * drawn.intensity, c);
    return {
      mean: by(unit.mean),
      slope: by(unit.slope),
      curvature: by(unit.curvature),
      response: by(unit.response),
      variance: by(unit.variance),
      varianceSlope: by(unit.varianceSlope),
      partials: unit.partials.map(by),
      method: (gain) => unit.method(Math.abs(gain) * drawn.intensity),
    };
  }
  const { expectation, derivative, method } = averages(fn, drawn);
  const { variance: spread } = lawMoments(drawn);
  const over =
    (f: Scalar): AveragedScalar =>
    (a, gain, c) =>
      expectation(f, a, gain, c);
  const mean = over(fn.value);
  return {
    mean,
    slope: (a, gain, c) => derivative(fn.value, fn.slope, a, gain, c),
    curvature: (a, gain, c) => derivative(fn.slope, fn.curvature, a, gain, c),
    response: (a, gain, c) =>
      gain === 0 ? fn.slope(a, c) : expectation((x) => fn.value(x, c) * (x - a), a, gain, c) / (gain * gain * spread),
    variance: (a, gain, c) => {
      const g = mean(a, gain, c);
      return expectation((x) => (fn.value(x, c) - g) ** 2, a, gain, c);
    },
    varianceSlope: (a, gain, c) => {
      const g = mean(a, gain, c);
      return 2 * expectation((x) => (fn.value(x, c) - g) * fn.slope(x, c), a, gain, c);
    },
    partials: fn.partials.map(over),
    method: () => ({ mean: method, variance: method }),
  };
}

interface LawAverages {
  readonly expectation: Expectation;
  /** d/da of the expectation of f, whose derivative is df. */
  derivative(f: Scalar, df: Scalar, a: number, gain: number, c: Surroundings): number;
  readonly method: Method;
}

function averages(fn: ScalarFunction, { law, intensity }: DrawnFrom): LawAverages {
  if (law === "bernoulli" || law === "rademacher") {
    const [values, weights] =
      law === "rademacher"
        ? [
            [-intensity, intensity],
            [0.5, 0.5],
          ]
        : [
            [-1, intensity / (1 - intensity)],
            [intensity, 1 - intensity],
          ];
    const expectation: Expectation = (f, a, gain, c) =>
      weights[0] * f(a + gain * values[0], c) + weights[1] * f(a + gain * values[1], c);
    return {
      expectation,
      derivative: (_, df, a, gain, c) => expectation(df, a, gain, c),
      method: { kind: "finite sum" },
    };
  }
  // both uniform laws, about their means
  const halfWidth = law === "uniform" ? Math.sqrt(3) * intensity : intensity / 2;
  return {
    expectation: (f, a, gain, c) => {
      const half = Math.abs(gain) * halfWidth;
      if (half === 0) return f(a, c);
      const [low, high] = [a - half, a + half];
      const breaks = kinksBetween(fn, c, low, high).map(({ after }) => after);
      return integral((x) => f(x, c), low, high, breaks, panelTolerance * half) / (2 * half);
    },
    derivative: (f, df, a, gain, c) => {
      const half = Math.abs(gain) * halfWidth;
      return half === 0 ? df(a, c) : (f(a + half, c) - f(a - half, c)) / (2 * half);
    },
    method: { kind: "panels", bound: panelTolerance },
  };
}
