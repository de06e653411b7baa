/** Stochastic differential equations of one or two units as networks, and errors of their paths at several steps. */
import { type Cell, type CellDefinition, defineCell } from "../../src/cell/cell.ts";
import { argumentsOf, isElementwise } from "../../src/cell/graph.ts";
import { elementwise } from "../../src/cell/operations.ts";
import type { Network } from "../../src/network/contract.ts";
import { integrate } from "../../src/network/integrate.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";

installBackends();

export type Problem = Pick<CellDefinition, "state" | "drift" | "diffusion" | "sharedDiffusion" | "leak"> & {
  /** Initial value of every state. */
  readonly from?: Readonly<Record<string, readonly number[]>>;
  readonly units?: number;
};

export interface ProblemRun {
  readonly problem: Problem;
  readonly scheme: string;
  /** Time step at 0 halvings, and how many of them make the interval. */
  readonly dt: number;
  readonly steps: number;
  readonly paths: number;
}

function cellOf({ from: _, units: _units, ...equations }: Problem, dt: number): Cell {
  return defineCell({
    name: "problem",
    summary: "a stochastic differential equation",
    parameters: {},
    settings: { dt },
    timeStep: "dt",
    ...equations,
  });
}

/** The problem as a network, all of its motions at intensity 1. */
export function networkOf({ problem, scheme, dt }: Pick<ProblemRun, "problem" | "scheme" | "dt">): Network {
  const cell = cellOf(problem, dt);
  const sizes = { inputSize: 1, hiddenSize: problem.units ?? 1, outputSize: 1 };
  const noise = cell.sites.map((site) => ({ site, intensity: 1 }));
  return createNetwork({ cell: "problem", ...sizes, scheme, noise }, { cell });
}

/** States at the end, `[paths, size]` each, with every step halved so many times on the same paths. */
export async function ends(
  { problem, scheme, dt, steps, paths }: ProblemRun,
  halvings: number,
): Promise<Readonly<Record<string, Float64Array>>> {
  const { from, units } = problem;
  const states = await integrate({
    cell: cellOf(problem, dt),
    scheme,
    paths,
    steps,
    halvings,
    key: { seed: 4, stream: 1 },
    // it needs no compiler
    backend: "vector",
    ...(from !== undefined && { from }),
    ...(units !== undefined && { units }),
  });
  return Object.fromEntries(
    Object.entries(states).map(([name, values]) => {
      const size = values.length / (paths * (steps + 1));
      const last = new Float64Array(paths * size);
      for (let b = 0; b < paths; b++) {
        const at = (b * (steps + 1) + steps) * size;
        last.set(values.subarray(at, at + size), b * size);
      }
      return [name, last];
    }),
  );
}

/** Root of the mean squared distance. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return Math.sqrt(total / a.length);
}

/** Slope of log2 error against halvings, least squares, times -1. */
export function slope(errors: readonly number[]): number {
  const n = errors.length;
  const mean = (n - 1) / 2;
  let [xy, xx] = [0, 0];
  for (const [k, error] of errors.entries()) {
    xy += (k - mean) * Math.log2(error);
    xx += (k - mean) ** 2;
  }
  return -xy / xx;
}

/**
 * The state after one step of an equation of one unit from 1, as a function of the draws of its motion.
 *
 * @returns h' for the increment's z and the second draw zeta
 */
export function oneStep(problem: Problem, scheme: string, dt: number): (z: number, zeta: number) => number {
  const { equations, noiseAt } = networkOf({ problem, scheme, dt });
  const { graph, states } = equations.program;
  const deviations = noiseAt("trained");
  return (z, zeta) => {
    const values: number[] = [];
    for (const node of graph.nodes) {
      const args = argumentsOf(node).map((arg) => values[arg]);
      if (node.op === "constant") values.push(node.value);
      else if (node.op === "setting") values.push(equations.settings[node.name]);
      else if (node.op === "leaf") values.push(1);
      else if (node.op === "noise")
        values.push(deviations[node.name].intensity * (node.name.startsWith("integral:") ? zeta : z));
      else if (isElementwise(node)) values.push(elementwise[node.op].value(...args));
      else values.push(args[0]);
    }
    return values[states[0].next];
  };
}
