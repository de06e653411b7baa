/** The differential equation of a cell and of the noise around it, as a scheme takes it. */
import { type Axis, scalarAxis } from "./axis.ts";
import type { CellDefinition, Equations, Terms, Tracer, Wrapper } from "./cell.ts";
import { add, div, type Expression, max, mul, sqrt, where } from "./expression.ts";
import { mapped, moved, type Point } from "./point.ts";
import type { Motion, StepDynamics } from "./schemes/contract.ts";

/** Name of the numeric setting of the program that holds the standard deviation of the draws of a leaf. */
export const deviationSetting = (leaf: string): string => `deviation:${leaf}`;

/** Name of the leaf that gives a second, independent draw of a Brownian motion, for integrals over the step. */
export const integralLeaf = (leaf: string): string => `integral:${leaf}`;

/** A noise leaf whose draws are Brownian increments, and what multiplies them. */
export interface BrownianTerm {
  readonly leaf: string;
  /** Leaf whose numbers it draws; terms with the same one are driven by one Brownian motion. */
  readonly motion: string;
  /** That of the state, or of one number for all units. */
  readonly axis: Axis;
  readonly state: string;
  /** What multiplies the increment at a state with a drift; undefined is 1. */
  readonly factor: (state: Expression, drift: Expression) => Expression | undefined;
}

export interface DynamicsParts {
  readonly cell: CellDefinition;
  readonly place: string;
  readonly state: Point;
  readonly timeStep: Expression;
  /** Duration of the step in units of the time step, which deviations of draws refer to; undefined: 1. */
  readonly duration: Expression | undefined;
  readonly terms: (at: Point) => Terms;
  readonly wrappers: readonly Wrapper[];
  readonly tracer: Tracer;
}

/** Smallest deviation that a draw is divided by; a silent motion then gives 0 / this. */
const least = 1e-30;

export function dynamicsOf(parts: DynamicsParts): StepDynamics {
  const { cell, place, state, timeStep, duration, terms, wrappers, tracer } = parts;
  const stretch = duration === undefined ? undefined : rootOf(duration);
  const stretched = (size: Expression): Expression => (stretch === undefined ? size : mul(stretch, size));
  const drift = (at: Point): Point => {
    const own = (cell.drift as Equations)(terms(at));
    return mapped(own, (value, name) =>
      wrappers.reduce((sofar, { drift: change }) => change?.(sofar, name, state[name], tracer) ?? sofar, value),
    );
  };
  const own: Summand[] = [
    ...(cell.diffusion === undefined ? [] : [ownSummand("diffusion", cell.diffusion)]),
    ...Object.entries(cell.sharedDiffusion ?? {}).map(([name, equations]) =>
      ownSummand(`diffusion:${name}`, equations, scalarAxis),
    ),
  ];
  function ownSummand(leaf: string, equations: Equations, axis?: Axis): Summand {
    return {
      leaf,
      motion: leaf,
      isShared: axis !== undefined,
      draw: () => terms(state).noise(leaf, axis),
      second: () => tracer.noise(integralLeaf(leaf), axis ?? (Object.values(state)[0].axis as Axis), leaf, true),
      kicked: (at, size) => mapped(equations(terms(at)), (value) => mul(value, stretched(mul(sqrt(timeStep), size)))),
    };
  }
  const around = Object.entries(state).flatMap(([name, before]) =>
    wrappers.flatMap(({ brownian }): Summand[] => {
      const term = brownian?.(name, before.axis as Axis);
      if (term === undefined) return [];
      const { leaf, motion, axis, factor } = term;
      return [
        {
          leaf,
          motion,
          isShared: axis === scalarAxis && before.axis !== scalarAxis,
          draw: () => tracer.noise(leaf, axis, motion),
          second: () => tracer.noise(integralLeaf(leaf), axis, motion, true),
          kicked: (at, size) => {
            const along = factor(at[name], drift(at)[name]);
            const increment = stretched(size);
            return { [name]: along === undefined ? increment : mul(along, increment) };
          },
        },
      ];
    }),
  );
  const summands = [...own, ...around];
  const names = [...new Set(summands.map(({ motion }) => motion))];
  return {
    place,
    state,
    dt: duration === undefined ? timeStep : mul(timeStep, duration),
    drift,
    motions: names.map((name) =>
      motionOf(
        name,
        summands.filter(({ motion }) => motion === name),
        tracer,
      ),
    ),
    leak: cell.leak?.(terms(state)) ?? {},
  };
}

/** Square root with slope 0 at 0, where a step lasts no time: padding has the duration 0. */
const rootOf = (x: Expression): Expression => where(x, sqrt(max(x, 1e-12)), 0);

/** Part of the diffusion of a motion. */
interface Summand {
  readonly leaf: string;
  readonly motion: string;
  readonly isShared: boolean;
  draw(): Expression;
  second(): Expression;
  /** What the diffusion makes of a draw, or of its standard deviation. */
  kicked(at: Point, size: Expression): Point;
}

function motionOf(name: string, summands: readonly Summand[], tracer: Tracer): Motion {
  const deviationOf = ({ leaf }: Summand): Expression => tracer.setting(deviationSetting(leaf));
  const total = (sizeOf: (summand: Summand) => Expression, at: Point): Point =>
    summands
      .map((summand) => summand.kicked(at, sizeOf(summand)))
      .reduce((sofar, more) => ({ ...more, ...moved(sofar, more) }));
  // terms of one motion have draws of one sign, so their sum has the sum of their deviations
  const unitOf = (draws: readonly Expression[]): Expression =>
    div(add(...draws), max(add(...summands.map(deviationOf)), least));
  return {
    name,
    isShared: summands[0].isShared,
    kick: (at) => total((summand) => summand.draw(), at),
    spread: (at) => total(deviationOf, at),
    normal: () => unitOf(summands.map((summand) => summand.draw())),
    secondNormal: () => unitOf(summands.map((summand) => summand.second())),
  };
}
