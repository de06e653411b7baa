/** Whether the iterated integrals of different Brownian components are needed, which no draw of a step gives. */
import { CapabilityError } from "../../core/errors.ts";
import type { Expression } from "../expression.ts";
import { argumentsOf, isElementwise, type NodeId } from "../graph.ts";
import type { Point } from "../point.ts";
import type { Motion, StepDynamics } from "./contract.ts";

/**
 * Refuses diffusions whose components do not commute.
 *
 * With one component per unit, a unit's diffusion may depend on what the motion drives only through that unit; no
 * diffusion may depend on what another motion drives. These conditions are sufficient.
 *
 * @throws CapabilityError that names the motion and what it depends on
 */
export function checkCommutes(scheme: string, { place, state, motions }: StepDynamics): void {
  const fields = motions.map((motion) => motion.spread(state));
  for (const [index, motion] of motions.entries()) {
    const depends = dependence(fields[index], state);
    for (const [other, driven] of fields.entries()) {
      const named = Object.keys(driven).find((name) =>
        other === index ? !motion.isShared && depends.get(name) === "mixed" : depends.has(name),
      );
      if (named !== undefined) refuse(scheme, place, motion, motions[other], named);
    }
  }
}

function refuse(scheme: string, place: string, motion: Motion, other: Motion, state: string): never {
  const reason =
    motion === other
      ? `that of "${motion.name}" mixes the units of ${state}, each of which has a motion of its own`
      : `that of "${motion.name}" depends on ${state}, which "${other.name}" moves`;
  throw new CapabilityError({
    place: `scheme ${scheme}`,
    rule: `needs a diffusion whose components commute; in ${place}, ${reason}`,
    remedy: "share one Brownian motion (shared: true, or motion: state), or take euler-maruyama or heun",
  });
}

/** How each state enters a vector field: unit by unit, or units into each other. */
function dependence(field: Point, state: Point): ReadonlyMap<string, "own" | "mixed"> {
  const found = new Map<string, "own" | "mixed">();
  const names = new Map(Object.entries(state).map(([name, { id }]) => [id, name]));
  for (const [driven, value] of Object.entries(field)) {
    for (const [leaf, way] of reached(value, state[driven].axis)) {
      const name = names.get(leaf);
      if (name === undefined) continue;
      if (way === "mixed" || !found.has(name)) found.set(name, way);
    }
  }
  return found;
}

/** Leaves below a value, and whether only element-wise operations lie between. */
function reached({ graph, id }: Expression, axis: string | null): ReadonlyMap<NodeId, "own" | "mixed"> {
  const found = new Map<NodeId, "own" | "mixed">();
  const visited = new Set<string>();
  const visit = (at: NodeId, isOwn: boolean): void => {
    const key = `${at} ${isOwn}`;
    if (visited.has(key)) return;
    visited.add(key);
    const node = graph.nodes[at];
    const own = isOwn && node.axis === axis;
    if (node.op === "leaf" && (!own || !found.has(at))) found.set(at, own ? "own" : "mixed");
    for (const arg of argumentsOf(node)) visit(arg, own && isElementwise(node));
  };
  visit(id, true);
  return found;
}
