/** Norms of Jacobians as numbers, tables and sentences. */
import type { TrialBatch } from "../../task/contract.ts";
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import { quantile } from "../statistics/bootstrap.ts";
import type { BatchNorms } from "./norms.ts";
import type { Profile } from "./profile.ts";

/** What was measured at one noise level, in parts of trials that end at the same step. */
export interface LevelJacobians {
  readonly level: number;
  readonly parts: readonly {
    readonly end: number;
    readonly batch: TrialBatch;
    readonly profile: Profile;
    readonly inputOutput: BatchNorms;
  }[];
}

interface MeasuredNetwork {
  readonly stateSize: number;
  readonly isDense: boolean;
  readonly isClosedLoop: boolean;
}

/** One trial: norms over its whole length. */
interface TrialNorms {
  readonly trial: number;
  readonly condition: number | null;
  readonly steps: number;
  readonly spectral: number;
  readonly frobenius: number;
  readonly largest: number;
  readonly gradientFirst: number;
  readonly gradientLast: number;
  readonly inputOutput: number;
}

export function jacobianFindings(measured: readonly LevelJacobians[], network: MeasuredNetwork): Findings {
  const trials = measured.map((level) => ({ level: level.level, norms: trialNorms(level) }));
  return {
    numbers: numbers(trials),
    tables: [profileTable(measured), trialsTable(trials)],
    sentences: trials.map(sentence),
    warnings: warnings(measured, network),
  };
}

function trialNorms({ parts }: LevelJacobians): TrialNorms[] {
  return parts.flatMap(({ end, batch, profile, inputOutput }) => {
    const { products, gradients } = profile;
    const whole = products[products.length - 1];
    const [condition = null] = Object.keys(batch.conditions);
    return Array.from(batch.trials, (trial, b) => ({
      trial,
      condition: condition === null ? null : batch.conditions[condition][b],
      steps: end + 1,
      spectral: whole.spectral[b],
      frobenius: whole.frobenius[b],
      largest: Math.max(...products.map(({ spectral }) => spectral[b])),
      gradientFirst: gradients[gradients.length - 1][b],
      gradientLast: gradients[0][b],
      inputOutput: inputOutput.norms[b],
    }));
  });
}

const median = (values: readonly number[]): number => quantile(Float64Array.from(values).sort(), 0.5);

interface LevelTrials {
  readonly level: number;
  readonly norms: readonly TrialNorms[];
}

function numbers(levels: readonly LevelTrials[]): Finding[] {
  const ends = levels.length === 1 ? [levels[0]] : [levels[0], levels[levels.length - 1]];
  return ends.flatMap(({ level, norms }, index): Finding[] => {
    const end = index === 0 ? "" : "Noise";
    const at = `, median over trials, noise ${level}`;
    const value = (read: (one: TrialNorms) => number): number | null => known(median(norms.map(read)));
    return [
      {
        name: `spectralNorm${end}`,
        meaning: `largest singular value of the final state's derivative by the first${at}`,
        value: value(({ spectral }) => spectral),
      },
      {
        name: `spectralRate${end}`,
        meaning: `its logarithm per step${at}`,
        value: value(({ spectral, steps }) => Math.log(spectral) / steps),
      },
      {
        name: `largestNorm${end}`,
        meaning: `largest over all starting steps${at}`,
        value: value(({ largest }) => largest),
      },
      {
        name: `gradientRatio${end}`,
        meaning: `norm of the loss's gradient at the first state over that before the last step${at}`,
        value: value(({ gradientFirst, gradientLast }) => gradientFirst / gradientLast),
      },
      {
        name: `inputOutputNorm${end}`,
        meaning: `largest singular value of the counted outputs' derivative by the whole input${at}`,
        value: value(({ inputOutput }) => inputOutput),
      },
    ];
  });
}

const quantiles = { Low: 0.1, Median: 0.5, High: 0.9 } as const;

