/** How random vectors of a step fluctuate: moments carried through the graph by statistical linearisation. */

import { axisSize } from "../../cell/axis.ts";
import { argumentsOf, type NodeId } from "../../cell/graph.ts";
import type { StepEquations } from "./equations.ts";
import {
  added,
  diagonal,
  type Gain,
  multiplied,
  repeatedGain,
  type SourceCovariance,
  scaled,
  slicedGain,
  stacked,
  summedGain,
  unitCovariance,
} from "./gains.ts";
import type { NoisePaths } from "./noise-paths.ts";
import type { Averaging } from "./pass.ts";
import { lawAverage, lawMoments } from "./smoothing/law-averages.ts";
import { smoothed } from "./smoothing/smoothed.ts";

/** Key of the source that the state before the step is. */
export const stateSource = "state";
type SourceKey = NodeId | typeof stateSource;

/** Gains on the sources that a node depends on. */
export type Spread = ReadonlyMap<SourceKey, Gain>;

export interface SpreadOptions {
  readonly equations: StepEquations;
  readonly paths: NoisePaths;
  /** Covariance of the state before the step, `[stateSize, stateSize]`; absent: it is known. */
  readonly covariance?: Float64Array | undefined;
  /** Mean of a node, repeated for its units; undefined where it is not the same for every state and input. */
  mean(id: NodeId): Float64Array | undefined;
}

export interface KnownSpreads {
  /** undefined where it depends on a mean that is not known. */
  spread(id: NodeId): Spread | undefined;
  covarianceOf(key: SourceKey): SourceCovariance;
  averaging(id: NodeId): Averaging | undefined;
  covariance(a: NodeId, b: NodeId): Float64Array | undefined;
}

/**
 * The spreads of a step.
 *
 * A function y = F(x) of a random vector goes on as y = g + R (x - E x) + e, with the mean g and the response R of each
 * unit's own law, and a remainder e of variance Var F - R^2 Var x that is uncorrelated with everything: exact in mean and
 * variance where x is gaussian. Dropped is the correlation of the remainders of different units, which is of second order in the
 * correlation of their arguments. A sum of several draws, of which not all are gaussian, counts as gaussian.
 */
