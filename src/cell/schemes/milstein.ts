import { pushforward } from "../differentiate.ts";
import { type Expression, expression, mul, square, sub } from "../expression.ts";
import { broadcast, type NodeId } from "../graph.ts";
import { moved, type Point, scaled } from "../point.ts";
import { checkCommutes } from "./commutation.ts";
import type { Scheme } from "./contract.ts";

/**
 * Euler-Maruyama and the first term that it lacks.
 *
 *     h' = h + dt f + g dB + 1/2 (Dg g)(dB^2 - dt)
 *
 * Dg g is the derivative of the diffusion along itself, taken from the graph; for one component per unit it is g g'.
 */
export const milstein: Scheme = {
  name: "milstein",
  summary: "Euler-Maruyama with the correction 1/2 g g' (dB^2 - dt); Ito, diagonal or shared noise",
  calculus: "Ito",
  strongOrder: { additive: 1, commutative: 1, general: null },
  weakOrder: 1,
  cost: "one drift, one diffusion and its derivative",
  references: ["milstein1974", "kloeden1992"],
  step: (dynamics) => {
    checkCommutes("milstein", dynamics);
    const { state, dt, drift, motions } = dynamics;
    const corrections = motions.map((motion) => {
      const curvature = alongItself(state, motion.spread(state));
      if (Object.keys(curvature).length === 0) return {};
      return scaled(mul(0.5, sub(square(motion.normal()), 1)), curvature);
    });
    return moved(state, scaled(dt, drift(state)), ...motions.map((motion) => motion.kick(state)), ...corrections);
  },
};

/** Derivative of a vector field along itself; states where it is zero are absent. */
function alongItself(state: Point, field: Point): Point {
  const first = Object.values(state)[0];
  const directions = new Map<NodeId, NodeId>(
    Object.entries(field).map(([name, value]) => [state[name].id, alongState(value, state[name])]),
  );
  const tangents = pushforward(first.graph, directions, new Set());
  return Object.fromEntries(
    Object.entries(field).flatMap(([name, value]): [string, Expression][] => {
      const tangent = tangents.get(value.id);
      return tangent === undefined ? [] : [[name, expression(first.graph, tangent)]];
    }),
  );
}

/** A value that may be one number for all units, along the axis of its state. */
function alongState(value: Expression, state: Expression): NodeId {
  return value.axis === state.axis ? value.id : broadcast(value.graph, value.id, state.axis as string);
}