function profileTable(measured: readonly LevelJacobians[]): FindingTable {
  const quantities = {
    spectral: "spectral norm",
    frobenius: "Frobenius norm",
    gradient: "norm of the loss's gradient",
  };
  const quantileWords = { Low: "10 % quantile of the", Median: "median", High: "90 % quantile of the" };
  return {
    name: "profile",
    meaning: "Norms of d (final state) / d (state) and of d loss / d (state) by the distance from the end.",
    columns: [
      { name: "level", meaning: "noise in units of the training noise, or the intensity of the source asked for" },
      { name: "lag", meaning: "steps from the state to the state after the last step that counts" },
      { name: "trials", meaning: "trials that are long enough" },
      ...Object.entries(quantities).flatMap(([quantity, words]) =>
        Object.entries(quantileWords).map(([place, text]) => ({
          name: `${quantity}${place}`,
          meaning: `${text} ${words} over trials`,
        })),
      ),
    ],
    rows: measured.flatMap(({ level, parts }) => {
      const lags = new Map<number, { spectral: number[]; frobenius: number[]; gradient: number[] }>();
      const at = (lag: number) => {
        const known = lags.get(lag) ?? { spectral: [], frobenius: [], gradient: [] };
        lags.set(lag, known);
        return known;
      };
      for (const { profile } of parts) {
        for (const { lag, spectral, frobenius } of profile.products) {
          at(lag).spectral.push(...spectral);
          at(lag).frobenius.push(...frobenius);
        }
        for (const [index, gradient] of profile.gradients.entries()) at(index + 1).gradient.push(...gradient);
      }
      return [...lags]
        .sort(([a], [b]) => a - b)
        .map(
          ([lag, norms]): FindingRow => ({
            level,
            lag,
            trials: norms.gradient.length,
            ...Object.fromEntries(
              Object.entries(norms).flatMap(([quantity, values]) => {
                const sorted = Float64Array.from(values).sort();
                return Object.entries(quantiles).map(([place, probability]) => [
                  `${quantity}${place}`,
                  sorted.length === 0 ? null : known(quantile(sorted, probability)),
                ]);
              }),
            ),
          }),
        );
    }),
  };
}

function trialsTable(levels: readonly LevelTrials[]): FindingTable {
  return {
    name: "trials",
    meaning: "Norms of every trial over its whole length.",
    columns: [
      { name: "level", meaning: "noise in units of the training noise, or the intensity of the source asked for" },
      { name: "trial", meaning: "number of the test trial" },
      { name: "condition", meaning: "value of the task's first condition variable" },
      { name: "steps", meaning: "steps to the last one that counts" },
      { name: "spectral", meaning: "spectral norm of d (final state) / d (first state)" },
      { name: "frobenius", meaning: "its Frobenius norm" },
      { name: "largest", meaning: "largest spectral norm of d (final state) / d (state) over the states" },
      { name: "gradientFirst", meaning: "norm of d loss / d (first state)" },
      { name: "gradientLast", meaning: "norm of d loss / d (state before the last step)" },
      { name: "inputOutput", meaning: "spectral norm of d (counted outputs) / d (input of all steps)" },
    ],
    rows: levels.flatMap(({ level, norms }) =>
      norms.map(
        (one): FindingRow => ({
          level,
          ...Object.fromEntries(
            Object.entries(one).map(([column, value]) => [column, typeof value === "number" ? known(value) : value]),
          ),
        }),
      ),
    ),
  };
}

function sentence({ level, norms }: LevelTrials): string {
  const rate = median(norms.map(({ spectral, steps }) => Math.log(spectral) / steps));
  const ratio = median(norms.map(({ gradientFirst, gradientLast }) => gradientFirst / gradientLast));
  const fate = rate < 0 ? "shrink" : "grow";
  return `At noise ${round(level)} perturbations ${fate} by a factor of ${round(Math.exp(rate))} per step over a trial (largest direction), and the loss's gradient at the first state is ${round(ratio)} times that before the last step.`;
}

function warnings(
  measured: readonly LevelJacobians[],
  { stateSize, isDense, isClosedLoop }: MeasuredNetwork,
): string[] {
  const found: string[] = [];
  const parts = measured.flatMap((level) => level.parts);
  if (!isDense)
    found.push(
      `With ${stateSize} states, norms of products are taken at some lags only, by power iteration and random vectors.`,
    );
  const products = parts.reduce((sum, { profile }) => sum + profile.unsettled, 0);
  if (products > 0) found.push(`${products} spectral norms of products had not settled and are too small.`);
  const outputs = parts.reduce((sum, { inputOutput }) => sum + inputOutput.unsettled, 0);
  if (outputs > 0) found.push(`${outputs} norms of input-output Jacobians had not settled: raise iterations.`);
  if (isClosedLoop)
    found.push("The closed loop is shown as an expert plays it; perturbations do not act back on the inputs.");
  return found;
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
const round = (value: number): string => String(Number(value.toPrecision(3)));