export function carriedSpreads({ equations, paths, covariance, mean }: SpreadOptions): KnownSpreads {
  const { graph, draws, states, stateSize, sizeOf, parameters } = equations;
  const remainders = new Map<NodeId, Float64Array>();
  const known = new Map<NodeId, Spread | undefined>();
  const averages = new Map<NodeId, Averaging | undefined>();

  const covarianceOf = (key: SourceKey): SourceCovariance => {
    if (key === stateSource) return { kind: "full", values: covariance as Float64Array };
    const own = remainders.get(key);
    if (own !== undefined) return { kind: "diagonal", values: own };
    const drawn = draws.get(key);
    const { variance } = drawn === undefined ? { variance: 0 } : lawMoments(drawn);
    return { kind: "diagonal", values: new Float64Array(sizeOf(key)).fill(variance) };
  };

  const spread = (id: NodeId): Spread | undefined => {
    if (!known.has(id)) known.set(id, find(id));
    return known.get(id);
  };

  const find = (id: NodeId): Spread | undefined => {
    const node = graph.nodes[id];
    const size = sizeOf(id);
    const state = states.find(({ leaf }) => leaf === id);
    if (state !== undefined) {
      if (covariance === undefined) return new Map();
      if (stateSize === size) return new Map([[stateSource, diagonal(new Float64Array(size).fill(1))]]);
      const values = new Float64Array(size * stateSize);
      for (let i = 0; i < size; i++) values[i * stateSize + state.offset + i] = 1;
      return new Map([[stateSource, { kind: "full", columns: stateSize, values }]]);
    }
    if (!paths.isRandom(id)) return new Map();
    if (node.op === "noise-product") return weightNoise(id, node.args[0]);
    if (draws.has(id)) return new Map([[id, diagonal(new Float64Array(size).fill(1))]]);

    const crossing = paths.crossing(id);
    if (crossing?.kind === "function") return through(id, crossing.base);
    if (crossing?.kind === "product") return productSpread(id, crossing.factors);
    const args = argumentsOf(node);
    const parts = args.map(spread);
    if (parts.some((part) => part === undefined)) return undefined;
    const [a, b] = parts as Spread[];
    switch (node.op) {
      case "product":
        return eachGain(a, (gain) => multiplied(parameters[node.name], size, gain));
      case "slice":
        return eachGain(a, (gain) => slicedGain(gain, axisSize(node.offset, equations.sizes), size));
      case "concat": {
        const keys = new Set((parts as Spread[]).flatMap((part) => [...part.keys()]));
        const pieces = (key: SourceKey) =>
          args.map((arg, k) => ({ gain: (parts as Spread[])[k].get(key), size: sizeOf(arg) }));
        return new Map([...keys].map((key) => [key, stacked(pieces(key), sourceSize(key))]));
      }
      case "sum":
        return eachGain(a, summedGain);
      case "broadcast":
        return eachGain(a, (gain) => repeatedGain(gain, size));
      case "add":
        return sum(a, b, size);
      case "sub":
        return sum(a, times(b, Float64Array.of(-1)), size);
      case "neg":
        return times(a, Float64Array.of(-1));
      case "mul": {
        if (a.size > 0 && b.size > 0) return productSpread(id, [args[0], args[1]]);
        const factor = mean(args[a.size > 0 ? 1 : 0]);
        return factor === undefined ? undefined : times(a.size > 0 ? a : b, factor, size);
      }
      case "div": {
        const divisor = mean(args[1]);
        return divisor === undefined
          ? undefined
          : times(
              a,
              divisor.map((value) => 1 / value),
              size,
            );
      }
      case "where": {
        const condition = mean(args[0]);
        if (condition === undefined) return undefined;
        const yes = condition.map((value) => (value > 0 ? 1 : 0));
        const no = condition.map((value) => (value > 0 ? 0 : 1));
        return sum(times((parts as Spread[])[1], yes, size), times((parts as Spread[])[2], no, size), size);
      }
      default:
        return undefined;
    }
  };

  const sourceSize = (key: SourceKey): number => (key === stateSource ? stateSize : sizeOf(key));

  /** A matrix of independent draws times a vector: a source of its own, besides what their mean carries on. */
  const weightNoise = (id: NodeId, argument: NodeId): Spread | undefined => {
    const { mean: m, variance } = lawMoments(draws.get(id) as NonNullable<ReturnType<typeof draws.get>>);
    const x = mean(argument);
    const part = spread(argument);
    if (x === undefined || part === undefined) return undefined;
    const own = varianceOf(part, x.length);
    let total = 0;
    for (let j = 0; j < x.length; j++) total += variance * (x[j] * x[j] + own[j]);
    const size = sizeOf(id);
    remainders.set(id, new Float64Array(size).fill(total));
    const carried =
      m === 0
        ? []
        : [...part].map(
            ([key, gain]) => [key, repeatedGain(scaled(summedGain(gain), Float64Array.of(m)), size)] as const,
          );
    return new Map<SourceKey, Gain>([...carried, [id, diagonal(new Float64Array(size).fill(1))]]);
  };

  const through = (id: NodeId, base: NodeId): Spread | undefined => {
    const argument = spread(base);
    const average = averaging(id);
    const crossing = paths.crossing(id);
    if (argument === undefined || average === undefined || crossing?.kind !== "function") return undefined;
    const around = [base, ...crossing.surroundings].map(mean);
    if (around.some((part) => part === undefined)) return undefined;
    const [a, ...c] = around as Float64Array[];
    const size = sizeOf(id);
    const { averaged, scale } = average;
    const variance = varianceOf(argument, sizeOf(base));
    const response = new Float64Array(size);
    const remainder = new Float64Array(size);
    const numbers = new Float64Array(c.length);
    const at = (values: Float64Array, i: number): number => values[values.length === 1 ? 0 : i];
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < c.length; k++) numbers[k] = at(c[k], i);
      const spreadHere = at(scale, i);
      response[i] = averaged.response(at(a, i), spreadHere, numbers);
      const whole = averaged.variance(at(a, i), spreadHere, numbers);
      remainder[i] = Math.max(0, whole - response[i] ** 2 * at(variance, i));
    }
    remainders.set(id, remainder);
    const linear = times(argument, response, size);
    return new Map<SourceKey, Gain>([...linear, [id, diagonal(new Float64Array(size).fill(1))]]);
  };

  /** x y = mean + mx (y - my) + my (x - mx) + e, with Var e = Vx Vy + Cov^2: exact for gaussian factors. */
  const productSpread = (id: NodeId, [x, y]: readonly [NodeId, NodeId]): Spread | undefined => {
    const [mx, my, sx, sy] = [mean(x), mean(y), spread(x), spread(y)];
    if (mx === undefined || my === undefined || sx === undefined || sy === undefined) return undefined;
    const size = sizeOf(id);
    const [vx, vy, shared] = [varianceOf(sx, sizeOf(x)), varianceOf(sy, sizeOf(y)), covarianceBetween(sx, sy, size)];
    const at = (values: Float64Array, i: number): number => values[values.length === 1 ? 0 : i];
    remainders.set(
      id,
      Float64Array.from({ length: size }, (_, i) => at(vx, i) * at(vy, i) + shared[i] ** 2),
    );
    return new Map<SourceKey, Gain>([
      ...sum(times(sx, my, size), times(sy, mx, size), size),
      [id, diagonal(new Float64Array(size).fill(1))],
    ]);
  };

  const times = (part: Spread, factors: Float64Array, size?: number): Spread =>
    eachGain(part, (gain) => {
      const made = scaled(gain, factors);
      return size === undefined ? made : repeatedGain(made, size);
    });

  const sum = (a: Spread, b: Spread, size: number): Spread => {
    const total = new Map<SourceKey, Gain>();
    for (const part of [a, b]) {
      for (const [key, gain] of part) {
        const fitting = repeatedGain(gain, size);
        const sofar = total.get(key);
        total.set(key, sofar === undefined ? fitting : added(sofar, fitting));
      }
    }
    return total;
  };

  const covarianceBetween = (a: Spread, b: Spread, size: number): Float64Array => {
    const total = new Float64Array(size);
    for (const [key, gain] of a) {
      const other = b.get(key);
      if (other === undefined) continue;
      const part = unitCovariance(repeatedGain(gain, size), repeatedGain(other, size), covarianceOf(key));
      for (let i = 0; i < size; i++) total[i] += part[i];
    }
    return total;
  };
  const varianceOf = (part: Spread, size: number): Float64Array => covarianceBetween(part, part, size);

  const averaging = (id: NodeId): Averaging | undefined => {
    if (!averages.has(id)) averages.set(id, findAveraging(id));
    return averages.get(id);
  };

  const findAveraging = (id: NodeId): Averaging | undefined => {
    const crossing = paths.crossing(id);
    if (crossing?.kind !== "function") return undefined;
    const argument = spread(crossing.base);
    if (argument === undefined) return undefined;
    const [only, ...others] = argument;
    const drawn = only === undefined || others.length > 0 || only[0] === stateSource ? undefined : draws.get(only[0]);
    const isOneDraw = drawn !== undefined && only[1].kind === "diagonal" && !remainders.has(only[0] as NodeId);
    const deviation = varianceOf(argument, sizeOf(crossing.base)).map(Math.sqrt);
    return isOneDraw && drawn.law !== "gaussian"
      ? { averaged: lawAverage(crossing.fn, drawn), scale: only[1].values, deviation }
      : { averaged: smoothed(crossing.fn), scale: deviation, deviation };
  };

  return {
    spread,
    covarianceOf,
    averaging,
    covariance: (a, b) => {
      const [x, y] = [spread(a), spread(b)];
      return x === undefined || y === undefined ? undefined : covarianceBetween(x, y, Math.max(sizeOf(a), sizeOf(b)));
    },
  };
}

function eachGain(part: Spread, change: (gain: Gain) => Gain): Spread {
  return new Map([...part].map(([key, gain]) => [key, change(gain)]));
}
