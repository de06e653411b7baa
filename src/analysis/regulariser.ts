/** The analysis `regulariser`: what small noise adds to the loss, as an explicit penalty. */
import { CapabilityError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import type { Network } from "../network/contract.ts";
import { laws } from "../noise/laws.ts";
import type { TrialBatch } from "../task/contract.ts";
import { checkFit, firstCountedStep, trialsOf } from "../train/batches.ts";
import type { Loss } from "../train/contract.ts";
import { losses } from "../train/losses/registry.ts";
import { isSilent } from "../train/score.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { type Entry, exactTerms, type Terms } from "./regulariser/exact.ts";
import { lossCurvature } from "./regulariser/loss-curvature.ts";
import { measured, type NoiseFreeBatch } from "./regulariser/measured.ts";
import { type NoiseGraph, noiseGraph } from "./regulariser/noise-graph.ts";
import { sampler } from "./regulariser/sampled.ts";
import { type ExactFindings, regulariserFindings } from "./regulariser/tables.ts";
import { noisyWeightCount, weightNoiseTerms } from "./regulariser/weight-noise.ts";
import { spreadBatches } from "./spread-trials.ts";
import { underWay } from "./under-way.ts";

const name = "regulariser";
const trialsPerPass = 32;
/** Most noisy weights of which each gets a second-order pass of its own. */
const mostNoisyWeights = 4096;

const options = {
  trials: { type: "number", default: 8, from: 1, integer: true, remedy: "test trials; 8 is the default" },
  exact: { type: "boolean", default: true },
  draws: { type: "number", default: 256, from: 2, integer: true, remedy: "antithetic pairs; 256 is the default" },
  levels: { type: "number", default: 5, from: 1, integer: true, remedy: "noise levels, each half of the one before" },
  largest: { type: "number", default: 1, above: 0, remedy: "largest noise level; 1 is the training noise" },
} as const satisfies OptionRules;

interface Options {
  readonly trials: number;
  readonly exact: boolean;
  readonly draws: number;
  readonly levels: number;
  readonly largest: number;
}

/**
 * The second-order effect of noise of eps times the trained intensities on the loss, and what it leaves out.
 *
 *     E loss = loss without noise + eps^2 / 2 (P + Q) + O(eps^4)
 *
 * P comes through the curvature of the dynamics, Q through that of the loss. Both exactly, by the step and the unit at
 * which the noise enters, and along random draws; the rest by Monte Carlo over a grid of eps.
 *
 * Accuracy: docs/analyses/regulariser.md. Cost: O(d^3) per step and trial for `exact`; per draw 2 levels passes and one of
 * three times the length.
 */
export const regulariser: NetworkAnalysis = {
  name,
  summary: "What does small noise add to the loss, through which curvature, and when does it enter?",
  references: ["lim2021"],
  options,
  passes: ({ trials, draws, levels }) => (trials as number) * (draws as number) * (2 * (levels as number) + 6),
  run: (call) => run(call, call.options as unknown as Options),
};

async function run(call: AnalysisCall, given: Options): Promise<Findings> {
  const { network, weights, seed } = call;
  checkFit(network, call.task);
  checkNoise(network);
  const { environment, ...task } = call.task;
  const loss = losses.get(call.loss ?? task.loss);
  const warnings = environment === undefined ? [] : ["The closed loop is shown as an expert plays it."];
  const graph = noiseGraph(network, weights);
  warnings.push(...kinks(network));
  const shown = spreadBatches(task, "test", given.trials, trialsPerPass, seed);
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  try {
    const batches = noiseFree(call, kernel, shown, loss);
    const exact = exactFindings(call, graph, batches, loss, given, warnings);
    const along = await sampler(network, graph, loss, { backend, threads });
    try {
      const grid = Array.from({ length: given.levels }, (_, index) => given.largest * 2 ** -index);
      const found = measured({ network, kernel, weights, loss, seed, batches }, along, grid, given.draws, (share) =>
        underWay(call, 0.5 + share / 2, "Monte Carlo"),
      );
      return regulariserFindings({ batches, exact, measured: found, warnings });
    } finally {
      along.close();
    }
  } finally {
    kernel.close();
  }
}

function checkNoise(network: Network): void {
  if (isSilent(network, "trained")) {
    throw new CapabilityError({
      place: name,
      rule: "expands the loss in the training noise, got a network trained without noise",
      remedy: "analyse a network that was trained with noise",
    });
  }
  const other = network.spec.noise.find(({ law, intensity }) => intensity > 0 && !laws.get(law).scalable);
  if (other === undefined) return;
  throw new CapabilityError({
    place: name,
    rule: `expands in noise of mean 0 that is scaled by its intensity, got ${other.law} at site ${other.site}`,
    remedy: "its odd orders do not vanish: measure it by a sweep of intensities (analysis preference)",
  });
}

const kinked = ["relu", "abs", "sign", "step", "max", "min", "where"];

function kinks({ equations }: Network): string[] {
  const found = kinked.filter((op) => equations.program.graph.nodes.some((node) => node.op === op));
  if (found.length === 0) return [];
  return [
    `The equations have kinks (${found.join(", ")}): their curvature is 0 where it exists, so what noise does across a kink is in no term of the expansion.`,
  ];
}

function noiseFree(
  { network, weights, seed }: AnalysisCall,
  kernel: Awaited<ReturnType<Network["kernel"]>>,
  shown: readonly TrialBatch[],
  loss: Loss,
): readonly NoiseFreeBatch[] {
  const passed = shown.map((batch) => {
    const outputFrom = firstCountedStep(batch, network.spec.readout);
    const key = { seed, stream: 0 };
    const { output } = kernel.forward({ ...trialsOf(network, batch), weights, level: "zero", key, outputFrom });
    return { batch, output: Float64Array.from(output), measure: loss.measure(output, batch) };
  });
  const total = passed.reduce((sum, { measure }) => sum + measure.weight, 0);
  return passed.map(({ batch, output, measure }) => ({
    batch,
    output,
    losses: measure.perTrial,
    shares: measure.trialWeights.map((weight) => weight / total),
    share: measure.weight / total,
  }));
}

/** @returns undefined where it is not asked for or too much */
function exactFindings(
  call: AnalysisCall,
  graph: NoiseGraph,
  batches: readonly NoiseFreeBatch[],
  loss: Loss,
  { exact }: Options,
  warnings: string[],
): ExactFindings | undefined {
  if (!exact) return undefined;
  const noisyWeights = noisyWeightCount(graph);
  if (noisyWeights > mostNoisyWeights) {
    warnings.push(
      `Each of the ${noisyWeights} noisy weights would need a pass of its own (at most ${mostNoisyWeights}): P and Q are estimated along draws only.`,
    );
    return undefined;
  }
  const trialCount = batches.reduce((sum, { losses: perTrial }) => sum + perTrial.length, 0);
  const zero = (): Terms => ({ p: 0, q: 0 });
  const perTrial = Array.from({ length: trialCount }, zero);
  const steps = new Map<number, Terms>();
  const units = new Map<string, { readonly site: string; readonly unit: number; readonly terms: Terms }>();
  let first = 0;
  let done = 0;
  for (const { batch, output, shares, share } of batches) {
    const visit = ({ row, step, site, unit, p, q }: Entry): void => {
      const add = (to: Terms, scale: number): void => {
        to.p += scale * p;
        to.q += scale * q;
      };
      if (shares[row] > 0) add(perTrial[first + row], share / shares[row]);
      if (step !== null) add(entryOf(steps, step, zero), share);
      add(entryOf(units, `${site} ${unit}`, () => ({ site, unit, terms: zero() })).terms, share);
    };
    exactTerms(graph, batch, lossCurvature(loss, output, batch), visit, () =>
      underWay(call, (0.5 * done++) / trialCount, "P and Q"),
    );
    if (noisyWeights > 0) weightNoiseTerms(call.network.equations.program, graph, batch, loss, visit);
    first += batch.batchSize;
  }
  const whole = zero();
  for (const { terms } of units.values()) {
    whole.p += terms.p;
    whole.q += terms.q;
  }
  return { ...whole, perTrial, steps, units: [...units.values()] };
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
