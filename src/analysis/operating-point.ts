/** Where the units of a network work, measured by the noise that they see. */
import type { ActivationName } from "../cell/expression.ts";
import { CapabilityError } from "../core/errors.ts";
import type { NetworkKernel, NoiseKey, Weights } from "../network/contract.ts";
import { together } from "../network/lockstep.ts";
import type { TrialBatch } from "../task/contract.ts";
import { checkFit, trialsOf } from "../train/batches.ts";
import { playing } from "../train/closed-loop.ts";
import { evaluationStream, isSilent } from "../train/score.ts";
import { joinedStates } from "./cell-states.ts";
import type { AnalysisCall, Finding, Findings, FindingTable, NetworkAnalysis } from "./contract.ts";
import { silentDynamics } from "./dynamics/mean-dynamics.ts";
import { noiseUnit } from "./noise-unit.ts";
import { type Nonlinearity, nonlinearities } from "./operating-point/nonlinearity.ts";
import { trainingPath } from "./operating-point/over-training.ts";
import { type DriveSummary, type DriveTally, driveTally } from "./operating-point/tally.ts";
import { spreadBatches } from "./spread-trials.ts";
import { underWay } from "./under-way.ts";

const name = "operating-point";
const trialsPerPass = 64;

/**
 * Distribution of the drives, the arguments of the activation that the noise enters, in units of the noise.
 *
 *     a_t = drive of (h_t, u_t) without the noise of step t;   a / s, share with |a - c| < s
 *
 * with s the deviation of the training noise per step and c the nearest centre of the nonlinearity. The trials are spread
 * over the test split, under the training noise, each with `repeats` noise draws. For noise outside the activation s is the
 * deviation of that noise.
 *
 * Cost: trials times repeats forward passes, once more for every checkpoint when `overTraining` is above 0, and a
 * training. Accuracy: shares of trials times repeats times steps times units correlated drives.
 */
export const operatingPoint: NetworkAnalysis = {
  name,
  summary: "How far from their nonlinearity do the units work, in units of the noise?",
  references: ["eckstein2026"],
  options: {
    trials: { type: "number", default: 64, from: 1, integer: true, remedy: "64 is the default" },
    repeats: { type: "number", default: 4, from: 1, integer: true, remedy: "noise draws per trial; 4 is the default" },
    site: { type: "text", default: null, remedy: "name a noise site of the network, or leave it out" },
    deviation: { type: "number", default: 0, from: 0, remedy: "0 takes the deviation of the training noise" },
    binWidth: { type: "number", default: 0.25, above: 0, remedy: "in units of the noise; 0.25 is the default" },
    reach: { type: "number", default: 8, above: 0, remedy: "half-width of the histogram in units of the noise" },
    overTraining: {
      type: "number",
      default: 0,
      from: 0,
      integer: true,
      remedy: "how many points of the training to measure at; 0 for none",
    },
  },
  passes: ({ trials, repeats, overTraining }) =>
    (trials as number) * (repeats as number) * (1 + (overTraining as number)),
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, seed, options } = call;
  checkFit(network, task);
  const given = options.deviation as number;
  const unit = given > 0 ? { site: null, deviation: given } : noiseUnit(name, network, options.site as string | null);
  const nonlinearity = nonlinearityOf(call);
  const batches = spreadBatches(task, "test", options.trials as number, trialsPerPass, seed);
  const kernel = await network.kernel({ precision: "float64", backend: call.kernel.backend });
  try {
    const measure = (weights: Weights): DriveTally =>
      measured(call, kernel, batches, nonlinearity, unit.deviation, weights);
    const tally = measure(call.weights);
    const training =
      (options.overTraining as number) > 0 ? await trainingTable(call, nonlinearity, measure) : undefined;
    return findings(call, unit, nonlinearity, tally, training);
  } finally {
    kernel.close();
  }
}

/** Of the activation that the cell's settings name; without centres where they name none or several. */
function nonlinearityOf({ network }: AnalysisCall): Nonlinearity {
  const named = Object.values(network.spec.settings).filter((value) => typeof value === "string");
  return named.length === 1 ? nonlinearities[named[0] as ActivationName] : { centres: [] };
}

