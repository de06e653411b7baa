/** What the analysis `hessian` says. */
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import { length } from "../fixed-points/linear.ts";
import { type LossName, lossColumn, type Surfaces } from "../loss-surface/surfaces.ts";
import type { TrainedNumbers } from "../loss-surface/trained-numbers.ts";
import { meanWithError } from "../statistics/mean-with-error.ts";
import { type BlockSpectrum, type Curvature, type MatrixName, type VectorShape, vectorShape } from "./curvature.ts";
import { zeroBelow } from "./spectrum.ts";
import type { StateHessian } from "./state-hessian.ts";
import { meanStateTable, stateNumbers, stateTable } from "./state-tables.ts";

/** What was measured of one loss. */
export interface Measured {
  readonly loss: LossName;
  /** Of each noise draw. */
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly curvatures: readonly Curvature[];
  readonly states: readonly StateHessian[];
}

export interface HessianReport extends Omit<Surfaces, "surfaces"> {
  readonly measured: readonly Measured[];
  /** At each end. */
  readonly eigenvalues: number;
  /** Eigenvectors that are written out. */
  readonly vectors: number;
}

export function hessianFindings(report: HessianReport): Findings {
  const { measured, numbers } = report;
  const shapes = shapesOf(report);
  const tables = [
    spectraTable(measured),
    eigenvaluesTable(shapes),
    eigenvectorBlocksTable(shapes, numbers),
    densityTable(measured),
    momentsTable(measured),
    stateTable(measured),
    meanStateTable(measured),
    eigenvectorsTable(report),
  ];
  return {
    numbers: measured.flatMap(numbersOf),
    tables: tables.filter(({ rows }) => rows.length > 0),
    sentences: sentencesOf(report),
    warnings: [...warningsOf(report), ...report.warnings],
  };
}

function numbersOf({ loss, values, gradient, curvatures, states }: Measured): Finding[] {
  const suffix = loss === "noisy" ? "Noisy" : "";
  const of = loss === "noisy" ? " of the noisy loss" : "";
  const { mean, error } = meanWithError(values);
  return [
    { name: `loss${suffix}`, meaning: `mean ${loss} loss`, value: mean },
    ...(values.length > 1
      ? [{ name: `loss${suffix}Error`, meaning: "its standard error over noise draws", value: error }]
      : []),
    { name: `gradientNorm${suffix}`, meaning: `norm of the gradient${of}`, value: length(gradient) },
    ...curvatures.flatMap(({ matrix, whole, density }) => {
      const tail = `${matrix === "hessian" ? "" : "GaussNewton"}${suffix}`;
      const what = `${matrix === "hessian" ? "Hessian" : "Gauss-Newton matrix"}${of}`;
      const { pairs, trace, conditioning } = whole;
      const last = pairs.values.length - 1;
      const bound = conditioning.isExact ? "" : ", at least";
      return [
        { name: `largestEigenvalue${tail}`, meaning: `largest eigenvalue of the ${what}`, value: pairs.values[0] },
        { name: `largestEigenvalue${tail}Error`, meaning: "bound of its error", value: pairs.errors[0] },
        { name: `smallestEigenvalue${tail}`, meaning: `smallest eigenvalue of the ${what}`, value: pairs.values[last] },
        { name: `smallestEigenvalue${tail}Error`, meaning: "bound of its error", value: pairs.errors[last] },
        { name: `trace${tail}`, meaning: `trace of the ${what}`, value: trace.trace },
        { name: `trace${tail}Error`, meaning: "its standard error", value: trace.error },
        {
          name: `conditionPositive${tail}`,
          meaning: `largest over smallest positive eigenvalue of the ${what}${bound}`,
          value: conditioning.positive,
        },
        {
          name: `conditionModulus${tail}`,
          meaning: `largest over smallest modulus of its eigenvalues${bound}`,
          value: conditioning.modulus,
        },
        {
          name: `endsRatio${tail}`,
          meaning: "its largest eigenvalue over the modulus of its smallest",
          value: conditioning.ends,
        },
        ...(density === undefined
          ? []
          : [
              {
                name: `kernelWidth${tail}`,
                meaning: "standard deviation of the Gaussian kernel of its spectral density",
                value: density.width,
              },
            ]),
      ];
    }),
    ...stateNumbers(states, suffix, of),
  ];
}

const matrixColumn = { name: "matrix", meaning: "hessian or gauss-newton" };
const rankColumn = { name: "rank", meaning: "1, 2, ... from the largest; -1, -2, ... from the smallest" };

