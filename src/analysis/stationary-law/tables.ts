/** Laws of several inputs as findings. */
import { CapabilityError } from "../../core/errors.ts";
import type { Task } from "../../task/contract.ts";
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import { mean } from "../statistics/descriptive.ts";
import { effectiveSamples, integratedTime } from "./autocorrelation.ts";
import type { Ensemble } from "./ensemble.ts";
import { type ClosureLaw, marginalShare, type OperatorLaw } from "./theory.ts";

export interface InputLaws {
  readonly values: Float64Array;
  /** Value of the task's first condition variable. */
  readonly condition: number | null;
  readonly sampled: Ensemble & { readonly covariance: Float64Array };
  /** A reason where there is none. */
  readonly closure: ClosureLaw | CapabilityError;
  readonly operator: OperatorLaw | CapabilityError;
}

interface Settings {
  readonly copies: number;
  readonly steps: number;
  /** How many units the tables of densities list. */
  readonly units: number;
}

const inputColumn = { name: "input", meaning: "number of the input, from 0; table inputs" };
const variableColumn = { name: "variable", meaning: "unit of the state, or output by its name" };

export function lawFindings(task: Task, laws: readonly InputLaws[], settings: Settings): Findings {
  const [{ sampled }] = laws;
  const names = [
    ...Array.from({ length: sampled.stateSize }, (_, unit) => `unit ${unit}`),
    ...task.outputs.map((output) => output.name),
  ];
  const listed = names.flatMap((_, v) => (v < settings.units || v >= sampled.stateSize ? [v] : []));
  const moments = momentRows(laws, names, settings);
  const agreement = agreementRows(laws, names);
  const tables: FindingTable[] = [
    inputTable(task, laws),
    {
      name: "moments",
      meaning: "Mean and variance by Monte Carlo, with standard errors over independent copies.",
      columns: [
        inputColumn,
        variableColumn,
        { name: "mean", meaning: "mean over copies and steps" },
        { name: "meanError", meaning: "its standard error" },
        { name: "variance", meaning: "variance over copies and steps" },
        { name: "varianceError", meaning: "its standard error" },
        { name: "correlationTime", meaning: "integrated autocorrelation time, steps" },
        { name: "effectiveSamples", meaning: "independent samples that all copies and steps amount to" },
      ],
      rows: moments,
    },
    agreementTable(agreement),
    covarianceTable(laws, settings),
    densityTable(laws, names, listed),
    autocorrelationTable(task, laws, names, listed),
  ];
  return {
    numbers: numbers(laws, moments, agreement, settings),
    tables,
    sentences: sentences(agreement),
    warnings: warnings(laws, settings),
  };
}

function inputTable(task: Task, laws: readonly InputLaws[]): FindingTable {
  return {
    name: "inputs",
    meaning: "The inputs that were held constant.",
    columns: [
      { name: "input", meaning: "number of the input, from 0" },
      { name: "condition", meaning: "value of the task's first condition variable" },
      ...task.inputs.map((channel) => ({ name: `input:${channel.name}`, meaning: channel.meaning })),
    ],
    rows: laws.map(({ values, condition }, input) => ({
      input,
      condition,
      ...Object.fromEntries(task.inputs.map((channel, i) => [`input:${channel.name}`, values[i]])),
    })),
  };
}

function momentRows(laws: readonly InputLaws[], names: readonly string[], { copies, steps }: Settings) {
  return laws.flatMap(({ sampled }, input) =>
    names.map((variable, v) => {
      const { steps: correlationTime, window } = integratedTime(sampled.autocorrelation[v]);
      return {
        input,
        variable,
        mean: sampled.mean[v],
        meanError: sampled.meanError[v],
        variance: sampled.variance[v],
        varianceError: sampled.varianceError[v],
        correlationTime,
        effectiveSamples: effectiveSamples(copies, steps, sampled.autocorrelation[v], window),
      };
    }),
  );
}

/** Deviation, over the largest of any unit, below which a variable is silent to rounding. */
const silence = 1e-9;

