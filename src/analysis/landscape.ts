/** The analysis `landscape`: what does the loss look like around the trained weights? */
import { ParameterError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { dot, length } from "./fixed-points/linear.ts";
import { spectralEnds } from "./hessian/spectrum.ts";
import { type Direction, eigenvectorDirection, randomDirection } from "./landscape/directions.ts";
import { type Line, landscapeFindings, type Plane } from "./landscape/tables.ts";
import {
  type NamedSurface,
  type Surfaces,
  surfacesOf,
  type TrialOptions,
  trialRules,
} from "./loss-surface/surfaces.ts";
import { mean } from "./statistics/descriptive.ts";
import { underWay } from "./under-way.ts";

const name = "landscape";
const planeNames: readonly string[] = ["random", "eigenvectors", "none"];

const options = {
  ...trialRules,
  randomDirections: { type: "number", default: 2, from: 0, integer: true, remedy: "how many; 2 span a plane" },
  eigenvectors: {
    type: "number",
    default: 2,
    from: 0,
    integer: true,
    remedy: "of the largest eigenvalues of the Hessian",
  },
  steps: { type: "number", default: 60, from: 2, integer: true, remedy: "most products for the eigenvectors" },
  tolerance: {
    type: "number",
    default: 1e-6,
    from: 0,
    remedy: "error of eigenvalues that is small enough, as a part of the largest",
  },
  biases: { type: "boolean", default: false },
  reach: { type: "number", default: 1, above: 0, remedy: "1 is as far as the weights are from 0" },
  eigenvectorReach: { type: "number", default: 0.1, above: 0, remedy: "reach along eigenvectors; 0.1 is the default" },
  points: {
    type: "number",
    default: 20,
    from: 1,
    integer: true,
    remedy: "points of a slice on each side of the weights",
  },
  plane: { type: "text", default: "random", remedy: "random, eigenvectors or none" },
  planePoints: { type: "number", default: 10, from: 1, integer: true, remedy: "points on each side of both axes" },
} as const satisfies OptionRules;

interface Options extends TrialOptions {
  readonly randomDirections: number;
  readonly eigenvectors: number;
  readonly steps: number;
  readonly tolerance: number;
  readonly biases: boolean;
  readonly reach: number;
  readonly eigenvectorReach: number;
  readonly points: number;
  readonly plane: string;
  readonly planePoints: number;
}

/** Step of the differences that are compared with derivatives, in distances: 1 is the length of the weights. */
const differenceStep = 1e-3;

/**
 * The loss along lines and in a plane through the trained weights.
 *
 *     L(w + s d),   L(w + x d1 + y d2)
 *
 * d are random directions, normalised filter by filter, or eigenvectors of the Hessian of the clean loss, as long as the
 * weights. Along every line slope and curvature by differences stand beside d'g and d'Hd.
 *
 * Accuracy: docs/analyses/landscape.md. Cost: a forward pass per point, draw and trial, and the products of the eigenvectors.
 */
export const landscape: NetworkAnalysis = {
  name,
  summary: "What does the loss look like around the trained weights, with and without noise?",
  references: ["lim2021", "li2018"],
  options,
  passes: (given) => {
    const { trials, draws, randomDirections, eigenvectors, points, plane, planePoints } = given as unknown as Options;
    const slices = (randomDirections + eigenvectors) * (2 * points + 1);
    return trials * (1 + draws) * (slices + (plane === "none" ? 0 : (2 * planePoints + 1) ** 2));
  },
  run: (call) => run(call, call.options as unknown as Options),
};

async function run(call: AnalysisCall, given: Options): Promise<Findings> {
  const { backend, threads } = call.kernel;
  if (!planeNames.includes(given.plane)) throw unknownName("plane", given.plane, planeNames, `${name}, plane`);
  checkPlane(given);
  const kernel = await call.network.kernel({ precision: "float64", backend, threads });
  try {
    const shown = surfacesOf(name, call, kernel, given);
    const directions = directionsOf(call, given, shown);
    const { surfaces } = shown;
    const axes =
      given.plane === "none" ? [] : directions.filter(({ kind }) => given.plane.startsWith(kind)).slice(0, 2);
    const positions = ({ kind }: Direction, perSide: number): number[] => {
      const reach = kind === "random" ? given.reach : given.eigenvectorReach;
      return Array.from({ length: 2 * perSide + 1 }, (_, i) => ((i - perSide) / perSide) * reach);
    };
    // of fewer than two trained numbers there is no plane
    const grid = axes.length === 2 ? positions(axes[0], given.planePoints) : [];
    const draws = surfaces.reduce((sum, surface) => sum + surface.draws, 0);
    const total = draws * (directions.length * (2 * given.points + 1) + grid.length ** 2);
    let done = 0;
    const told = (surface: NamedSurface, what: string): void => {
      underWay(call, 0.1 + (0.9 * done) / total, `${surface.name} loss, ${what}`);
      done += surface.draws;
    };
    const lines = surfaces.flatMap((surface) => {
      const gradient = surface.gradient();
      return directions.map((direction) =>
        lineAlong(surface, direction, gradient, positions(direction, given.points), () =>
          told(surface, direction.name),
        ),
      );
    });
    const planes =
      grid.length === 0
        ? []
        : surfaces.map((surface) => planeAcross(surface, axes, grid, () => told(surface, "plane")));
    return landscapeFindings({ ...shown, lines, planes });
  } finally {
    kernel.close();
  }
}

function checkPlane({ plane, randomDirections, eigenvectors }: Options): void {
  const available = plane === "random" ? randomDirections : eigenvectors;
  if (plane === "none" || available >= 2) return;
  const option = plane === "random" ? "randomDirections" : "eigenvectors";
  throw new ParameterError({
    place: `${name}, plane`,
    rule: `a plane takes two directions of its kind, got ${option} ${available}`,
    remedy: `set ${option} to 2 or more, or plane to none`,
  });
}

function directionsOf(call: AnalysisCall, given: Options, { numbers, surfaces }: Surfaces): Direction[] {
  const { network, weights, seed } = call;
  const random = Array.from({ length: given.randomDirections }, (_, index) =>
    randomDirection(network, weights, numbers, { index, seed, biases: given.biases }),
  );
  const count = Math.min(given.eigenvectors, numbers.size);
  if (count === 0) return random;
  const [clean] = surfaces;
  let made = 0;
  const operator = {
    size: numbers.size,
    product: (vector: Float64Array) => {
      underWay(call, (0.1 * made++) / Math.min(given.steps, numbers.size), "eigenvectors");
      return clean.hessianProduct(vector);
    },
  };
  const pairs = spectralEnds(operator, { ...given, count, seed });
  const weightsLength = length(numbers.gathered(weights));
  const found = Math.min(count, pairs.values.length);
  return [
    ...random,
    ...Array.from({ length: found }, (_, index) =>
      eigenvectorDirection(pairs.vector(index), weightsLength, { index, eigenvalue: pairs.values[index] }),
    ),
  ];
}

function lineAlong(
  surface: NamedSurface,
  direction: Direction,
  gradient: Float64Array,
  positions: readonly number[],
  told: () => void,
): Line {
  const { move } = direction;
  const at = (distance: number): Float64Array => surface.values(move.map((value) => distance * value));
  const points = positions.map((distance) => {
    told();
    return { distance, values: at(distance) };
  });
  const h = differenceStep;
  const [a, b, c, d] = [-2 * h, -h, h, 2 * h].map((distance) => mean(at(distance)));
  const middle = mean(surface.trained);
  return {
    loss: surface.name,
    direction,
    points,
    slope: dot(gradient, move),
    // fourth order
    slopeByDifferences: (a - 8 * b + 8 * c - d) / (12 * h),
    curvature: dot(move, surface.hessianProduct(move)),
    curvatureByDifferences: (-a + 16 * b - 30 * middle + 16 * c - d) / (12 * h * h),
  };
}

function planeAcross(
  surface: NamedSurface,
  [first, second]: readonly Direction[],
  grid: readonly number[],
  told: () => void,
): Plane {
  const points = grid.flatMap((y) =>
    grid.map((x) => {
      told();
      return { x, y, value: mean(surface.values(first.move.map((value, i) => x * value + y * second.move[i]))) };
    }),
  );
  return { loss: surface.name, x: first.name, y: second.name, points };
}
