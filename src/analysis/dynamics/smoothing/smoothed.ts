/** Any function averaged over gaussian noise: in closed form where there is one, by quadrature otherwise. */
import { type ActivationName, activations } from "../../../cell/expression.ts";
import type { Averaged, AveragedScalar, ClosedForms, Expectation, Method } from "./averaged.ts";
import { hermiteRule } from "./gauss-rules.ts";
import { integral, kinksBetween } from "./integrate.ts";
import { type SmoothingEntry, smoothings } from "./registry.ts";
import { activationFunction, type Scalar, type ScalarFunction, type Surroundings } from "./scalar-function.ts";

/** Error of the mean that the order of a rule is chosen for, for functions of size and slope up to 1. */
export const hermiteTolerance = 1e-12;
/** The square of a function has poles of twice the order, so its error is larger at the same number of nodes. */
const squareTolerance = 20 * hermiteTolerance;
export const panelTolerance = 1e-12;
const leastOrder = 16;
/** Beyond this order panels cost less. */
const mostOrder = 256;
/** Beyond as many deviations the normal law has a mass below 1e-19. */
const reach = 9;

/**
 * Nodes that Gauss-Hermite needs for a function that is analytic within `strip` of the real axis.
 *
 * With eta = strip / s the error is below 5 exp(eta^2 / 2 - 2 eta sqrt(n)), the convergence of Hermite series of a function
 * with a pole at that distance (Boyd 1984), and faster than that where eta is large, where `leastOrder` nodes do.
 * Measured for every activation in test/unit/smoothing.test.ts.
 */
export function hermiteOrder(strip: number, s: number): number {
  const digits = Math.log(5 / hermiteTolerance);
  const eta = Math.min(strip / s, Math.sqrt(2 * digits));
  return Math.max(leastOrder, Math.ceil(((digits + (eta * eta) / 2) / (2 * eta)) ** 2));
}

const closedForm: Method = { kind: "closed form" };

/** How the expectation of a function under N(a, s^2) is computed. */
function quadrature(
  fn: ScalarFunction,
  entry: SmoothingEntry,
): { expectation: Expectation; method(s: number, bound: number): Method } {
  const { strip } = entry;
  const orderFor = (s: number): number | undefined => {
    const order = strip === undefined ? mostOrder + 1 : hermiteOrder(strip, s);
    return order <= mostOrder ? order : undefined;
  };
  return {
    method: (s, bound) => {
      const order = orderFor(s);
      return order === undefined ? { kind: "panels", bound: panelTolerance } : { kind: "Gauss-Hermite", order, bound };
    },
    expectation: (f, a, s, c) => {
      const order = orderFor(s);
      if (order === undefined) {
        const [low, high] = [a - reach * s, a + reach * s];
        const peak = (x: number): number => Math.exp(-0.5 * ((x - a) / s) ** 2) / (s * Math.sqrt(2 * Math.PI));
        const breaks = [
          ...kinksBetween(fn, c, low, high).map(({ after }) => after),
          ...[-4, -2, 0, 2, 4].map((k) => a + k * s),
        ];
        return integral((x) => f(x, c) * peak(x), low, high, breaks, panelTolerance);
      }
      const { nodes, weights } = hermiteRule(order);
      let total = 0;
      for (let k = 0; k < order; k++) total += weights[k] * f(a + s * nodes[k], c);
      return total;
    },
  };
}

/**
 * A function averaged over gaussian noise of its argument.
 *
 * g(a) = E F(a + s xi),   V(a) = Var F(a + s xi),   xi ~ N(0, 1)
 *
 * Accuracy, in units of the values: mean 1e-12, slope and variance 1e-10, second derivative and slope of the variance
 * 1e-9 (test/oracle/smoothing.test.ts).
 * Cost: a closed form some 50 ns, Gauss-Hermite one evaluation of F per node, panels about 1000.
 *
 * @param fn recognised by its operations, wherever they stand in the equations of a cell
 */
export function smoothed(fn: ScalarFunction): Averaged {
  const entry = entryOf(fn);
  const { expectation, method } = quadrature(fn, entry);
  const { closed = {} } = entry;
  const mean = orLimit(fn.value, closed.mean, expectation);
  const slope = orLimit(fn.slope, closed.slope, (f, a, s, c) => expectation(f, a, s, c) + jumps(fn.value, fn, a, s, c));
  const none: Scalar = () => 0;
  return {
    mean,
    slope,
    response: slope,
    curvature: (a, s, c) => {
      if (s === 0) return fn.curvature(a, c);
      if (closed.curvature !== undefined) return closed.curvature(a, s);
      return expectation(fn.curvature, a, s, c) + jumps(fn.slope, fn, a, s, c);
    },
    variance: orLimit(none, closed.variance, (_, a, s, c) => {
      const g = mean(a, s, c);
      return expectation((x) => (fn.value(x, c) - g) ** 2, a, s, c);
    }),
    varianceSlope: orLimit(none, closed.varianceSlope, (_, a, s, c) => {
      const g = mean(a, s, c);
      return 2 * expectation((x) => (fn.value(x, c) - g) * fn.slope(x, c), a, s, c);
    }),
    partials: fn.partials.map((partial) => orLimit(partial, undefined, expectation)),
    method: (s) => ({
      mean: s === 0 || closed.mean !== undefined ? closedForm : method(s, hermiteTolerance),
      variance: s === 0 || closed.variance !== undefined ? closedForm : method(s, squareTolerance),
    }),
  };
}

/** What the jumps of f add to the slope of its average: each jump times the density of the noise there. */
function jumps(f: Scalar, fn: ScalarFunction, a: number, s: number, c: Surroundings): number {
  let total = 0;
  for (const { before, after } of kinksBetween(fn, c, a - reach * s, a + reach * s)) {
    const jump = f(after, c) - f(before, c);
    total += (jump * Math.exp(-0.5 * ((after - a) / s) ** 2)) / (s * Math.sqrt(2 * Math.PI));
  }
  return total;
}

function orLimit(limit: Scalar, closed: ClosedForms["mean"], otherwise: Expectation): AveragedScalar {
  if (closed !== undefined) return (a, s, c) => (s === 0 ? limit(a, c) : closed(a, s));
  return (a, s, c) => (s === 0 ? limit(a, c) : otherwise(limit, a, s, c));
}

let known: ReadonlyMap<string, ActivationName> | undefined;

/** Name of the activation that a function is, if it is one. */
export function activationName(fn: ScalarFunction): ActivationName | undefined {
  known ??= new Map(
    (Object.keys(activations) as ActivationName[]).map((name) => [activationFunction(name).text, name]),
  );
  return known.get(fn.text);
}

function entryOf(fn: ScalarFunction): SmoothingEntry {
  const name = activationName(fn);
  return (name === undefined ? undefined : smoothings[name]) ?? {};
}