function largestDeviation(laws: readonly InputLaws[]): number {
  return Math.sqrt(Math.max(...laws.flatMap(({ sampled }) => [...sampled.variance.subarray(0, sampled.stateSize)])));
}

/** Units that are off have a law of rounding: it is not judged, and has no density that could be shown. */
function isSilentAt({ variance }: Ensemble, variable: number, scale: number): boolean {
  return !(Math.sqrt(variance[variable]) > silence * scale);
}

interface Agreement {
  readonly input: number;
  readonly variable: string;
  readonly quantity: "mean" | "variance";
  readonly isUnit: boolean;
  /** See `silentVariables`. */
  readonly isSilent: boolean;
  readonly monteCarlo: number;
  readonly standardError: number;
  readonly operator: number | null;
  readonly operatorError: number | null;
  readonly closure: number | null;
}

function agreementRows(laws: readonly InputLaws[], names: readonly string[]): Agreement[] {
  const scale = largestDeviation(laws);
  return laws.flatMap(({ sampled, closure, operator }, input) =>
    names.flatMap((variable, v) =>
      (["mean", "variance"] as const).map((quantity): Agreement => {
        const theory = isLaw(operator) ? operator : undefined;
        return {
          input,
          variable,
          quantity,
          isUnit: v < sampled.stateSize,
          isSilent: isSilentAt(sampled, v, scale),
          monteCarlo: sampled[quantity][v],
          standardError: sampled[`${quantity}Error`][v],
          operator: theory?.[quantity][v] ?? null,
          operatorError: theory?.[`${quantity}Error`][v] ?? null,
          closure: isLaw(closure) ? closure[quantity][v] : null,
        };
      }),
    ),
  );
}

/** In standard errors of Monte Carlo; null without both, and of a silent variable. */
function inErrors({ monteCarlo, standardError, isSilent }: Agreement, value: number | null): number | null {
  return value === null || isSilent || !(standardError > 0) ? null : (value - monteCarlo) / standardError;
}

function inPercent({ monteCarlo, isSilent }: Agreement, value: number | null): number | null {
  return value === null || isSilent || monteCarlo === 0 ? null : (100 * (value - monteCarlo)) / Math.abs(monteCarlo);
}

function agreementTable(rows: readonly Agreement[]): FindingTable {
  return {
    name: "agreement",
    meaning: "The same quantities by Monte Carlo, by the transfer operator and by Gaussian closure.",
    columns: [
      inputColumn,
      variableColumn,
      { name: "quantity", meaning: "mean or variance" },
      { name: "monteCarlo", meaning: "by Monte Carlo" },
      { name: "standardError", meaning: "its standard error" },
      { name: "operator", meaning: "by the transfer operator" },
      { name: "operatorError", meaning: "what its grid leaves open" },
      { name: "closure", meaning: "by Gaussian closure" },
      { name: "operatorDifference", meaning: "operator less Monte Carlo, in standard errors" },
      { name: "closureDifference", meaning: "closure less Monte Carlo, in standard errors" },
      { name: "operatorPercent", meaning: "operator less Monte Carlo, per cent" },
      { name: "closurePercent", meaning: "closure less Monte Carlo, per cent" },
    ],
    rows: rows.map((row) => {
      const { isUnit: _isUnit, isSilent: _isSilent, ...columns } = row;
      return {
        ...columns,
        operatorDifference: inErrors(row, row.operator),
        closureDifference: inErrors(row, row.closure),
        operatorPercent: inPercent(row, row.operator),
        closurePercent: inPercent(row, row.closure),
      };
    }),
  };
}

function covarianceTable(laws: readonly InputLaws[], { units }: Settings): FindingTable {
  const rows = laws.flatMap(({ sampled: { stateSize, covariance }, operator, closure }, input) => {
    const shown = Math.min(units, stateSize);
    return Array.from({ length: shown * shown }, (_, k): FindingRow => {
      const [row, column] = [Math.floor(k / shown), k % shown];
      const at = row * stateSize + column;
      return {
        input,
        row,
        column,
        monteCarlo: covariance[at],
        operator: isLaw(operator) ? operator.covariance[at] : null,
        closure: isLaw(closure) ? closure.covariance[at] : null,
      };
    });
  });
  return {
    name: "covariance",
    meaning: "Covariance of the units.",
    columns: [
      inputColumn,
      { name: "row", meaning: "a unit" },
      { name: "column", meaning: "another" },
      { name: "monteCarlo", meaning: "by Monte Carlo" },
      { name: "operator", meaning: "by the transfer operator" },
      { name: "closure", meaning: "by Gaussian closure" },
    ],
    rows,
  };
}