function measured(
  call: AnalysisCall,
  kernel: NetworkKernel,
  batches: readonly TrialBatch[],
  nonlinearity: Nonlinearity,
  deviation: number,
  weights: Weights,
): DriveTally {
  const { network, options, seed } = call;
  const { drive } = silentDynamics(network, weights);
  if (drive === undefined) {
    throw new CapabilityError({
      place: name,
      rule: `the cell ${network.spec.cell} has no activation that its noise enters`,
      remedy: "analyse a cell with a noise site inside or outside an activation",
    });
  }
  const stepCount = Math.max(...batches.map((batch) => batch.stepCount));
  const bins = { width: options.binWidth as number, reach: options.reach as number };
  const repeats = isSilent(network, "trained") ? 1 : (options.repeats as number);
  let tally: DriveTally | undefined;
  for (const [index, shown] of batches.entries()) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      underWay(call, (0.5 * index) / batches.length, "drives");
      const key = { seed, stream: evaluationStream("test", repeat) };
      const batch = playedBatch(call, kernel, weights, shown, key);
      const { batchSize, stepCount: steps, input } = batch;
      const pass = trialsOf(network, batch);
      const forward = kernel.forward({ ...pass, weights, level: "trained", key, outputFrom: steps });
      const states = joinedStates(network, forward.states(), batchSize * (steps + 1));
      const size = states.length / (batchSize * (steps + 1));
      // the state before each step: all entries of a trial but its last
      const before = new Float64Array(batchSize * steps * size);
      for (let b = 0; b < batchSize; b++) {
        const from = b * (steps + 1) * size;
        before.set(states.subarray(from, from + steps * size), b * steps * size);
      }
      const drives = drive(before, Float64Array.from(input));
      const driveSize = drives.length / (batchSize * steps);
      tally ??= driveTally(nonlinearity, deviation, driveSize, stepCount, bins);
      for (let b = 0; b < batchSize; b++) {
        const length = batch.lengths?.[b] ?? steps;
        for (let t = 0; t < length; t++) tally.add(drives, (b * steps + t) * driveSize, t);
      }
    }
  }
  return tally as DriveTally;
}

/** The trials of a closed loop as the network plays them; other trials as they are. */
function playedBatch(
  { network, task, seed }: AnalysisCall,
  kernel: NetworkKernel,
  weights: Weights,
  batch: TrialBatch,
  key: NoiseKey,
): TrialBatch {
  if (task.environment === undefined) return batch;
  const { trials } = batch;
  const environment = task.environment("test", trials, seed);
  return together(kernel, [playing({ network, weights, level: "trained", key }, environment, trials)])[0].batch;
}

async function trainingTable(
  call: AnalysisCall,
  nonlinearity: Nonlinearity,
  measure: (weights: Weights) => DriveTally,
): Promise<{ readonly table: FindingTable; readonly isReproduced: boolean }> {
  const { points, isReproduced } = await trainingPath(name, call, call.options.overTraining as number);
  const rows = points.map(({ update, weights }) => ({ update, ...summaryRow(measure(weights).all, nonlinearity) }));
  const table: FindingTable = {
    name: "training",
    meaning: "The operating point over the training, in units of the noise that it was trained with.",
    columns: [{ name: "update", meaning: "updates made" }, ...summaryColumns],
    rows,
  };
  return { table, isReproduced };
}

const summaryColumns = [
  { name: "mean", meaning: "mean drive / s" },
  { name: "deviation", meaning: "standard deviation of the drive / s" },
  { name: "share", meaning: "share of the drives within s of the nonlinearity" },
  { name: "shareBelow", meaning: "share of the drives below the nonlinearity" },
];

/** Shares are null where there is nothing to be near to, or below. */
function summaryRow({ mean, deviation, share, shareBelow }: DriveSummary, { centres, period }: Nonlinearity) {
  return {
    mean,
    deviation,
    share: centres.length > 0 ? share : null,
    shareBelow: centres.length > 0 && period === undefined ? shareBelow : null,
  };
}

