/** Values of the nodes of a step for given states and inputs, with the noise averaged out, and gradients of them. */
import { axisSize } from "../../cell/axis.ts";
import { algebra } from "../../cell/differentiate.ts";
import { isElementwise, type Node, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { CapabilityError, InternalError } from "../../core/errors.ts";
import type { StepEquations } from "./equations.ts";
import type { NoisePaths } from "./noise-paths.ts";
import {
  applied,
  concatenated,
  each,
  filled,
  product,
  type Rows,
  repeated,
  sliced,
  summed,
  transposedProduct,
} from "./rows.ts";
import type { Averaged, AveragedScalar } from "./smoothing/averaged.ts";
import { lawMoments } from "./smoothing/law-averages.ts";

/** The average that stands at a crossing, and the spread of its argument, per unit. */
export interface Averaging {
  readonly averaged: Averaged;
  /** What the average takes as `s`. */
  readonly scale: Float64Array;
  /** Standard deviation of the argument. */
  readonly deviation: Float64Array;
}

/** What randomness does at the crossings of a pass. */
export interface Spreads {
  averaging(id: NodeId): Averaging;
  /** Covariance of two nodes, unit by unit. */
  covariance(a: NodeId, b: NodeId): Float64Array;
}

export interface Pass {
  /** Mean of a node. */
  value(id: NodeId): Rows;
  /**
   * Gradient of sum(cotangent * value), with the spreads held fixed.
   *
   * @returns cotangent of each bound node; absent where nothing depends on it
   */
  pullback(seeds: ReadonlyMap<NodeId, Rows>): ReadonlyMap<NodeId, Rows>;
}

/**
 * A pass over the graph, computed as far as it is asked for.
 *
 * @param bound values that are given: states, inputs
 */
export function averagedPass(
  equations: StepEquations,
  paths: NoisePaths,
  bound: ReadonlyMap<NodeId, Rows>,
  spreads: Spreads,
): Pass {
  const { graph, sizeOf, parameters, settings, draws, noiseNodes } = equations;
  const values = new Map<NodeId, Rows>(bound);

  const value = (id: NodeId): Rows => {
    const known = values.get(id);
    if (known !== undefined) return known;
    const made = compute(id, graph.nodes[id]);
    values.set(id, made);
    return made;
  };

  const drawMean = (id: NodeId): number => {
    const drawn = draws.get(id);
    return drawn === undefined ? 0 : lawMoments(drawn).mean;
  };

  const compute = (id: NodeId, node: Node): Rows => {
    const size = sizeOf(id);
    if (noiseNodes.has(id)) {
      const mean = drawMean(id);
      if (node.op !== "noise-product" || mean === 0) return filled(mean, size);
      return repeated(applied("mul", [summed(value(node.args[0])), filled(mean, 1)], 1), size);
    }
    const crossing = paths.crossing(id);
    if (crossing?.kind === "function") return averageAt(id, ({ mean }) => mean);
    if (crossing?.kind === "product") {
      const means = applied("mul", crossing.factors.map(value), size);
      const shared = spreads.covariance(...crossing.factors);
      return applied("add", [means, { rows: 1, size: shared.length, data: shared }], size);
    }
    if (crossing?.kind === "mixed") {
      throw new CapabilityError({
        place: equations.place,
        rule: `${crossing.op} of vectors that noise reaches by different ways has no mean in closed form`,
        remedy: "use Monte Carlo: run the network with noise many times (analysis stationary-law)",
      });
    }
    switch (node.op) {
      case "constant":
        return filled(node.value, 1);
      case "setting":
        return filled(settings[node.name], 1);
      case "parameter":
        return { rows: 1, size, data: parameters[node.name] };
      case "product":
        return product(parameters[node.name], value(node.args[0]), size);
      case "slice":
        return sliced(value(node.args[0]), offsetOf(node.offset), size);
      case "concat":
        return concatenated(node.args.map(value), size);
      case "sum":
        return summed(value(node.args[0]));
      case "broadcast":
        return repeated(value(node.args[0]), size);
      default:
        if (isElementwise(node)) return applied(node.op, node.args.map(value), size);
        throw new InternalError("dynamics", `a step holds ${node.op} ${"name" in node ? node.name : ""}`);
    }
  };
  const offsetOf = (axis: string): number => axisSize(axis, equations.sizes);

  /** One of the averages at a function of a random node, unit by unit. */
  const averageAt = (id: NodeId, chosen: (averaged: Averaged) => AveragedScalar): Rows => {
    const crossing = paths.crossing(id);
    if (crossing?.kind !== "function") throw new InternalError("dynamics", "an average away from a crossing");
    const { averaged, scale } = spreads.averaging(id);
    const f = chosen(averaged);
    const spread: Rows = { rows: 1, size: scale.length, data: scale };
    const base = value(crossing.base);
    const around = crossing.surroundings.map(value);
    const c = new Float64Array(around.length);
    return each([base, spread, ...around], sizeOf(id), (_row, _unit, at) => {
      for (let k = 0; k < around.length; k++) c[k] = around[k].data[at[k + 2]];
      return f(base.data[at[0]], scale[at[1]], c);
    });
  };

  const pullback = (seeds: ReadonlyMap<NodeId, Rows>): ReadonlyMap<NodeId, Rows> => {
    const cotangents = new Map<NodeId, Rows>();
    const give = (id: NodeId, contribution: Rows): void => {
      const size = sizeOf(id);
      const fitting = size === 1 && contribution.size > 1 ? summed(contribution) : repeated(contribution, size);
      const sofar = cotangents.get(id);
      cotangents.set(id, sofar === undefined ? fitting : applied("add", [sofar, fitting], size));
    };
    for (const [id, seed] of seeds) give(id, seed);
    const k = algebra(graph);
    for (let id = Math.max(-1, ...seeds.keys()); id >= 0; id--) {
      const g = cotangents.get(id);
      if (g === undefined || bound.has(id)) continue;
      const node = graph.nodes[id];
      const size = sizeOf(id);
      const times = (factor: Rows): Rows => applied("mul", [g, factor], size);
      if (noiseNodes.has(id)) {
        const mean = drawMean(id);
        if (node.op === "noise-product" && mean !== 0) give(node.args[0], repeated(times(filled(mean, 1)), size));
        continue;
      }
      const crossing = paths.crossing(id);
      if (crossing?.kind === "function") {
        give(crossing.base, times(averageAt(id, ({ slope }) => slope)));
        crossing.surroundings.forEach((around, index) => {
          give(around, times(averageAt(id, ({ partials }) => partials[index])));
        });
        continue;
      }
      switch (node.op) {
        case "constant":
        case "setting":
        case "parameter":
          break;
        case "product":
          give(node.args[0], transposedProduct(parameters[node.name], g, sizeOf(node.args[0])));
          break;
        case "slice": {
          const whole = sizeOf(node.args[0]);
          const offset = offsetOf(node.offset);
          const [before, after] = [filled(0, offset), filled(0, whole - offset - size)];
          give(node.args[0], concatenated([before, g, after], whole));
          break;
        }
        case "concat": {
          let offset = 0;
          for (const arg of node.args) {
            give(arg, sliced(g, offset, sizeOf(arg)));
            offset += sizeOf(arg);
          }
          break;
        }
        case "sum":
        case "broadcast":
          give(node.args[0], g);
          break;
        default: {
          if (!isElementwise(node)) throw new InternalError("dynamics", `no gradient of ${node.op}`);
          const partials = elementwise[node.op].partials(k, node.args, id);
          node.args.forEach((arg, index) => {
            const partial = partials[index];
            if (partial !== undefined && graph.nodes[arg].axis !== null) give(arg, times(value(partial)));
          });
        }
      }
    }
    return cotangents;
  };
  return { value, pullback };
}
