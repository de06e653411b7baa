import type { Axis } from "../cell/axis.ts";
import type { Tracer } from "../cell/cell.ts";
import { add, type Expression, mul, sqrt, sub } from "../cell/expression.ts";
import type { Graph } from "../cell/graph.ts";
import type { NoiseSource } from "./contract.ts";

/** Name of the state of the program that holds the coloured noise of a leaf. */
export const noiseState = (leaf: string): string => `noise:${leaf}`;

/** Name of the numeric setting of the program that holds the step-to-step correlation of a leaf. */
export const correlationSetting = (leaf: string): string => `rho:${leaf}`;

/** Step of the address of the value that coloured noise starts from: the last there is, which no sequence reaches. */
export const initialNoiseStep = 2 ** 32 - 1;

export const isColoured = ({ correlationTime }: NoiseSource): boolean =>
  correlationTime !== undefined && correlationTime > 0;

/**
 * Correlation of Ornstein-Uhlenbeck noise between two steps: exp(-dt / correlationTime), exact at every dt.
 *
 * @param dt time step in units of tau
 */
export const stepCorrelation = (correlationTime: number, dt: number): number => Math.exp(-dt / correlationTime);

/**
 * Colours the draws of a leaf when the source has a correlation time.
 *
 * n' = rho n + sqrt(1 - rho^2) xi; the value used is n', whose stationary deviation is that of xi
 *
 * A leaf that the equations use twice has one process: the same value in both places.
 */
export function colouring(
  source: NoiseSource,
): (xi: Expression, leaf: string, axis: Axis, tracer: Tracer) => Expression {
  if (!isColoured(source)) return (xi) => xi;
  const processes = new WeakMap<Graph, Map<string, Expression>>();
  return (xi, leaf, axis, tracer) => {
    const known = processes.get(tracer.graph) ?? new Map<string, Expression>();
    processes.set(tracer.graph, known);
    const process = known.get(leaf);
    if (process !== undefined) return process;
    const rho = tracer.setting(correlationSetting(leaf));
    const innovation = sqrt(sub(1, mul(rho, rho)));
    const value = tracer.state(noiseState(leaf), axis, (n) => add(mul(rho, n), mul(innovation, xi)));
    known.set(leaf, value);
    return value;
  };
}