function spectraTable(measured: readonly Measured[]): FindingTable {
  return {
    name: "spectra",
    meaning: "Ends, trace and conditioning of each matrix and of its diagonal blocks.",
    columns: [
      lossColumn,
      matrixColumn,
      { name: "block", meaning: "all, or the trained array whose diagonal block it is" },
      { name: "size", meaning: "trained numbers" },
      { name: "products", meaning: "steps of the Lanczos iteration" },
      { name: "isComplete", meaning: "whether all eigenvalues were found" },
      { name: "largest", meaning: "largest eigenvalue" },
      { name: "largestError", meaning: "bound of its error" },
      { name: "smallest", meaning: "smallest eigenvalue" },
      { name: "smallestError", meaning: "bound of its error" },
      { name: "trace", meaning: "trace" },
      { name: "traceError", meaning: "its standard error" },
      {
        name: "conditionPositive",
        meaning: "largest over smallest positive eigenvalue; a lower bound unless isComplete",
      },
      { name: "conditionModulus", meaning: "largest over smallest modulus; a lower bound unless isComplete" },
      {
        name: "endsRatio",
        meaning: "largest eigenvalue over the modulus of the smallest; empty where that is not known to 1 per cent",
      },
      { name: "zeros", meaning: "eigenvalues left out of the condition numbers as 0 to rounding" },
    ],
    rows: eachCurvature(measured, ({ loss, matrix, whole, blocks }) =>
      [whole, ...blocks].map((block) => ({ loss, matrix, ...spectrumRow(block) })),
    ),
  };
}

function spectrumRow({ block, size, pairs, trace, conditioning }: BlockSpectrum): FindingRow {
  const last = pairs.values.length - 1;
  return {
    block,
    size,
    products: pairs.values.length,
    isComplete: pairs.isComplete,
    largest: pairs.values[0],
    largestError: pairs.errors[0],
    smallest: pairs.values[last],
    smallestError: pairs.errors[last],
    trace: trace.trace,
    traceError: trace.error,
    conditionPositive: conditioning.positive,
    conditionModulus: conditioning.modulus,
    endsRatio: conditioning.ends,
    zeros: conditioning.zeros,
  };
}

/** Of a spectrum the wanted eigenvalues: place in the values, and rank. */
function wanted({ pairs }: BlockSpectrum, count: number): { readonly index: number; readonly rank: number }[] {
  const found = pairs.values.length;
  const top = Math.min(count, Math.ceil(found / 2));
  const bottom = Math.min(count, found - top);
  return [
    ...Array.from({ length: top }, (_, i) => ({ index: i, rank: i + 1 })),
    ...Array.from({ length: bottom }, (_, i) => ({ index: found - bottom + i, rank: i - bottom })),
  ];
}

/** Eigenvectors of the wanted eigenvalues. */
interface Shape extends VectorShape {
  readonly loss: LossName;
  readonly matrix: MatrixName;
  readonly rank: number;
  readonly eigenvalue: number;
  readonly error: number;
}

function shapesOf({ measured, eigenvalues, numbers }: HessianReport): Shape[] {
  return measured.flatMap(({ gradient, curvatures }) =>
    curvatures.flatMap(({ loss, matrix, whole }) =>
      wanted(whole, eigenvalues).map(({ index, rank }) => ({
        ...vectorShape(whole.pairs.vector(index), gradient, numbers.blocks),
        ...{ loss, matrix, rank },
        eigenvalue: whole.pairs.values[index],
        error: whole.pairs.errors[index],
      })),
    ),
  );
}

function eigenvaluesTable(shapes: readonly Shape[]): FindingTable {
  return {
    name: "eigenvalues",
    meaning: "Eigenvalues at both ends, with what their eigenvectors look like.",
    columns: [
      lossColumn,
      matrixColumn,
      rankColumn,
      { name: "eigenvalue", meaning: "eigenvalue" },
      { name: "error", meaning: "bound of its error" },
      { name: "gradientShare", meaning: "squared cosine of the angle of the eigenvector to the gradient" },
      { name: "participation", meaning: "1: the eigenvector is spread evenly; 1 / size: it is one number" },
    ],
    rows: shapes.map(({ blockShares: _, ...row }) => row),
  };
}

function eigenvectorBlocksTable(shapes: readonly Shape[], { blocks }: TrainedNumbers): FindingTable {
  return {
    name: "eigenvector-blocks",
    meaning: "How much of each eigenvector lies in each trained array.",
    columns: [
      lossColumn,
      matrixColumn,
      rankColumn,
      { name: "block", meaning: "trained array" },
      { name: "share", meaning: "squared length in it; the shares of an eigenvector add up to 1" },
    ],
    rows: shapes.flatMap(({ loss, matrix, rank, blockShares }) =>
      blocks.map(({ name }, i) => ({ loss, matrix, rank, block: name, share: blockShares[i] })),
    ),
  };
}