function densityTable(laws: readonly InputLaws[], names: readonly string[], listed: readonly number[]): FindingTable {
  const scale = largestDeviation(laws);
  const rows = laws.flatMap(({ sampled, operator, closure }, input) =>
    listed.flatMap((v): FindingRow[] => {
      if (isSilentAt(sampled, v, scale)) return [];
      const { from, width, shares } = sampled.histograms[v];
      const exact = isLaw(operator) && v < sampled.stateSize ? marginalShare(operator.grid, v) : undefined;
      return Array.from(shares, (share, bin) => {
        const value = from + (bin + 0.5) * width;
        return {
          input,
          variable: names[v],
          value,
          monteCarlo: share / width,
          operator: exact === undefined ? null : exact(value - width / 2, value + width / 2) / width,
          closure: isLaw(closure) ? gaussian(value, closure.mean[v], closure.variance[v]) : null,
        };
      });
    }),
  );
  return {
    name: "density",
    meaning: "Density of each unit and output that noise moves.",
    columns: [
      inputColumn,
      variableColumn,
      { name: "value", meaning: "value of the variable, centre of the bin" },
      { name: "monteCarlo", meaning: "density by Monte Carlo; the outermost bins hold what lies beyond" },
      { name: "operator", meaning: "density by the transfer operator, mean over the bin" },
      { name: "closure", meaning: "the Gaussian density of the closure" },
    ],
    rows,
  };
}

function autocorrelationTable(
  task: Task,
  laws: readonly InputLaws[],
  names: readonly string[],
  listed: readonly number[],
): FindingTable {
  return {
    name: "autocorrelation",
    meaning: "Autocorrelation of each unit and output.",
    columns: [
      inputColumn,
      variableColumn,
      { name: "lag", meaning: "steps" },
      { name: "time", meaning: "the same, ms" },
      { name: "correlation", meaning: "correlation of the variable with itself at that lag" },
    ],
    rows: laws.flatMap(({ sampled }, input) =>
      listed.flatMap((v) =>
        Array.from(sampled.autocorrelation[v], (correlation, lag) => ({
          input,
          variable: names[v],
          lag,
          time: lag * task.dt,
          correlation,
        })),
      ),
    ),
  };
}

function numbers(
  laws: readonly InputLaws[],
  moments: ReturnType<typeof momentRows>,
  agreement: readonly Agreement[],
  { copies }: Settings,
): Finding[] {
  const operators = laws.flatMap(({ operator }) => (isLaw(operator) ? [operator] : []));
  const error = (by: "operator" | "closure", quantity: Agreement["quantity"]): number | null =>
    relativeError(
      agreement.filter((row) => row.isUnit && row.quantity === quantity),
      by,
    );
  return [
    { name: "copies", meaning: "copies of the network", value: copies },
    {
      name: "operatorWorst",
      meaning: "largest difference of the operator from Monte Carlo, standard errors",
      value: worst(agreement, "operator"),
    },
    {
      name: "closureWorst",
      meaning: "largest difference of the closure from Monte Carlo, standard errors",
      value: worst(agreement, "closure"),
    },
    {
      name: "operatorMeanError",
      meaning: "rms error of the operator's means of units over their rms, per cent",
      value: error("operator", "mean"),
    },
    { name: "operatorVarianceError", meaning: "the same of variances, per cent", value: error("operator", "variance") },
    {
      name: "closureMeanError",
      meaning: "rms error of the closure's means of units over their rms, per cent",
      value: error("closure", "mean"),
    },
    { name: "closureVarianceError", meaning: "the same of variances, per cent", value: error("closure", "variance") },
    {
      name: "atomShare",
      meaning: "probability per step that a unit's noise is cut off, mean over units and inputs",
      value: operators.length === 0 ? null : mean(operators.map(({ grid }) => grid.atomShare)),
    },
    {
      name: "correlationTime",
      meaning: "longest integrated autocorrelation time, steps",
      value: Math.max(...moments.map((row) => row.correlationTime)),
    },
    {
      name: "effectiveSamples",
      meaning: "fewest independent samples of a variable",
      value: Math.min(...moments.map((row) => row.effectiveSamples)),
    },
    {
      name: "drift",
      meaning: "largest difference of means between the halves of the steps, standard errors",
      value: Math.max(...laws.map(({ sampled }) => sampled.drift)),
    },
  ];
}

