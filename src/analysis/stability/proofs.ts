/** What the equations of a cell prove, at each noise level. */
import { CapabilityError } from "../../core/errors.ts";
import type { Network, NoiseLevel } from "../../network/contract.ts";
import { noiseState } from "../../noise/colour.ts";
import type { StepEquations } from "../dynamics/equations.ts";
import type { Spectrum } from "../lyapunov/exponents.ts";
import {
  type Certificate,
  certificate,
  type DiffusionBounds,
  type DriftBounds,
  driftBounds,
  driftStructure,
} from "./certificate.ts";
import { type DifferenceNoise, differenceNoise, diffusionBounds, formOf } from "./diffusion.ts";
import { derivativeBound, type Range, type StepStructure, stepStructure } from "./structure.ts";

/** The step of a cell as far as it can be bounded. */
export interface CellStructure {
  readonly step: StepStructure | undefined;
  /** The drift (next - h) / dt without noise; undefined for a map. */
  readonly drift: StepStructure | undefined;
  readonly driftBounds: DriftBounds | undefined;
  /** States for which it holds: all, or those in the range that the trials visit. */
  readonly holdsFor: "all" | Range;
  /** What could not be bounded, and why. */
  readonly refusals: readonly string[];
}

export interface LevelProof {
  readonly noise: DiffusionBounds | undefined;
  readonly certificate: Certificate | undefined;
  /** ln of the largest factor of a step: the exponent per step is at most this, for maps too; undefined under noise that acts on differences. */
  readonly stepBound: number | undefined;
  readonly sources: readonly DifferenceNoise[];
  readonly refusals: readonly string[];
}

export interface LevelStability {
  readonly level: number;
  /** Measured: the largest exponent per step. */
  readonly spectrum: Spectrum;
  readonly proof: LevelProof;
}

/**
 * Linear part and bounded slopes of a cell, for all states where that can be had, else for those that are visited.
 *
 * @param visited range of the states along trajectories
 */
export function cellStructure(network: Network, equations: StepEquations, visited: Range): CellStructure {
  const dt = eulerStep(network);
  // what multiplies state or drift is bounded as a diffusion; other noise of the network may have any value here
  const free = new Set(
    network.noise.filter((noise) => formOf(noise) === "none").flatMap(({ leaf }) => [leaf, noiseState(leaf)]),
  );
  const isZero = (id: number): boolean => {
    const node = equations.graph.nodes[id];
    if (node.op === "noise" || node.op === "noise-product") return !free.has(node.name);
    const state = network.equations.program.states.find(({ leaf, next }) => leaf === id || next === id);
    return state === undefined || !free.has(state.name);
  };
  const refusals: string[] = [];
  const { timeStep, integration } = network.equations;
  if (timeStep !== dt) {
    refusals.push(
      `${equations.place}: the drift is read from an Euler-Maruyama step, got scheme "${integration?.scheme.name}"; choose scheme "euler-maruyama" for bounds of the differential equation`,
    );
  }
  const everywhere: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  for (const range of [everywhere, visited]) {
    try {
      const step = stepStructure(equations, range, isZero);
      const drift = dt === undefined ? undefined : driftStructure(step, dt, 1, 0);
      return {
        step,
        drift,
        driftBounds: drift === undefined ? undefined : driftBounds(drift),
        holdsFor: range === everywhere ? "all" : range,
        refusals,
      };
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      refusals.push(error.message);
    }
  }
  return { step: undefined, drift: undefined, driftBounds: undefined, holdsFor: "all", refusals };
}

/** Time of a step whose (next - h) / dt is the drift itself; undefined for maps and schemes of higher order. */
function eulerStep({ equations: { timeStep, integration } }: Network): number | undefined {
  return integration === undefined || integration.scheme.name === "euler-maruyama" ? timeStep : undefined;
}

export function levelCertificate(network: Network, structure: CellStructure, level: NoiseLevel): LevelProof {
  const dt = eulerStep(network);
  const sources = differenceNoise(network, level, dt ?? 1);
  const refusals = sources.flatMap(({ refusal }) => refusal ?? []);
  const acting = sources.filter(({ form }) => form !== "none");
  const { step } = structure;
  if (step === undefined || refusals.length > 0)
    return { noise: undefined, certificate: undefined, stepBound: undefined, sources, refusals };
  const stepBound = acting.length === 0 ? Math.log(derivativeBound(step)) : undefined;
  if (dt === undefined) {
    const reasons = acting.map(
      ({ leaf }) => `${leaf}: without a drift, what this noise does to differences has no bound`,
    );
    return { noise: undefined, certificate: undefined, stepBound, sources, refusals: reasons };
  }
  // the mean of a law that has one belongs to the drift
  const factor = acting.reduce((product, { form, mean }) => product * (form === "drift" ? 1 + mean : 1), 1);
  const leak = acting.reduce((sum, { form, mean }) => sum + (form === "state" ? mean / dt : 0), 0);
  const bounds = driftBounds(driftStructure(step, dt, factor, leak));
  const noise = diffusionBounds(sources, bounds, step.linear.rows);
  return { noise, certificate: certificate(bounds, noise, dt), stepBound, sources, refusals };
}
