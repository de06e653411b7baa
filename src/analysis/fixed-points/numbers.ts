/** What the portraits of all inputs come to. */
import type { Finding } from "../contract.ts";
import { mean, rms } from "../statistics/descriptive.ts";
import type { BranchEvent } from "./continuation.ts";
import { distance, modulus } from "./linear.ts";
import { silentLevel, trainingLevel } from "./portrait.ts";
import { type InputPortrait, sideAt } from "./tables.ts";

const bifurcations: readonly BranchEvent[] = ["fold", "branch-point", "flip", "neimark-sacker", "boundary-collision"];

export function eventCount(portraits: readonly InputPortrait[], events: readonly BranchEvent[]): number {
  return portraits
    .flatMap(({ portrait }) => portrait.branches.flat())
    .reduce((count, point) => count + point.events.filter((event) => events.includes(event)).length, 0);
}

/** @param isNoisy whether the network has noise */
export function portraitNumbers(
  portraits: readonly InputPortrait[],
  isNoisy: boolean,
  areConstant: boolean,
): Finding[] {
  const fixedPoints = (level: 0 | 1, isStable: boolean): number | null =>
    level === trainingLevel && !isNoisy
      ? null
      : meanOf(
          portraits.map(
            (one) =>
              (sideAt(one, level)?.points ?? []).filter((p) => p.kind === "fixed" && (!isStable || p.isStable)).length,
          ),
        );
  const largest = (level: 0 | 1): number | null => {
    const moduli = portraits.flatMap((one) => {
      const point = sideAt(one, level)?.visited;
      return point === undefined ? [] : [modulus(point.eigenvalues[0])];
    });
    return moduli.length === 0 ? null : Math.max(...moduli);
  };
  const shifts = portraits.flatMap((one) => {
    const [before, after] = [sideAt(one, silentLevel)?.visited, sideAt(one, trainingLevel)?.visited];
    return before === undefined || after === undefined
      ? []
      : [
          {
            state: after.xStar.map((value, i) => value - before.xStar[i]),
            output: after.output.map((value, o) => value - before.output[o]),
          },
        ];
  });
  const readoutError = (level: 0 | 1, against: "target" | "measured"): number | null => {
    const errors = portraits.flatMap((one) => {
      const side = sideAt(one, level);
      const reference = against === "target" ? one.held.target : side?.measured.output;
      const point = side?.visited;
      return point === undefined || !reference || !areConstant
        ? []
        : [point.output.map((value, o) => value - reference[o])];
    });
    return rootMeanSquare(errors);
  };
  return [
    { name: "inputs", meaning: "inputs that were looked at", value: portraits.length },
    { name: "pointsAtZero", meaning: "fixed points per input without noise", value: fixedPoints(0, false) },
    { name: "stableAtZero", meaning: "stable ones of them", value: fixedPoints(0, true) },
    { name: "pointsAtTraining", meaning: "fixed points per input at the training noise", value: fixedPoints(1, false) },
    { name: "stableAtTraining", meaning: "stable ones of them", value: fixedPoints(1, true) },
    {
      name: "displacement",
      meaning: "shift of the visited point from no noise to the training noise, root mean square over inputs and units",
      value: rootMeanSquare(shifts.map(({ state }) => state)),
    },
    {
      name: "displacementAlongReadout",
      meaning: "the same of the readout there, root mean square over inputs and outputs",
      value: rootMeanSquare(shifts.map(({ output }) => output)),
    },
    {
      name: "readoutErrorAtZero",
      meaning: "readout at the visited points without noise against the target, root mean square",
      value: readoutError(0, "target"),
    },
    {
      name: "readoutErrorAtTraining",
      meaning: "readout at the visited points at the training noise against the target, root mean square",
      value: readoutError(1, "target"),
    },
    {
      name: "theoryError",
      meaning: "readout at the visited points at the training noise against the measured mean, root mean square",
      value: readoutError(1, "measured"),
    },
    {
      name: "largestModulusAtZero",
      meaning: "largest modulus of an eigenvalue at a visited point without noise",
      value: largest(0),
    },
    { name: "largestModulusAtTraining", meaning: "the same at the training noise", value: largest(1) },
    {
      name: "bifurcations",
      meaning: "bifurcations on all branches over the noise level",
      value: isNoisy ? eventCount(portraits, bifurcations) : null,
    },
  ];
}

/** Farthest, in spreads of the visited states, that a mean state counts as near to a point. */
const nearness = 0.5;

/**
 * Shift of the visited point, over the inputs at which the network's own mean state is near to that point both without
 * noise and at the training noise: a stable point far from the states is not where the network settles.
 *
 * @param spread of the visited states
 */
export function settledShift(portraits: readonly InputPortrait[], spread: number) {
  const shifts = portraits.flatMap((one) => {
    const sides = [sideAt(one, silentLevel), sideAt(one, trainingLevel)].flatMap((side) =>
      side?.visited !== undefined && distance(side.visited.xStar, side.measured.state) <= nearness * spread
        ? [side.visited]
        : [],
    );
    if (sides.length < 2) return [];
    const [before, after] = sides;
    return [
      {
        state: after.xStar.map((value, i) => value - before.xStar[i]),
        output: after.output.map((value, o) => value - before.output[o]),
      },
    ];
  });
  return {
    inputs: shifts.length,
    state: rootMeanSquare(shifts.map(({ state }) => state)),
    output: rootMeanSquare(shifts.map(({ output }) => output)),
  };
}

const meanOf = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values));

function rootMeanSquare(vectors: readonly Float64Array[]): number | null {
  const values = vectors.flatMap((vector) => [...vector]);
  return values.length === 0 ? null : rms(values);
}
