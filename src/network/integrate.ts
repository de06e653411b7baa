/** Paths of a stochastic differential equation on its own, for analyses and tests. */
import type { Cell } from "../cell/cell.ts";
import type { RealArray } from "../engine/contract.ts";
import type { NoiseKey } from "./contract.ts";
import { createNetwork } from "./network.ts";
import { refinedKernel } from "./refinement.ts";

export interface Integration {
  /** A cell that gives a drift; its parameters are 0, so write numbers and settings into its equations. */
  readonly cell: Cell;
  /** Name of an integration scheme; default: the cell's own. */
  readonly scheme?: string;
  readonly settings?: Readonly<Record<string, number>>;
  /** Size of the axis "hidden", default 1. */
  readonly units?: number;
  readonly paths: number;
  /** Steps of the cell's time step, at whose ends the states are returned. */
  readonly steps: number;
  /** Every step is made in 2^halvings parts on the same paths; default 0. */
  readonly halvings?: number;
  /** Initial value of each state, `[size]`, the same on all paths; default 0. */
  readonly from?: Readonly<Record<string, readonly number[]>>;
  /** Path i is that of trial i. */
  readonly key: NoiseKey;
  /** Back end; default: the fastest that computes in float64. */
  readonly backend?: string;
}

/**
 * dh = f(h) dt + g(h) dB + sum_j g_j(h) dB_j in float64, every motion of the cell (`diffusion`, `sharedDiffusion`) at
 * intensity 1.
 *
 * @returns every state at the ends of steps, `[path, step + 1, size]`, index 0 = initial state
 * @throws SpecError for a scheme that the cell cannot have
 */
export async function integrate(options: Integration): Promise<Readonly<Record<string, RealArray>>> {
  const { cell, scheme, settings, units = 1, paths, steps, halvings = 0, from = {}, key, backend } = options;
  const network = createNetwork(
    {
      cell: cell.name,
      inputSize: 1,
      hiddenSize: units,
      outputSize: 1,
      ...(scheme !== undefined && { scheme }),
      ...(settings !== undefined && { settings }),
      noise: cell.sites.filter((site) => site.split(":")[0] === "diffusion").map((site) => ({ site, intensity: 1 })),
    },
    { cell },
  );
  const kernel = await refinedKernel(network, { precision: "float64", backend, halvings });
  const weights = network.initialWeights(0);
  const { states } = kernel.run({
    weights: Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.map(() => 0)])),
    batchSize: paths,
    stepCount: steps,
    input: new Float64Array(paths * steps),
    trials: Uint32Array.from({ length: paths }, (_, path) => path),
    level: "trained",
    key,
    initialState: Object.fromEntries(
      Object.entries(from).map(([name, values]) => [
        name,
        Float64Array.from({ length: paths * values.length }, (_, i) => values[i % values.length]),
      ]),
    ),
  });
  kernel.close();
  return states;
}
