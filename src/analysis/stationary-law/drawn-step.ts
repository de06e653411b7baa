/** One step of a network with its draws given instead of drawn. */
import { argumentsOf, isElementwise, type NodeId } from "../../cell/graph.ts";
import { CapabilityError } from "../../core/errors.ts";
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import { bindings, nextStates, nothing } from "../dynamics/dynamics.ts";
import { type StepEquations, stepEquations } from "../dynamics/equations.ts";
import { noisePaths } from "../dynamics/noise-paths.ts";
import { averagedPass } from "../dynamics/pass.ts";
import { rowsOf } from "../dynamics/rows.ts";
import type { DrawnStep } from "./transfer-operator.ts";

/**
 * The step under a constant input, for the transfer operator.
 *
 * @throws CapabilityError for more than two units, for noise of several sites, laws other than gaussian or correlated in
 *   time, and for noise that reaches a unit from another
 */
export function drawnStep(network: Network, weights: Weights, level: NoiseLevel, input: Float64Array): DrawnStep {
  const equations = stepEquations(network, weights, level);
  const { stateSize, draws, coloured, states } = equations;
  const refuse = (rule: string): never => {
    throw new CapabilityError({
      place: "transfer operator",
      rule,
      remedy: "Monte Carlo and the closure of the analysis stationary-law stand without it",
    });
  };
  if (stateSize > 2) refuse(`takes a state of one or two units, got ${stateSize}`);
  if (draws.size !== 1) refuse(`takes noise of one site, got ${draws.size === 0 ? "none" : `${draws.size} sites`}`);
  const [[node, { law, intensity }]] = draws;
  if (law !== "gaussian" || coloured.length > 0)
    refuse(`takes white gaussian noise, got ${coloured.length > 0 ? "noise that is correlated in time" : law}`);
  const size = equations.sizeOf(node);
  const reachesOthers = states.length > 1 || size !== stateSize || !isUnitByUnit(equations, node, states[0].next);
  if (equations.graph.nodes[node].op !== "noise" || (stateSize > 1 && reachesOthers))
    refuse("takes noise that stays in the unit that it is drawn for");
  const paths = noisePaths(equations, new Set());
  return {
    stateSize,
    next: (at, given) => {
      const count = given.length;
      const inputs = Float64Array.from({ length: count * input.length }, (_, i) => input[i % input.length]);
      const values = Float64Array.from({ length: count * size }, (_, i) => intensity * given[Math.floor(i / size)]);
      const bound = new Map([...bindings(equations, at, inputs), [node, rowsOf(values, size)]]);
      return nextStates(equations, averagedPass(equations, paths, bound, nothing), count);
    },
  };
}

/** Whether all ways from a node to another lead through element-wise operations. */
function isUnitByUnit({ graph }: StepEquations, from: NodeId, to: NodeId): boolean {
  const reached = new Set([from]);
  for (const [id, node] of graph.nodes.entries()) {
    if (id > to || !argumentsOf(node).some((arg) => reached.has(arg))) continue;
    if (!isElementwise(node)) return false;
    reached.add(id);
  }
  return true;
}