function findings(
  { task, options }: AnalysisCall,
  unit: { readonly site: string | null; readonly deviation: number },
  nonlinearity: Nonlinearity,
  tally: DriveTally,
  training: { readonly table: FindingTable; readonly isReproduced: boolean } | undefined,
): Findings {
  const { all } = tally;
  const { centres } = nonlinearity;
  const placed = centres.length > 0;
  const numbers: Finding[] = [
    {
      name: "noiseDeviation",
      meaning: "deviation s of the noise per step, in units of the drive",
      value: unit.deviation,
    },
    { name: "meanInSigma", meaning: "mean drive / s", value: all.mean },
    { name: "deviationInSigma", meaning: "standard deviation of the drive / s", value: all.deviation },
    {
      name: "shareWithinSigma",
      meaning: "share of the drives within s of the nonlinearity",
      value: summaryRow(all, nonlinearity).share,
    },
    {
      name: "shareBelow",
      meaning: "share of the drives below the nonlinearity",
      value: summaryRow(all, nonlinearity).shareBelow,
    },
    {
      name: "shareBeyondReach",
      meaning: "share of the drives in the outermost bins because they lie beyond",
      value: tally.shareBeyond,
    },
  ];
  const tables: FindingTable[] = [
    {
      name: "histogram",
      meaning: "Distribution of the drives over trials, noise draws, steps and units.",
      columns: [
        { name: "centre", meaning: "centre of the bin, in units of the noise" },
        { name: "share", meaning: "share of the drives" },
      ],
      rows: tally.histogram,
    },
    ...(placed
      ? [
          {
            name: "nonlinearity",
            meaning: "Where the activation bends most: kinks, else the largest second derivatives.",
            columns: [{ name: "place", meaning: "drive / s" }],
            rows: placesWithin(nonlinearity, unit.deviation, options.reach as number),
          },
        ]
      : []),
    {
      name: "units",
      meaning: "The operating point of each unit, over trials, noise draws and steps.",
      columns: [{ name: "unit", meaning: "number of the unit, from 0" }, ...summaryColumns],
      rows: tally.units.map((summary, index) => ({ unit: index, ...summaryRow(summary, nonlinearity) })),
    },
    {
      name: "times",
      meaning: "The operating point at each step, over trials, noise draws and units.",
      columns: [
        { name: "step", meaning: "step of the trial, from 0" },
        { name: "time", meaning: "its begin, ms" },
        ...summaryColumns,
      ],
      rows: tally.steps.flatMap((summary, step) =>
        summary === undefined ? [] : [{ step, time: step * task.dt, ...summaryRow(summary, nonlinearity) }],
      ),
    },
    ...(training === undefined ? [] : [training.table]),
  ];
  const where = centres.length === 1 ? `${round(centres[0])}` : centres.map((centre) => round(centre)).join(" and ");
  const sentences = [
    `The mean drive lies at ${round(all.mean)} s, with s = ${round(unit.deviation)} ${unit.site === null ? "as asked" : `of the noise "${unit.site}"`}.`,
    placed
      ? `${round(100 * all.share)} % of the drives are within s of the nonlinearity (at ${where}), ${round(100 * all.shareBelow)} % below it.`
      : `The activation has no place where its nonlinearity is centred, so shares are not given.`,
  ];
  const warnings = [
    ...(unit.site === null || unit.site === "inside" || unit.site === "outside"
      ? []
      : [`The noise "${unit.site}" does not enter at the activation; its deviation serves as a unit only.`]),
    ...(tally.shareBeyond > 0.05
      ? [
          `${round(100 * tally.shareBeyond)} % of the drives lie beyond ${options.reach} s and count in the outermost bins.`,
        ]
      : []),
    ...(training?.isReproduced === false
      ? [
          "Training again did not end at the weights that were analysed: another precision, back end or instruction set.",
        ]
      : []),
  ];
  return { numbers, tables, sentences, warnings };
}

/** Centres in units of the noise; of a periodic nonlinearity those within reach. */
function placesWithin({ centres, period }: Nonlinearity, deviation: number, reach: number): { place: number }[] {
  if (period === undefined) return centres.map((centre) => ({ place: centre / deviation }));
  const most = Math.floor((reach * deviation) / period) + 1;
  const turns = Array.from({ length: 2 * most + 1 }, (_, i) => (i - most) * period);
  return turns
    .flatMap((turn) => centres.map((centre) => ({ place: (centre + turn) / deviation })))
    .filter(({ place }) => Math.abs(place) <= reach);
}

const round = (value: number): string => String(Number(value.toPrecision(3)));
