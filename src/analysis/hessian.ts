/** The analysis `hessian`: how curved is the loss at the trained weights, with and without noise? */
import { CapabilityError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import { losses } from "../train/losses/registry.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { type CurvatureOptions, curvature, type MatrixName, productCount } from "./hessian/curvature.ts";
import { type ReadoutKernel, readoutKernel } from "./hessian/readout-kernel.ts";
import { type StateHessian, stateHessians } from "./hessian/state-hessian.ts";
import { hessianFindings, type Measured } from "./hessian/tables.ts";
import { surfacesOf, type TrialOptions, trialRules } from "./loss-surface/surfaces.ts";
import { underWay } from "./under-way.ts";

const name = "hessian";
const options = {
  ...trialRules,
  gaussNewton: { type: "boolean", default: true },
  blocks: { type: "boolean", default: true },
  eigenvalues: { type: "number", default: 5, from: 1, integer: true, remedy: "how many at each end of the spectrum" },
  steps: { type: "number", default: 60, from: 2, integer: true, remedy: "most products for eigenvalues" },
  tolerance: {
    type: "number",
    default: 1e-6,
    from: 0,
    remedy: "error of eigenvalues that is small enough, as a part of the largest",
  },
  traceProducts: {
    type: "number",
    default: 30,
    from: 6,
    integer: true,
    remedy: "products for a trace; 30 is the default",
  },
  densityProbes: { type: "number", default: 3, from: 0, integer: true, remedy: "random vectors; 0 for no density" },
  densitySteps: { type: "number", default: 40, from: 1, integer: true, remedy: "products per random vector" },
  densityPoints: { type: "number", default: 401, from: 2, integer: true, remedy: "points of the density" },
  kernelWidth: {
    type: "number",
    default: 0.005,
    above: 0,
    remedy: "standard deviation of the density's kernel as a part of the width of the spectrum",
  },
  vectors: {
    type: "number",
    default: 0,
    from: 0,
    integer: true,
    remedy: "eigenvectors to write out, from the largest on",
  },
  stateTrials: {
    type: "number",
    default: 16,
    from: 0,
    integer: true,
    remedy: "trials of the Hessian of the state; 0 for none",
  },
  stateStep: { type: "number", default: -1, from: -1, integer: true, remedy: "-1 takes the last step that counts" },
} as const satisfies OptionRules;

interface Options extends TrialOptions, Omit<CurvatureOptions, "count" | "seed"> {
  readonly gaussNewton: boolean;
  readonly blocks: boolean;
  readonly eigenvalues: number;
  readonly vectors: number;
  readonly stateTrials: number;
  readonly stateStep: number;
}

/** A forward and a backward pass with tangents, in forward passes. */
const passesPerProduct = 8;

/**
 * Second derivatives of the loss: eigenvalues, trace, density and conditioning.
 *
 *     H = d2 L / dw2,   G = J' (d2 loss / dz2) J,   S = d2 L / dh2,   L = mean loss over trials (and noise draws)
 *
 * w are the trained numbers, before their parametrisations; z outputs, J = dz / dw, h the state after a step. The clean
 * loss is without noise; the noisy one is the mean over draws that are the same for every product.
 *
 * Accuracy: docs/analyses/hessian.md. Cost: a product takes a forward and a backward pass with tangents per draw.
 */
export const hessian: NetworkAnalysis = {
  name,
  summary: "How curved is the loss at the trained weights, with and without noise?",
  references: ["lim2021", "ghorbani2019", "meyer2021"],
  options,
  passes: (given) => {
    const { trials, draws, gaussNewton, steps, traceProducts, densityProbes, densitySteps } =
      given as unknown as Options;
    const matrices = gaussNewton ? 2 : 1;
    return passesPerProduct * trials * (1 + draws) * matrices * (steps + traceProducts + densityProbes * densitySteps);
  },
  run: (call) => run(call, call.options as unknown as Options),
};

async function run(call: AnalysisCall, given: Options): Promise<Findings> {
  const { network, weights, seed } = call;
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  try {
    const { surfaces, ...shown } = surfacesOf(name, call, kernel, given);
    const { numbers } = shown;
    const matrices: MatrixName[] = given.gaussNewton ? ["hessian", "gauss-newton"] : ["hessian"];
    const blocks = given.blocks && numbers.blocks.length > 1 ? numbers.blocks : [];
    const settings: CurvatureOptions = { ...given, count: given.eigenvalues, seed };
    const draws = surfaces.reduce((sum, surface) => sum + surface.draws, 0);
    const told = teller(call, draws * matrices.length * productCount(numbers.size, blocks, settings));
    const warnings = [...shown.warnings];
    const readout = given.stateTrials === 0 ? undefined : await attempted(readoutKernel(network, weights), warnings);
    const loss = losses.get(call.loss ?? call.task.loss);
    const measured = surfaces.map((surface): Measured => {
      const curvatures = matrices.map((matrix) =>
        curvature(surface.name, matrix, surface, blocks, settings, (what) => told(surface.draws, what)),
      );
      const states =
        readout === undefined
          ? []
          : meanOverDraws(
              surface
                .passesOf(given.stateTrials)
                .map((pass) => stateHessians({ network, kernel, weights, loss, readout, step: given.stateStep }, pass)),
              surface.draws,
            );
      return { loss: surface.name, values: surface.trained, gradient: surface.gradient(), curvatures, states };
    });
    const { eigenvalues, vectors } = given;
    return hessianFindings({ ...shown, warnings, measured, eigenvalues, vectors });
  } finally {
    kernel.close();
  }
}

/** Says how far the products are: one counts as often as its loss has draws. */
function teller(call: AnalysisCall, total: number): (draws: number, what: string) => void {
  let done = 0;
  return (draws, what) => {
    underWay(call, Math.min(1, done / total), what);
    done += draws;
  };
}

/** What a cell refuses is said, and the rest goes on. */
async function attempted(made: Promise<ReadoutKernel>, refusals: string[]): Promise<ReadoutKernel | undefined> {
  try {
    return await made;
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    refusals.push(error.message);
    return undefined;
  }
}

function meanOverDraws(found: readonly (readonly StateHessian[])[], draws: number): StateHessian[] {
  const means = new Map<number, StateHessian>();
  for (const one of found.flat()) {
    const sum = means.get(one.trial)?.matrix ?? new Float64Array(one.matrix.length);
    means.set(one.trial, { ...one, matrix: sum.map((value, i) => value + one.matrix[i] / draws) });
  }
  return [...means.values()];
}