function eigenvectorsTable({ measured, vectors, numbers }: HessianReport): FindingTable {
  return {
    name: "eigenvectors",
    meaning: "Eigenvectors of the largest eigenvalues, number by number.",
    columns: [
      lossColumn,
      matrixColumn,
      rankColumn,
      { name: "array", meaning: "trained array" },
      { name: "place", meaning: "place in the array, row-major, from 0" },
      { name: "value", meaning: "component of the unit vector" },
    ],
    rows: eachCurvature(measured, ({ loss, matrix, whole: { pairs } }) =>
      Array.from({ length: Math.min(vectors, pairs.values.length) }, (_, index) => index).flatMap((index) => {
        const vector = pairs.vector(index);
        return numbers.blocks.flatMap(({ name, offset, places }) =>
          Array.from(places, (place, i) => ({
            loss,
            matrix,
            rank: index + 1,
            array: name,
            place,
            value: vector[offset + i],
          })),
        );
      }),
    ),
  };
}

function densityTable(measured: readonly Measured[]): FindingTable {
  return {
    name: "density",
    meaning: "Spectral density: share of the eigenvalues per unit of them, smoothed by a Gaussian kernel.",
    columns: [
      lossColumn,
      matrixColumn,
      { name: "eigenvalue", meaning: "eigenvalue" },
      { name: "density", meaning: "density, of integral 1" },
      { name: "error", meaning: "its standard error over random vectors; 0 where all eigenvalues are known" },
      { name: "kernelWidth", meaning: "standard deviation of the kernel" },
    ],
    rows: eachCurvature(measured, ({ loss, matrix, density }) =>
      density === undefined
        ? []
        : Array.from(density.grid, (eigenvalue, i) => ({
            loss,
            matrix,
            eigenvalue,
            density: density.density[i],
            error: known(density.errors[i]),
            kernelWidth: density.width,
          })),
    ),
  };
}

function momentsTable(measured: readonly Measured[]): FindingTable {
  return {
    name: "moments",
    meaning: "Moments of the spectrum, without a kernel: mean over the eigenvalues of their powers.",
    columns: [
      lossColumn,
      matrixColumn,
      { name: "power", meaning: "power" },
      { name: "moment", meaning: "trace of that power of the matrix over its size" },
      { name: "error", meaning: "its standard error over random vectors" },
    ],
    rows: eachCurvature(measured, ({ loss, matrix, density }) =>
      (density?.moments ?? []).map(({ mean, error }, i) => ({
        loss,
        matrix,
        power: i + 1,
        moment: mean,
        error: known(error),
      })),
    ),
  };
}

function eachCurvature(measured: readonly Measured[], rows: (curvature: Curvature) => FindingRow[]): FindingRow[] {
  return measured.flatMap(({ curvatures }) => curvatures.flatMap(rows));
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);

function sentencesOf({ measured, numbers, trials, split }: HessianReport): string[] {
  const round = (value: number): string => value.toPrecision(3);
  const [clean, noisy] = measured.map(({ curvatures }) => curvatures[0].whole);
  const ends = ({ pairs, trace }: BlockSpectrum): string =>
    `largest eigenvalue ${round(pairs.values[0])}, smallest ${round(pairs.values[pairs.values.length - 1])}, trace ${round(trace.trace)}`;
  return [
    `Hessian over ${numbers.size} trained numbers and ${trials} trials of the ${split} split: ${ends(clean)}.`,
    noisy === undefined
      ? "There is no noisy loss: the network was trained without noise, or no draws were asked for."
      : `Of the loss averaged over the noise draws: ${ends(noisy)}.`,
    "Condition numbers are this project's own: largest over smallest positive eigenvalue, and largest over smallest modulus.",
  ];
}

function warningsOf({ measured, numbers }: HessianReport): string[] {
  const unknown = eachCurvature(measured, ({ loss, matrix, whole: { pairs } }) =>
    pairs.errors[0] > 0.01 * Math.abs(pairs.values[0]) ? [{ loss, matrix }] : [],
  );
  const zeros = measured[0].curvatures[0].whole.conditioning.zeros ?? 0;
  return [
    ...unknown.map(
      ({ loss, matrix }) =>
        `The largest eigenvalue of the ${matrix} of the ${loss} loss is known to no better than 1 per cent; raise steps.`,
    ),
    ...(zeros > 0
      ? [
          `${zeros} of ${numbers.size} eigenvalues of the Hessian are below ${zeroBelow} of the largest and count as 0 in the condition numbers.`,
        ]
      : []),
  ];
}
