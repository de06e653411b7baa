/** The analysis `incentive`: does the loss push the units' drives, through the noise that they let pass? */
import { CapabilityError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import type { Network, NetworkKernel, Weights } from "../network/contract.ts";
import type { NoiseSource } from "../noise/contract.ts";
import type { TrialBatch } from "../task/contract.ts";
import { checkFit } from "../train/batches.ts";
import type { Loss } from "../train/contract.ts";
import { losses } from "../train/losses/registry.ts";
import type { AnalysisCall, Finding, FindingRow, Findings, FindingTable, NetworkAnalysis } from "./contract.ts";
import { type LinearNoise, linearNoise, unitStep } from "./incentive/linear-noise.ts";
import { type MeasuredGradients, measuredGradients } from "./incentive/measured-gradients.ts";
import { noiseUnit } from "./noise-unit.ts";
import { trainingPath } from "./operating-point/over-training.ts";
import { spreadBatches } from "./spread-trials.ts";
import { correlation, mean } from "./statistics/descriptive.ts";
import { underWay } from "./under-way.ts";

const name = "incentive";
const trialsPerPass = 64;

const options = {
  trials: { type: "number", default: 32, from: 1, integer: true, remedy: "test trials; 32 is the default" },
  repeats: { type: "number", default: 64, from: 2, integer: true, remedy: "noise draws per trial; 64 is the default" },
  probes: { type: "number", default: 32, from: 1, integer: true, remedy: "random signs; 32 is the default" },
  counterpart: { type: "boolean", default: true },
  overTraining: {
    type: "number",
    default: 0,
    from: 0,
    integer: true,
    remedy: "how many points of the training to measure at; 0 for none",
  },
} as const satisfies OptionRules;

interface Options {
  readonly trials: number;
  readonly repeats: number;
  readonly probes: number;
  readonly counterpart: boolean;
  readonly overTraining: number;
}

/**
 * The gradient of the loss's variance term with respect to the operating point.
 *
 *     L = bias^2 + V;   predicted: dV / da_i through the noise that unit i lets pass, kappa_i alpha^2 V_f'(a_i)
 *     measured: dV / db_i of the measured variance over noise, b_i the bias of unit i
 *
 * The prediction holds the gain from each unit to the output fixed; the measured gradient has all that a shift changes.
 * Above 0, gradient descent lowers the drive. Noise outside the activation is passed whole whatever the drive: predicted
 * is 0 there. With `counterpart` a network is trained with the same noise on the other side of the activation and
 * measured too; with `overTraining` both are measured on their way.
 *
 * Accuracy: docs/analyses/incentive.md. Cost: probes times steps reverse steps, four passes per noise draw, per network
 * and point of the training; a training for each of `counterpart` and `overTraining`.
 */
export const incentive: NetworkAnalysis = {
  name,
  summary: "Does the loss push the units' drives down, through the noise that they let pass?",
  references: ["eckstein2026"],
  options,
  run: (call) => run(call, call.options as unknown as Options),
};

/** What is measured of one network with one set of weights. */
interface Measured {
  readonly linear: LinearNoise;
  readonly gradients: MeasuredGradients;
  /** Standard deviation of the noise per step. */
  readonly unit: number;
}

interface Examined {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
}

interface Trials {
  readonly batches: readonly TrialBatch[];
  readonly loss: Loss;
}

async function run(call: AnalysisCall, given: Options): Promise<Findings> {
  const { network, seed } = call;
  checkFit(network, call.task);
  unitStep(network);
  const { environment, ...task } = call.task;
  const loss = losses.get(call.loss ?? task.loss);
  if (loss.target !== "values") {
    throw new CapabilityError({
      place: name,
      rule: `splits squared errors into bias and variance, got the loss ${loss.name}`,
      remedy: "preference and operating-point take any loss",
    });
  }
  const source = sourceOf(network);
  const shown: Trials = { batches: spreadBatches(task, "test", given.trials, trialsPerPass, seed), loss };
  const warnings = environment === undefined ? [] : ["The closed loop is shown as an expert plays it."];
  const again = given.counterpart || given.overTraining > 0;
  if (again && call.training === undefined) {
    warnings.push("How the network was trained is not known: it is neither followed nor compared with a counterpart.");
  }
  const kernel = await network.kernel({ precision: "float64", backend: call.kernel.backend });
  const sites: Site[] = [];
  try {
    underWay(call, 0.02, "gradients");
    sites.push({
      site: source.site,
      final: measure({ network, kernel, weights: call.weights }, shown, given, seed),
      points: [],
    });
    if (given.overTraining > 0 && call.training !== undefined) {
      const path = await trainingPath(name, call, given.overTraining);
      if (!path.isReproduced) {
        warnings.push("Training again did not end at these weights: another precision, back end or instruction set.");
      }
      sites[0] = { ...sites[0], points: measuredPath(path.points, { network, kernel }, shown, given, seed) };
    }
  } finally {
    kernel.close();
  }
  if (given.counterpart && call.training !== undefined) sites.push(await counterpart(call, source, shown, given));
  return findings(sites, warnings);
}

/** What is known of the noise at one site. */
interface Site {
  readonly site: string;
  readonly final: Measured;
  readonly points: readonly Point[];
}

interface Point {
  readonly update: number;
  readonly measured: Measured;
}

function sourceOf({ spec: { noise } }: Network): NoiseSource {
  const loud = noise.filter(({ intensity }) => intensity > 0);
  if (loud.length === 1) return loud[0];
  throw new CapabilityError({
    place: name,
    rule: `asks for one noise, inside or outside the activation, got ${loud.map(({ site }) => site).join(", ") || "none"}`,
    remedy: "train the network with one noise source",
  });
}

function measure(examined: Examined, { batches, loss }: Trials, given: Options, seed: number): Measured {
  const { network, weights } = examined;
  return {
    linear: linearNoise(network, weights, batches, loss, { probes: given.probes, seed }),
    gradients: measuredGradients(examined, batches, loss, { repeats: given.repeats, seed }),
    unit: noiseUnit(name, network, null).deviation,
  };
}

function measuredPath(
  points: readonly { readonly update: number; readonly weights: Weights }[],
  at: Pick<Examined, "network" | "kernel">,
  shown: Trials,
  given: Options,
  seed: number,
): Point[] {
  return points.map(({ update, weights }) => ({ update, measured: measure({ ...at, weights }, shown, given, seed) }));
}

/** The same training with the noise on the other side of the activation. */
async function counterpart(call: AnalysisCall, source: NoiseSource, shown: Trials, given: Options): Promise<Site> {
  const { spec } = call.network;
  const site = source.site === "outside" ? "inside" : "outside";
  const network = call.network.changed({
    noise: [...spec.noise.filter((one) => one.site !== source.site && one.site !== site), { ...source, site }],
  });
  const { precision, backend } = call.kernel;
  const training = await network.kernel({ precision, backend });
  const kernel = await network.kernel({ precision: "float64", backend });
  try {
    const { points } = await trainingPath(
      name,
      { ...call, network, kernel: training },
      Math.max(1, given.overTraining),
    );
    const measured = measuredPath(
      given.overTraining > 0 ? points : points.slice(-1),
      { network, kernel },
      shown,
      given,
      call.seed,
    );
    const last = measured[measured.length - 1];
    return { site, final: last.measured, points: given.overTraining > 0 ? measured : [] };
  } finally {
    training.close();
    kernel.close();
  }
}

function findings(sites: readonly Site[], warnings: readonly string[]): Findings {
  const [own, other] = sites;
  const path = sites.flatMap(({ site, points }) =>
    points.map(({ update, measured }): FindingRow => ({ site, update, ...summaryRow(measured) })),
  );
  const tables: FindingTable[] = [
    {
      name: "units",
      meaning: "Gradients of the loss with respect to a shift of each unit's drive, per s.",
      columns: [
        { name: "site", meaning: "where the training noise enters" },
        { name: "unit", meaning: "number of the unit, from 0" },
        { name: "drive", meaning: "mean drive / s" },
        { name: "incentive", meaning: "of the variance term through the noise that the unit lets pass, predicted" },
        { name: "varianceGradient", meaning: "of the variance term, measured" },
        { name: "biasGradient", meaning: "of the squared bias, measured" },
      ],
      rows: sites.flatMap(unitRows),
    },
    ...(path.length === 0
      ? []
      : [
          {
            name: "training",
            meaning: "The same over the training, for a shift of all drives together.",
            columns: [
              { name: "site", meaning: "where the training noise enters" },
              { name: "update", meaning: "updates made" },
              { name: "drive", meaning: "mean drive / s over units" },
              { name: "incentive", meaning: "per s, predicted: the noise that the units let pass" },
              { name: "varianceGradient", meaning: "per s, measured" },
              { name: "biasGradient", meaning: "per s, measured" },
              { name: "variance", meaning: "measured variance term" },
              { name: "varianceLinear", meaning: "the same, linearised" },
              { name: "biasSquared", meaning: "measured squared bias" },
            ],
            rows: path,
          },
        ]),
  ];
  return {
    numbers: [...numbersOf(own, ""), ...(other === undefined ? [] : numbersOf(other, "Counterpart"))],
    tables,
    sentences: [sentenceOf(own), ...(other === undefined ? [] : [sentenceOf(other)])],
    warnings,
  };
}

/** For a shift of all drives by s. */
function summaryRow({ linear, gradients, unit }: Measured) {
  return {
    drive: mean(linear.drive) / unit,
    incentive: sumOf(linear.incentive) * unit,
    varianceGradient: sumOf(gradients.ofVariance) * unit,
    biasGradient: sumOf(gradients.ofBiasSquared) * unit,
    variance: gradients.variance,
    varianceLinear: linear.variance,
    biasSquared: gradients.biasSquared,
  };
}

function unitRows({ site, final: { linear, gradients, unit } }: Site): FindingRow[] {
  return Array.from(linear.drive, (drive, i) => ({
    site,
    unit: i,
    drive: drive / unit,
    incentive: linear.incentive[i] * unit,
    varianceGradient: gradients.ofVariance[i] * unit,
    biasGradient: gradients.ofBiasSquared[i] * unit,
  }));
}

function numbersOf({ final }: Site, suffix: string): Finding[] {
  const { drive, incentive, varianceGradient, biasGradient, variance, varianceLinear } = summaryRow(final);
  const of = (short: string, meaning: string, value: number | null): Finding => ({
    name: `${short}${suffix}`,
    meaning,
    value,
  });
  return [
    of("meanDrive", "mean drive / s", drive),
    of(
      "incentive",
      "gradient of the variance term through the noise that passes, shift of all drives, per s",
      incentive,
    ),
    of("varianceGradient", "gradient of the measured variance term, shift of all drives, per s", varianceGradient),
    of("biasGradient", "gradient of the measured squared bias, shift of all drives, per s", biasGradient),
    of(
      "correlation",
      "correlation of incentive and measured variance gradient over units",
      correlation(final.linear.incentive, final.gradients.ofVariance),
    ),
    of("variance", "variance term of the loss, measured", variance),
    of("varianceLinear", "variance term of the loss, linearised", varianceLinear),
  ];
}

function sentenceOf({ site, final }: Site): string {
  const { drive, incentive, varianceGradient } = summaryRow(final);
  const start = `With noise ${site} (mean drive ${digits(drive)} s)`;
  if (incentive === 0) {
    return `${start} the noise that passes does not depend on the drives, so there is no incentive to move them; the variance term changes by ${digits(varianceGradient)} per s of a common shift, through gains alone.`;
  }
  const way = incentive > 0 ? "lower" : "raise";
  return `${start} the variance term changes by ${digits(incentive)} per s of a common shift of the drives through the noise that passes, an incentive to ${way} them; measured with all that a shift changes it is ${digits(varianceGradient)}.`;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
