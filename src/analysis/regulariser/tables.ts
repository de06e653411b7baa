/** What the analysis `regulariser` found, as numbers, tables and sentences. */
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import type { Terms } from "./exact.ts";
import type { Estimate, Measured, MeasuredLevel, NoiseFreeBatch } from "./measured.ts";

export interface ExactFindings extends Terms {
  /** Of the loss of each trial, `[trial]`. */
  readonly perTrial: readonly Terms[];
  /** Of the mean loss, by the step at which the noise enters; -1: before the first. */
  readonly steps: ReadonlyMap<number, Terms>;
  readonly units: readonly { readonly site: string; readonly unit: number; readonly terms: Terms }[];
}

interface Found {
  readonly batches: readonly NoiseFreeBatch[];
  readonly exact: ExactFindings | undefined;
  readonly measured: Measured;
  readonly warnings: readonly string[];
}

/** Standard errors beyond which a remainder is told from 0. */
const clear = 4;

export function regulariserFindings({ batches, exact, measured, warnings }: Found): Findings {
  const loss = sumOf(batches.flatMap(({ losses, shares }) => Array.from(losses, (value, row) => value * shares[row])));
  const whole = exact === undefined ? measured.sum.mean : exact.p + exact.q;
  const order = fittedOrder(measured.levels);
  const [largest] = measured.levels;
  return {
    numbers: [
      number("loss", "loss without noise", loss),
      number("p", "P, through the curvature of the dynamics, exact", exact?.p ?? null),
      number("q", "Q, through the curvature of the loss, exact", exact?.q ?? null),
      number("pEstimate", "P along random draws", measured.p.mean),
      number("pError", "its standard error", measured.p.error),
      number("qEstimate", "Q along random draws", measured.q.mean),
      number("qError", "its standard error", measured.q.error),
      number("regulariser", "(P + Q) / 2: the penalty that the training noise comes to", whole / 2),
      number(
        "rise",
        `mean loss at ${digits(largest.eps)} times the training noise less the loss without`,
        largest.rise.mean,
      ),
      number("riseError", "its standard error", largest.rise.error),
      number("remainder", "what of the rise the penalty leaves, along the same draws", largest.remainder.mean),
      number("remainderError", "its standard error", largest.remainder.error),
      number("order", "power of the noise with which the remainder falls, fitted", order),
    ],
    tables: [levelTable(measured, whole), trialTable(batches, exact, measured), ...splitTables(exact)],
    sentences: sentences(loss, exact, measured, whole, order),
    warnings,
  };
}

function levelTable({ levels }: Measured, whole: number): FindingTable {
  return {
    name: "levels",
    meaning: "Rise of the loss with the noise, the second-order penalty and what it leaves.",
    columns: [
      { name: "eps", meaning: "noise in units of the training noise" },
      { name: "rise", meaning: "mean loss less the loss without noise, Monte Carlo" },
      { name: "riseError", meaning: "its standard error" },
      { name: "penalty", meaning: "eps^2 / 2 (P + Q)" },
      { name: "remainder", meaning: "rise less the penalty along the same draws" },
      { name: "remainderError", meaning: "its standard error" },
      { name: "relative", meaning: "remainder / penalty" },
      { name: "perFourth", meaning: "remainder / eps^4, constant where the fourth order rules" },
    ],
    rows: levels.map(({ eps, rise, remainder }): FindingRow => {
      const penalty = ((eps * eps) / 2) * whole;
      return {
        eps,
        rise: rise.mean,
        riseError: rise.error,
        penalty,
        remainder: remainder.mean,
        remainderError: remainder.error,
        relative: penalty === 0 ? null : remainder.mean / penalty,
        perFourth: remainder.mean / eps ** 4,
      };
    }),
  };
}

