/** What the noise inside an activation makes of it on average. */
import { CapabilityError, ParameterError } from "../core/errors.ts";
import type { NoiseLevel } from "../network/contract.ts";
import { checkFit } from "../train/batches.ts";
import type { AnalysisCall, Finding, FindingRow, Findings, FindingTable, NetworkAnalysis } from "./contract.ts";
import { meanDynamics } from "./dynamics/mean-dynamics.ts";
import type { Method } from "./dynamics/smoothing/averaged.ts";
import { type FunctionShifts, shiftsOver } from "./smoothed-activation/shifts.ts";
import { spreadTrials } from "./spread-trials.ts";
import { underWay } from "./under-way.ts";

const name = "smoothed-activation";
const quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

/**
 * The activation averaged over the noise that enters it, and how far the average moves it at the network's own drives.
 *
 *     g(a) = E f(a + s xi),   V(a) = Var f(a + s xi),   shift = g(a) - f(a)
 *
 * with a the drive without the noise of the step and s the deviation of that noise. The drives are those of test trials
 * run through the mean dynamics. Cost: one pass of the trials per level, and an average per unit and sample.
 */
export const smoothedActivation: NetworkAnalysis = {
  name,
  summary: "What does the noise inside an activation make of it on average, and how far from it do the units work?",
  references: ["eckstein2026", "golub1969", "boyd1984"],
  options: {
    trials: { type: "number", default: 64, from: 1, integer: true, remedy: "64 is the default" },
    samples: {
      type: "number",
      default: 512,
      from: 1,
      integer: true,
      remedy: "pairs of a trial and a step at which the drives are looked at; 512 is the default",
    },
    levels: {
      type: "text",
      default: null,
      remedy: 'further noise levels in units of the training noise, for example "0.5, 2"',
    },
    reach: { type: "number", default: 4, above: 0, remedy: "half-width of the table in units of the noise" },
    points: { type: "number", default: 41, from: 2, integer: true, remedy: "rows of the table; 41 is the default" },
    threshold: {
      type: "number",
      default: 0.05,
      from: 0,
      remedy: "a unit counts as shifted beyond this, in units of the noise; 0.05 is the default",
    },
  },
  run,
};

interface Level {
  readonly factor: number;
  readonly found: readonly FunctionShifts[];
}

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, weights, task, seed, options } = call;
  checkFit(network, task);
  const batch = task.batch("test", spreadTrials(task, "test", options.trials as number), seed);
  const factors = [...new Set([1, ...factorsOf(options.levels as string | null)])];
  const levels: Level[] = [];
  for (const [index, factor] of factors.entries()) {
    underWay(call, index / factors.length, `noise level ${factor}`);
    const level: NoiseLevel = { factor };
    const dynamics = meanDynamics(network, weights, level);
    const found = shiftsOver(network, weights, level, dynamics, batch, options.samples as number);
    levels.push({ factor, found: found.filter(({ typical }) => typical.deviation > 0) });
  }
  if (levels[0].found.length === 0) {
    throw new CapabilityError({
      place: `${name}, cell "${network.spec.cell}"`,
      rule: "no noise of a step enters a nonlinearity in the same step, so there is nothing to average",
      remedy: "ask stationary-law or shift, which follow the noise through the state, or train with noise inside",
    });
  }
  return findings(call, levels);
}

function factorsOf(text: string | null): number[] {
  if (text === null) return [];
  return text.split(",").map((part) => {
    const factor = part.trim() === "" ? Number.NaN : Number(part);
    if (factor > 0 && Number.isFinite(factor)) return factor;
    throw new ParameterError({
      place: `${name}, levels`,
      rule: `must be numbers above 0 with commas between them, got "${text}"`,
      remedy: 'for example "0.5, 2"',
    });
  });
}

function findings({ options }: AnalysisCall, levels: readonly Level[]): Findings {
  const threshold = options.threshold as number;
  const trained = levels[0].found;
  const units = trained.flatMap((part) => part.units);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const shifts = trained.flatMap((part) => [...part.shifts]);
  const deviation = Math.sqrt(mean(trained.map(({ typical }) => typical.deviation ** 2)));
  const meanShift = mean(shifts);
  const largest = Math.max(...units.map((unit) => unit.largest));
  const share = units.filter(({ inSigma }) => inSigma > threshold).length / units.length;
  const numbers: Finding[] = [
    { name: "deviation", meaning: "deviation s of the noise at the drive, root mean square", value: deviation },
    { name: "meanShift", meaning: "mean of g(a) - f(a) over units, trials and steps", value: meanShift },
    { name: "largestShift", meaning: "largest |g(a) - f(a)|", value: largest },
    {
      name: "shiftInSigma",
      meaning: "mean of |g(a) - f(a)| / s over units, trials and steps",
      value: mean(units.map(({ inSigma }) => inSigma)),
    },
    { name: "shareShifted", meaning: `share of the units whose mean |shift| is above ${threshold} s`, value: share },
  ];
  const open = [
    ...new Set(trained.filter(({ noisy }) => noisy.fn.partials.length > 0).map(({ noisy }) => noisy.label)),
  ];
  return {
    numbers,
    tables: [
      activationTable(levels, options.reach as number, options.points as number),
      methodTable(levels),
      quantileTable(levels),
      unitTable(levels),
    ],
    sentences: [
      `At the network's own drives the noise (s = ${round(deviation)}) moves the activation by ${round(meanShift)} on average and by ${round(largest)} at most.`,
      `${round(100 * share)} % of the units are moved by more than ${round(threshold)} s.`,
    ],
    warnings: open.map(
      (label) =>
        `"${label}" depends on more than its drive, so it is not in the table of averages; its shifts are counted.`,
    ),
  };
}

