/** What the analysis `landscape` says. */
import type { Finding, Findings, FindingTable } from "../contract.ts";
import { length } from "../fixed-points/linear.ts";
import { type LossName, lossColumn, type Surfaces } from "../loss-surface/surfaces.ts";
import { mean } from "../statistics/descriptive.ts";
import { meanWithError } from "../statistics/mean-with-error.ts";
import type { Direction } from "./directions.ts";

/** The loss along a direction. */
export interface Line {
  readonly loss: LossName;
  readonly direction: Direction;
  /** Loss of each noise draw. */
  readonly points: readonly { readonly distance: number; readonly values: Float64Array }[];
  /** First and second derivative at distance 0: from gradient and Hessian, and from differences of the loss. */
  readonly slope: number;
  readonly slopeByDifferences: number;
  readonly curvature: number;
  readonly curvatureByDifferences: number;
}

/** The loss over two directions. */
export interface Plane {
  readonly loss: LossName;
  /** Names of the directions. */
  readonly x: string;
  readonly y: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly value: number }[];
}

export interface LandscapeReport extends Surfaces {
  readonly lines: readonly Line[];
  readonly planes: readonly Plane[];
}

/** Two curvatures that differ by more than this part of the larger are not the same. */
const mismatch = 0.01;

export function landscapeFindings(report: LandscapeReport): Findings {
  const { surfaces, lines, planes, trials, split, numbers } = report;
  const tables = [slicesTable(lines), directionsTable(lines), planeTable(planes)];
  const bent = lines.filter((line) => difference(line) > mismatch);
  return {
    numbers: surfaces.flatMap(({ name, trained }) => numbersOf(name, trained, lines)),
    tables: tables.filter(({ rows }) => rows.length > 0),
    sentences: [
      `Loss around the trained weights over ${trials} trials of the ${split} split, ${numbers.size} trained numbers; a distance of 1 moves them by their own length.`,
    ],
    warnings: [
      ...report.warnings,
      ...(bent.length === 0
        ? []
        : [
            `Along ${bent.length} of ${lines.length} lines the curvature of the loss differs from that of its Hessian by more than 1 per cent: kinks of an activation, or a curvature too small to be told from rounding.`,
          ]),
    ],
  };
}

function difference({ curvature, curvatureByDifferences }: Line): number {
  const larger = Math.max(Math.abs(curvature), Math.abs(curvatureByDifferences));
  return larger === 0 ? 0 : Math.abs(curvature - curvatureByDifferences) / larger;
}

function numbersOf(loss: LossName, trained: Float64Array, all: readonly Line[]): Finding[] {
  const suffix = loss === "noisy" ? "Noisy" : "";
  const lines = all.filter((line) => line.loss === loss);
  const random = lines.filter(({ direction }) => direction.kind === "random");
  const eigenvectors = lines.filter(({ direction }) => direction.kind === "eigenvector");
  const known = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values));
  const rise = ({ points }: Line): number => {
    const ends = [points[0], points[points.length - 1]].map(({ values }) => mean(values));
    return (ends[0] + ends[1]) / 2 - mean(trained);
  };
  return [
    { name: `loss${suffix}`, meaning: `${loss} loss at the trained weights`, value: mean(trained) },
    {
      name: `randomCurvature${suffix}`,
      meaning: "second derivative of the loss along random directions, per square of the distance, mean over them",
      value: known(random.map(({ curvature }) => curvature)),
    },
    {
      name: `randomRise${suffix}`,
      meaning: "rise of the loss at the ends of the slices along random directions, mean over both ends and directions",
      value: finite(known(random.map(rise))),
    },
    {
      name: `eigenvectorCurvature${suffix}`,
      meaning: "second derivative along the first eigenvector of the clean loss, per square of the distance",
      value: eigenvectors[0]?.curvature ?? null,
    },
    {
      name: `curvatureMismatch${suffix}`,
      meaning: "largest difference of the curvature of a slice from that of the Hessian, as a part of the larger",
      value: lines.length === 0 ? null : finite(Math.max(...lines.map(difference))),
    },
  ];
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

function slicesTable(lines: readonly Line[]): FindingTable {
  return {
    name: "slices",
    meaning: "The loss along lines through the trained weights.",
    columns: [
      lossColumn,
      {
        name: "direction",
        meaning: "random (filter-normalised) or eigenvector of the Hessian of the clean loss, numbered",
      },
      { name: "distance", meaning: "from the trained weights; 1 is as far as they are from 0" },
      { name: "value", meaning: "loss; null where it is not finite" },
      { name: "error", meaning: "its standard error over the noise draws" },
    ],
    rows: lines.flatMap(({ loss, direction, points }) =>
      points.map(({ distance, values }) => {
        const found = meanWithError(values);
        return { loss, direction: direction.name, distance, value: finite(found.mean), error: finite(found.error) };
      }),
    ),
  };
}

function directionsTable(lines: readonly Line[]): FindingTable {
  return {
    name: "directions",
    meaning: "Derivatives at the trained weights along each line, per distance.",
    columns: [
      lossColumn,
      { name: "direction", meaning: "name of the direction" },
      { name: "kind", meaning: "random or eigenvector" },
      { name: "length", meaning: "length of a move by distance 1" },
      { name: "eigenvalue", meaning: "of the Hessian of the clean loss, for eigenvectors" },
      { name: "slope", meaning: "first derivative, from the gradient" },
      { name: "slopeByDifferences", meaning: "from differences of the loss" },
      { name: "curvature", meaning: "second derivative, from the Hessian" },
      { name: "curvatureByDifferences", meaning: "from differences of the loss" },
    ],
    rows: lines.map(({ loss, direction: { name, kind, move, eigenvalue }, points: _, ...derivatives }) => ({
      loss,
      direction: name,
      kind,
      length: length(move),
      eigenvalue,
      ...derivatives,
    })),
  };
}

function planeTable(planes: readonly Plane[]): FindingTable {
  return {
    name: "plane",
    meaning: "The loss over two directions.",
    columns: [
      lossColumn,
      { name: "xDirection", meaning: "direction of x" },
      { name: "yDirection", meaning: "direction of y" },
      { name: "x", meaning: "distance along the first direction" },
      { name: "y", meaning: "distance along the second" },
      { name: "value", meaning: "loss, mean over the noise draws; null where it is not finite" },
    ],
    rows: planes.flatMap(({ loss, x: xDirection, y: yDirection, points }) =>
      points.map(({ x, y, value }) => ({ loss, xDirection, yDirection, x, y, value: finite(value) })),
    ),
  };
}