function trialTable(
  batches: readonly NoiseFreeBatch[],
  exact: ExactFindings | undefined,
  { perTrial }: Measured,
): FindingTable {
  const trials = batches.flatMap(({ batch, losses }) =>
    Array.from(losses, (loss, row) => ({ trial: batch.trials[row], loss })),
  );
  return {
    name: "trials",
    meaning: "The terms of the loss of each trial.",
    columns: [
      { name: "trial", meaning: "number in the test split" },
      { name: "loss", meaning: "loss without noise" },
      { name: "p", meaning: "P, exact" },
      { name: "q", meaning: "Q, exact" },
      { name: "pEstimate", meaning: "P along random draws" },
      { name: "pError", meaning: "its standard error" },
      { name: "qEstimate", meaning: "Q along random draws" },
      { name: "qError", meaning: "its standard error" },
    ],
    rows: trials.map(({ trial, loss }, index): FindingRow => {
      const { p, q } = perTrial[index];
      const own = exact?.perTrial[index];
      return {
        trial,
        loss,
        p: own?.p ?? null,
        q: own?.q ?? null,
        pEstimate: p.mean,
        pError: p.error,
        qEstimate: q.mean,
        qError: q.error,
      };
    }),
  };
}

function splitTables(exact: ExactFindings | undefined): FindingTable[] {
  if (exact === undefined) return [];
  const terms = [
    { name: "p", meaning: "share of P" },
    { name: "q", meaning: "share of Q" },
  ];
  return [
    ...(exact.steps.size === 0
      ? []
      : [
          {
            name: "steps",
            meaning: "P and Q by the step at which the noise enters.",
            columns: [
              { name: "step", meaning: "step of the trial, from 0; -1: what coloured noise starts from" },
              ...terms,
            ],
            rows: [...exact.steps].sort(([a], [b]) => a - b).map(([step, { p, q }]): FindingRow => ({ step, p, q })),
          },
        ]),
    {
      name: "units",
      meaning: "P and Q by the unit through which the noise enters.",
      columns: [
        { name: "site", meaning: "noise site" },
        { name: "unit", meaning: "number of the unit, from 0; row of the matrix for noise of weights" },
        ...terms,
      ],
      rows: exact.units.map(({ site, unit, terms: { p, q } }): FindingRow => ({ site, unit, p, q })),
    },
  ];
}

/**
 * Slope of log |remainder| over log eps, by least squares over the three lowest levels at which the remainder is clear.
 *
 * @returns null where fewer than two are
 */
function fittedOrder(levels: readonly MeasuredLevel[]): number | null {
  const points = levels
    .filter(({ remainder }) => isClear(remainder))
    .slice(-3)
    .map(({ eps, remainder }) => [Math.log(eps), Math.log(Math.abs(remainder.mean))]);
  if (points.length < 2) return null;
  const [x, y] = [0, 1].map((axis) => sumOf(points.map((point) => point[axis])) / points.length);
  const across = sumOf(points.map(([a, b]) => (a - x) * (b - y)));
  return across / sumOf(points.map(([a]) => (a - x) ** 2));
}

function sentences(
  loss: number,
  exact: ExactFindings | undefined,
  { p, q, levels }: Measured,
  whole: number,
  order: number | null,
): string[] {
  const [{ eps, rise, remainder }] = levels;
  const penalty = ((eps * eps) / 2) * whole;
  const share = rise.mean === 0 ? "" : ` (${digits((100 * penalty) / rise.mean)} per cent of it)`;
  const found = [
    `At ${digits(eps)} times the training noise the loss rises from ${digits(loss)} by ${digits(rise.mean)} (standard error ${digits(rise.error)}); the second-order penalty is ${digits(penalty)}${share}.`,
  ];
  if (exact !== undefined) {
    const off = ({ mean, error }: Estimate, value: number): string =>
      error === 0 ? digits(mean - value) : `${digits((mean - value) / error)} standard errors`;
    found.push(
      `P = ${digits(exact.p)} and Q = ${digits(exact.q)}; the estimates along draws are off by ${off(p, exact.p)} and ${off(q, exact.q)}.`,
    );
  }
  found.push(
    order === null
      ? `The remainder is too small to tell its order: ${digits(remainder.mean)} (standard error ${digits(remainder.error)}) at the largest noise.`
      : `The remainder falls with the power ${digits(order)} of the noise; the expansion says 4.`,
  );
  return found;
}

function isClear({ mean, error }: Estimate): boolean {
  return mean !== 0 && Math.abs(mean) > clear * error;
}

function number(name: string, meaning: string, value: number | null): Finding {
  return { name, meaning, value };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