function relativeError(rows: readonly Agreement[], by: "operator" | "closure"): number | null {
  if (rows.some((row) => row[by] === null)) return null;
  const squares = rows.reduce((sum, row) => sum + ((row[by] as number) - row.monteCarlo) ** 2, 0);
  const scale = rows.reduce((sum, row) => sum + row.monteCarlo ** 2, 0);
  return scale > 0 ? 100 * Math.sqrt(squares / scale) : null;
}

function worst(rows: readonly Agreement[], by: "operator" | "closure"): number | null {
  const found = rows.map((row) => inErrors(row, row[by])).filter((value) => value !== null);
  return found.length === 0 ? null : Math.max(...found.map(Math.abs));
}

function sentences(agreement: readonly Agreement[]): string[] {
  const said: string[] = [];
  for (const by of ["operator", "closure"] as const) {
    const means = relativeError(
      agreement.filter(({ isUnit, quantity }) => isUnit && quantity === "mean"),
      by,
    );
    const variances = relativeError(
      agreement.filter(({ isUnit, quantity }) => isUnit && quantity === "variance"),
      by,
    );
    const named = by === "operator" ? "The transfer operator" : "The Gaussian closure";
    if (means !== null && variances !== null) {
      said.push(
        `${named} misses the means of the units by ${round(means)} % and their variances by ${round(variances)} % (rms error over units and inputs against Monte Carlo, per cent of the rms value).`,
      );
    }
  }
  const silent = agreement.filter(({ isSilent, quantity }) => isSilent && quantity === "mean").length;
  if (silent > 0) {
    said.push(
      `${silent} of ${agreement.length / 2} laws (a variable under an input) are silent: their deviation is below ${silence} of the largest of a unit. They are not compared and have no density.`,
    );
  }
  return said;
}

/** Of what could not be calculated, once each. */
function refusals(laws: readonly InputLaws[]): string[] {
  const found = laws
    .flatMap(({ operator, closure }) => [operator, closure])
    .filter((law) => law instanceof CapabilityError);
  return [...new Set(found.map(({ message }) => message))].map((message) => `Not calculated: ${message}`);
}

function warnings(laws: readonly InputLaws[], { copies }: Settings): string[] {
  const found = refusals(laws);
  const drifting = laws.filter(({ sampled }) => sampled.drift > 5);
  if (drifting.length > 0)
    found.push(`Under ${drifting.length} of ${laws.length} inputs the mean still drifts: raise burnIn.`);
  const open = laws.filter(({ sampled }) => sampled.autocorrelation.some((rho) => !integratedTime(rho).isCovered));
  if (open.length > 0)
    found.push(
      "Correlations last longer than the lags cover, so correlation times are too short: raise lags and steps.",
    );
  if (laws.some(({ closure }) => isLaw(closure) && !closure.isConverged))
    found.push("The closure did not converge under some input.");
  if (laws.some(({ operator }) => isLaw(operator) && !operator.grid.isConverged))
    found.push("The transfer operator's iteration did not converge under some input.");
  if (copies < 1000) found.push(`With ${copies} copies standard errors are rough.`);
  return found;
}

function isLaw<Law extends object>(law: Law | CapabilityError): law is Law {
  return !(law instanceof CapabilityError);
}

const gaussian = (x: number, mean: number, variance: number): number =>
  variance > 0 ? Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance) : 0;
const round = (value: number): string => String(Number(value.toPrecision(2)));
