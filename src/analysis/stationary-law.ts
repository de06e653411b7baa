/** What noise makes of a network under a constant input, in the long run. */
import { ParameterError } from "../core/errors.ts";
import { stream } from "../core/random.ts";
import { checkFit } from "../train/batches.ts";
import { constantInputs } from "./constant-inputs.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { ensemble } from "./stationary-law/ensemble.ts";
import { type InputLaws, lawFindings } from "./stationary-law/tables.ts";
import { closureLaw, operatorLaw } from "./stationary-law/theory.ts";
import { underWay } from "./under-way.ts";

const name = "stationary-law";
const defaultInputs = 5;

/**
 * Mean, covariance, density and autocorrelation of the state and the outputs under constant inputs, three times:
 * by Monte Carlo with many copies, by the transfer operator (one or two units), by Gaussian closure.
 *
 * Standard errors are those of independent copies. The agreement table sets the three beside each other.
 *
 * Cost: copies times (burnIn + steps) steps of the network per input; 20 000 copies for up to 8 units, fewer for more.
 */
export const stationaryLaw: NetworkAnalysis = {
  name,
  summary: "What is the law of the state under a constant input, and do theory and simulation agree on it?",
  references: ["eckstein2026"],
  options: {
    inputs: {
      type: "text",
      default: null,
      remedy: 'write numbers between commas and inputs between semicolons, for example "0, 1; 1, 0"',
    },
    inputCount: {
      type: "number",
      default: defaultInputs,
      from: 1,
      integer: true,
      remedy: "how many of the task's inputs, where inputs are not given",
    },
    factor: { type: "number", default: 1, above: 0, remedy: "noise in units of the training noise; 1 is the default" },
    copies: { type: "number", default: 0, from: 0, integer: true, remedy: "0 takes 20 000, or 160 000 / units" },
    burnIn: { type: "number", default: 300, from: 0, integer: true, remedy: "steps that are not looked at" },
    steps: { type: "number", default: 200, from: 2, integer: true, remedy: "steps that are looked at" },
    lags: { type: "number", default: 150, from: 1, integer: true, remedy: "lags of the autocorrelation, below steps" },
    gridPoints: {
      type: "number",
      default: 0,
      from: 0,
      to: 2000,
      integer: true,
      remedy: "nodes per unit of the coarsest of three grids; 0 takes 101 for one unit, 21 for two",
    },
    units: { type: "number", default: 4, from: 1, integer: true, remedy: "how many units tables of densities list" },
  },
  passes: ({ inputCount, copies, burnIn, steps }) =>
    ((inputCount as number) * ((copies as number) || 20_000) * ((burnIn as number) + (steps as number))) / 60,
  run,
};

/** Copies for a network of so many units. */
export function copiesFor(units: number): number {
  return Math.max(200, Math.min(20_000, Math.floor(160_000 / units)));
}

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options } = call;
  checkFit(network, task);
  const [burnIn, steps, lags] = [options.burnIn, options.steps, options.lags] as number[];
  if (lags >= steps) {
    throw new ParameterError({
      place: `${name}, lags`,
      rule: `must be below steps, ${steps}, got ${lags}`,
      remedy: "lower lags or raise steps",
    });
  }
  const given = options.copies as number;
  const copies = given > 1 ? given : copiesFor(network.spec.hiddenSize);
  const inputs = constantInputs(name, task, seed, options.inputs as string | null, options.inputCount as number);
  const level = { factor: options.factor as number };
  const kernel = await network.kernel({
    precision: "float64",
    backend: call.kernel.backend,
    threads: call.kernel.threads,
  });
  try {
    const laws = inputs.map(({ values, condition }, index): InputLaws => {
      const before = (share: number): void =>
        underWay(call, (index + 0.9 * share) / inputs.length, `input ${index + 1} of ${inputs.length}`);
      const sampled = ensemble({
        network,
        kernel,
        weights,
        input: values,
        level,
        key: { seed, stream: stream("stationary-noise", index) },
        copies,
        burnIn,
        steps,
        lags,
        withCovariance: true,
        before,
      });
      const { stateSize } = sampled;
      before(1);
      const start = { mean: sampled.mean.slice(0, stateSize), covariance: sampled.covariance };
      const closure = closureLaw(network, weights, level, values, start);
      const operator = operatorLaw(network, weights, level, values, sampled, options.gridPoints as number);
      return { values, condition, sampled, closure, operator };
    });
    return lawFindings(task, laws, { copies, steps, units: options.units as number });
  } finally {
    kernel.close();
  }
}
