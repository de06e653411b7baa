/** The analysis `preference`: at which test noise one trained network does best, and what its bias and variance predict. */
import { CapabilityError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import { together } from "../network/lockstep.ts";
import type { NoiseSource } from "../noise/contract.ts";
import type { AnalysisCall, Finding, Findings, FindingTable, NetworkAnalysis } from "./contract.ts";
import { evaluating, examinationBatches } from "./evaluate.ts";
import { intensityGrid, type SweepRow, sweepRow } from "./intensity-sweep.ts";
import { type Preference, preference } from "./preference.ts";
import { spreadTrials } from "./spread-trials.ts";
import { studentQuantile } from "./statistics/sample.ts";
import { underWay } from "./under-way.ts";

const options = {
  site: {
    type: "text",
    default: null,
    remedy: "name a noise site; null is the network's first source",
  },
  trials: { type: "number", default: 256, from: 1, integer: true, remedy: "the test trials that all intensities see" },
  repeats: { type: "number", default: 64, from: 2, integer: true, remedy: "64 noise draws tell bias from variance" },
  highest: {
    type: "number",
    default: 2,
    above: 0,
    remedy: "the last test intensity in units of the training intensity (of 0.5 where that is 0)",
  },
  steps: { type: "number", default: 20, from: 1, to: 1000, integer: true, remedy: "equal steps from 0 to the highest" },
  resamples: { type: "number", default: 2000, from: 1, integer: true, remedy: "resamples of the noise draws" },
  confidence: { type: "number", default: 0.95, above: 0, below: 1, remedy: "the coverage of intervals" },
} as const satisfies OptionRules;

type Options = { readonly [Name in keyof typeof options]: Name extends "site" ? string | null : number };

/**
 * Loss against the noise at test of one network, on common trials with repeated noise.
 *
 * The preferred intensity, its interval over noise draws and its index are those of `preference`; with
 * x = s / s_train, bias^2 at zero B^2 and variance at the training intensity V, the predicted index is B^2 / (B^2 + V), the
 * lowest point of B^2 (1 - x)^2 + V x^2.
 *
 * Accuracy: docs/analyses/preference.md. Cost: steps times repeats times trials passes.
 */
export const networkPreference: NetworkAnalysis = {
  name: "preference",
  summary: "At which test noise does the network do best, and do its bias and variance predict it?",
  references: ["eckstein2026", "hesterberg2015"],
  options,
  passes: ({ steps, repeats, trials }) => (Number(steps) + 1) * Number(repeats) * Number(trials),
  run: async (call) => found(call, call.options as Options),
};

async function found(call: AnalysisCall, given: Options): Promise<Findings> {
  const { source, isAdded } = sourceOf(call, given.site);
  const { task, seed } = call;
  const trials = spreadTrials(task, "test", given.trials);
  const network = isAdded ? call.network.changed({ noise: [...call.network.spec.noise, source] }) : call.network;
  const kernel = isAdded
    ? await network.kernel({ precision: call.kernel.precision, backend: call.kernel.backend })
    : call.kernel;
  const examination = { task, trials, repeats: given.repeats, ...(call.loss === undefined ? {} : { loss: call.loss }) };
  const batches = examinationBatches(examination, seed);
  const intensities = intensityGrid(source, given);
  const rows: SweepRow[] = [];
  try {
    for (const [index, intensity] of intensities.entries()) {
      underWay(call, index / intensities.length, `test intensity ${intensity}`);
      const subject = { ...examination, network, weights: call.weights, seed };
      const [evaluation] = together(kernel, [evaluating(subject, batches, { sites: { [source.site]: intensity } })]);
      rows.push(sweepRow(seed, intensity, evaluation));
    }
  } finally {
    if (isAdded) kernel.close();
  }
  const measured = preference(rows, {
    trainIntensity: source.intensity,
    resamples: given.resamples,
    confidence: given.confidence,
  });
  return described({ rows, measured, source, trials: trials.length, given });
}

/** The source that is varied; one that the network was trained without is added, silent. */
function sourceOf(
  { network: { spec } }: AnalysisCall,
  site: string | null,
): { readonly source: NoiseSource; readonly isAdded: boolean } {
  const known = site === null ? spec.noise.at(0) : spec.noise.find((source) => source.site === site);
  if (known !== undefined) return { source: known, isAdded: false };
  if (site === null) {
    throw new CapabilityError({
      place: "analysis preference",
      rule: "needs a noise source to vary, the network has none",
      remedy: "name a site where silent noise is added, for example site inside",
    });
  }
  return { source: { site, law: "gaussian", intensity: 0, scaling: "per-step" }, isAdded: true };
}

interface Measured {
  readonly rows: readonly SweepRow[];
  readonly measured: Preference;
  readonly source: NoiseSource;
  readonly trials: number;
  readonly given: Options;
}

/** Bias^2 at zero and variance at the training intensity; null where they are not known. */
function parabolaOf({ rows, source }: Pick<Measured, "rows" | "source">) {
  const at = (intensity: number) => rows.find(({ testIntensity }) => testIntensity === intensity);
  const biasSquared = at(0)?.biasSquared ?? null;
  const variance = source.intensity > 0 ? (at(source.intensity)?.variance ?? null) : null;
  if (biasSquared === null || variance === null) return null;
  return { biasSquared: Math.max(0, biasSquared), variance };
}

function described(all: Measured): Findings {
  const { source } = all;
  const parabola = parabolaOf(all);
  const predictedLoss = (intensity: number): number | null => {
    if (parabola === null) return null;
    const x = intensity / source.intensity;
    return parabola.biasSquared * (1 - x) ** 2 + parabola.variance * x ** 2;
  };
  return {
    numbers: numbersOf(all, parabola),
    tables: [curveTable(all, predictedLoss), summaryTable(all, predictedLoss), ...partTables(all.rows)],
    sentences: sentencesOf(all),
    warnings: warningsOf(all),
  };
}

function warningsOf({ rows, measured }: Measured): string[] {
  const bad = rows.filter(({ loss }) => !Number.isFinite(loss)).map(({ testIntensity }) => testIntensity);
  return [
    ...(bad.length > 0 ? [`the loss is not finite at ${bad.join(", ")}; these are left out.`] : []),
    ...(measured.isAtUpperEnd
      ? ["the loss is lowest at the last test intensity: raise the option highest to see whether it falls further."]
      : []),
    "the interval is over noise draws of this one network and says nothing about others.",
  ];
}

function numbersOf({ rows, measured, source }: Measured, parabola: ReturnType<typeof parabolaOf>): Finding[] {
  const ratio = (value: number | null): number | null =>
    value === null || source.intensity === 0 ? null : value / source.intensity;
  const { predictedIndex, preferredIntensity } = measured;
  const { zero, training, lowest } = placesOf(rows, source);
  const lossAtTraining = training?.loss ?? zero.loss;
  const number = (name: string, meaning: string, value: number | null): Finding => ({ name, meaning, value });
  const hasAccuracy = rows.some(({ accuracy }) => accuracy !== null);
  return [
    number("trainIntensity", "noise intensity in training", source.intensity),
    number("preferredIntensity", "test intensity with the lowest loss", preferredIntensity),
    number("preferredLow", "its interval over noise draws, lower end", measured.preferredLow),
    number("preferredHigh", "upper end", measured.preferredHigh),
    number(
      "preferenceIndex",
      "preferred over training intensity: 0 wants silence, 1 its training noise",
      measured.preferenceIndex,
    ),
    number("indexLow", "its interval over noise draws, lower end", ratio(measured.preferredLow)),
    number("indexHigh", "upper end", ratio(measured.preferredHigh)),
    number("predictedIndex", "B^2 / (B^2 + V), what bias and variance predict for the index", predictedIndex),
    number(
      "predictedIntensity",
      "the same as a test intensity",
      predictedIndex === null ? null : predictedIndex * source.intensity,
    ),
    number("biasSquaredAtZero", "B^2, squared bias without noise", parabola?.biasSquared ?? null),
    number("varianceAtTraining", "V, variance over noise at the training intensity", parabola?.variance ?? null),
    number("lossAtZero", "loss without noise", zero.loss),
    number("lossAtTraining", "loss at the training intensity", lossAtTraining),
    number("lossAtPreferred", "lowest loss on the grid", lowest.loss),
    number("lossRatio", "loss without noise over loss at the training intensity", zero.loss / lossAtTraining),
    ...(hasAccuracy
      ? [
          number("accuracyAtZero", "accuracy without noise", measured.accuracyAtZero),
          number("accuracyAtTraining", "accuracy at the training intensity", measured.accuracyAtTraining),
          number("accuracyAtPreferred", "accuracy where the loss is lowest", measured.accuracyAtPreferred),
        ]
      : []),
  ];
}

const curveColumns = [
  { name: "testIntensity", meaning: "noise intensity at test" },
  { name: "relativeIntensity", meaning: "the same over the training intensity" },
  { name: "loss", meaning: "mean over trials and noise draws" },
  { name: "lossLow", meaning: "Student's interval of the loss over noise draws, lower end" },
  { name: "lossHigh", meaning: "upper end" },
  { name: "biasSquared", meaning: "squared error of the mean output over noise draws" },
  { name: "variance", meaning: "variance of the output over noise draws" },
  { name: "predictedLoss", meaning: "B^2 (1 - x)^2 + V x^2, x the relative intensity" },
  { name: "accuracy", meaning: "share of trials that are solved" },
] as const;

function curveTable({ rows, source, given }: Measured, predictedLoss: (at: number) => number | null): FindingTable {
  return {
    name: "curve",
    meaning: "Loss, bias and variance against the noise intensity at test.",
    columns: curveColumns,
    rows: rows.map((row) => ({
      testIntensity: row.testIntensity,
      relativeIntensity: source.intensity > 0 ? row.testIntensity / source.intensity : null,
      loss: row.loss,
      ...lossInterval(row, given.confidence),
      biasSquared: row.biasSquared,
      variance: row.variance,
      predictedLoss: predictedLoss(row.testIntensity),
      accuracy: row.accuracy,
    })),
  };
}

/** Of the mean over noise draws; a point without noise. */
function lossInterval(
  { loss, lossPerRepeat }: SweepRow,
  confidence: number,
): { readonly lossLow: number; readonly lossHigh: number } {
  const draws = lossPerRepeat.length;
  const squares = lossPerRepeat.reduce((sum, one) => sum + (one - loss) ** 2, 0);
  const half = studentQuantile(draws - 1, confidence) * Math.sqrt(squares / (draws - 1) / draws);
  return { lossLow: loss - half, lossHigh: loss + half };
}

/** Points of the curve that are told by name; "training" only of a network that was trained with noise. */
function placesOf(rows: readonly SweepRow[], { intensity }: NoiseSource) {
  return {
    zero: rows[0],
    training: intensity > 0 ? rows.find(({ testIntensity }) => testIntensity === intensity) : undefined,
    lowest: rows.reduce((best, row) => (row.loss < best.loss || Number.isNaN(best.loss) ? row : best)),
  };
}

function summaryTable(all: Measured, predictedLoss: (at: number) => number | null): FindingTable {
  const places = Object.entries(placesOf(all.rows, all.source));
  return {
    name: "summary",
    meaning: "The same without noise, at the training intensity and where the loss is lowest on the grid.",
    columns: [{ name: "place", meaning: "zero, training or lowest" }, ...curveColumns.filter(isOfSummary)],
    rows: places.flatMap(([place, row]) =>
      row === undefined
        ? []
        : [
            {
              place,
              testIntensity: row.testIntensity,
              loss: row.loss,
              biasSquared: row.biasSquared,
              variance: row.variance,
              predictedLoss: predictedLoss(row.testIntensity),
              accuracy: row.accuracy,
            },
          ],
    ),
  };
}

/** Of tasks that have parts, or outcomes. */
function partTables(rows: readonly SweepRow[]): FindingTable[] {
  const [intensity] = curveColumns;
  const tables = [
    {
      name: "parts",
      meaning: "The same for each part of the task.",
      columns: [
        intensity,
        { name: "part", meaning: "part of the task" },
        { name: "loss", meaning: "mean over its trials and noise draws" },
        { name: "accuracy", meaning: "share of its trials that are solved" },
      ],
      rows: rows.flatMap(({ testIntensity, parts = [] }) => parts.map((part) => ({ testIntensity, ...part }))),
    },
    {
      name: "outcomes",
      meaning: "What came of the trials that were played.",
      columns: [
        intensity,
        { name: "outcome", meaning: "what was counted" },
        { name: "value", meaning: "mean over trials" },
      ],
      rows: rows.flatMap(({ testIntensity, outcomes = {} }) =>
        Object.entries(outcomes).map(([outcome, value]) => ({ testIntensity, outcome, value })),
      ),
    },
  ];
  return tables.filter((table) => table.rows.length > 0);
}

function isOfSummary({ name }: { readonly name: string }): boolean {
  return !["relativeIntensity", "lossLow", "lossHigh"].includes(name);
}

function sentencesOf({ measured, source, given, trials }: Measured): string[] {
  const { preferredIntensity, preferredLow, preferredHigh, preferenceIndex, predictedIndex } = measured;
  const percent = digits(100 * given.confidence);
  const interval =
    preferredLow === null || preferredHigh === null
      ? ""
      : ` (${percent} % interval over ${given.repeats} noise draws of ${trials} trials: ${digits(preferredLow)} to ${digits(preferredHigh)})`;
  const index = preferenceIndex === null ? "" : `, ${digits(preferenceIndex)} of the training intensity`;
  const best = `The loss is lowest at ${source.site} ${digits(preferredIntensity)}${index}${interval}.`;
  if (source.intensity === 0) return [best];
  const ratio = measured.lossAtZero / measured.lossAtTraining;
  const silence = `Without noise it is ${digits(ratio)} times that at the training intensity (${digits(measured.lossAtZero)} against ${digits(measured.lossAtTraining)}).`;
  if (predictedIndex === null || preferenceIndex === null) return [best, silence];
  return [
    best,
    silence,
    `Bias without noise and variance with it predict an index of ${digits(predictedIndex)}; measured is ${digits(preferenceIndex)}.`,
  ];
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