const place = [
  { name: "activation", meaning: "the function that the noise enters" },
  { name: "level", meaning: "noise in units of the training noise" },
];

function activationTable(levels: readonly Level[], reach: number, points: number): FindingTable {
  const rows: FindingRow[] = [];
  for (const { factor, found } of levels) {
    for (const { noisy, typical } of found) {
      if (noisy.fn.partials.length > 0) continue;
      const { scale, deviation } = typical;
      const { averaged } = typical.averaging;
      for (let k = 0; k < points; k++) {
        const driveInSigma = (reach * (2 * k - (points - 1))) / (points - 1);
        const a = driveInSigma * deviation;
        const f = noisy.fn.value(a, []);
        const g = averaged.mean(a, scale, []);
        rows.push({
          activation: noisy.label,
          level: factor,
          driveInSigma,
          drive: a,
          function: f,
          average: g,
          shift: g - f,
          slope: averaged.slope(a, scale, []),
          curvature: averaged.curvature(a, scale, []),
          variance: averaged.variance(a, scale, []),
          varianceSlope: averaged.varianceSlope(a, scale, []),
        });
      }
    }
  }
  return {
    name: "averages",
    meaning: "The activation and its averages over the noise, against the drive.",
    columns: [
      ...place,
      { name: "driveInSigma", meaning: "a / s" },
      { name: "drive", meaning: "a" },
      { name: "function", meaning: "f(a)" },
      { name: "average", meaning: "g(a) = E f(a + s xi)" },
      { name: "shift", meaning: "g(a) - f(a)" },
      { name: "slope", meaning: "dg/da" },
      { name: "curvature", meaning: "d2g/da2" },
      { name: "variance", meaning: "V(a) = Var f(a + s xi)" },
      { name: "varianceSlope", meaning: "dV/da" },
    ],
    rows,
  };
}

function methodTable(levels: readonly Level[]): FindingTable {
  const rows = levels.flatMap(({ factor, found }) =>
    found.map(({ noisy, typical }): FindingRow => {
      const { mean, variance } = typical.averaging.averaged.method(typical.scale);
      return {
        activation: noisy.label,
        level: factor,
        deviation: typical.deviation,
        mean: mean.kind,
        meanOrder: orderOf(mean),
        meanBound: boundOf(mean),
        variance: variance.kind,
        varianceOrder: orderOf(variance),
        varianceBound: boundOf(variance),
      };
    }),
  );
  return {
    name: "methods",
    meaning: "How the averages are computed.",
    columns: [
      ...place,
      { name: "deviation", meaning: "s, root mean square over units, trials and steps" },
      ...["mean", "variance"].flatMap((what) => [
        { name: what, meaning: `closed form, finite sum, Gauss-Hermite or panels, for the ${what}` },
        { name: `${what}Order`, meaning: "nodes of Gauss-Hermite" },
        { name: `${what}Bound`, meaning: "bound on the error of the quadrature" },
      ]),
    ],
    rows,
  };
}

const orderOf = (method: Method): number | null => (method.kind === "Gauss-Hermite" ? method.order : null);
const boundOf = (method: Method): number | null => ("bound" in method ? method.bound : null);

function quantileTable(levels: readonly Level[]): FindingTable {
  const rows = levels.flatMap(({ factor, found }) =>
    found.flatMap(({ noisy, typical, shifts }) =>
      quantiles.map((quantile): FindingRow => {
        const shift = shifts[Math.round(quantile * (shifts.length - 1))];
        return {
          activation: noisy.label,
          level: factor,
          quantile,
          shift,
          shiftInSigma: shift / typical.deviation,
        };
      }),
    ),
  );
  return {
    name: "shift-quantiles",
    meaning: "Distribution of the shift over units, trials and steps.",
    columns: [
      ...place,
      { name: "quantile", meaning: "share of the shifts that lie below" },
      { name: "shift", meaning: "g(a) - f(a)" },
      { name: "shiftInSigma", meaning: "the same in units of s" },
    ],
    rows,
  };
}

function unitTable(levels: readonly Level[]): FindingTable {
  const rows = levels.flatMap(({ factor, found }) =>
    found.flatMap(({ noisy, units }) =>
      units.map(
        ({ unit, drive, deviation, shift, largest, inSigma }): FindingRow => ({
          activation: noisy.label,
          level: factor,
          unit,
          driveInSigma: deviation > 0 ? drive / deviation : null,
          shift,
          largestShift: largest,
          shiftInSigma: inSigma,
        }),
      ),
    ),
  );
  return {
    name: "units",
    meaning: "The shift of each unit over trials and steps.",
    columns: [
      ...place,
      { name: "unit", meaning: "number of the unit, from 0" },
      { name: "driveInSigma", meaning: "mean drive in units of s; empty for a unit that no noise reaches" },
      { name: "shift", meaning: "mean of g(a) - f(a)" },
      { name: "largestShift", meaning: "largest |g(a) - f(a)|" },
      { name: "shiftInSigma", meaning: "mean of |g(a) - f(a)| / s" },
    ],
    rows,
  };
}

const round = (value: number): string => String(Number(value.toPrecision(3)));
