/** Fixed points at one input, without noise and at the training noise, and the branches that join them. */
import type { Dynamics } from "../dynamics/contract.ts";
import { followClosure, type MomentFamily } from "./closure-branch.ts";
import { type BranchPoint, type ContinuationOptions, type Family, followBranch } from "./continuation.ts";
import { distance, length } from "./linear.ts";
import { describedPoint, type FixedPoint } from "./point.ts";
import { byOutput, type FoundPoints, findFixedPoints, type SearchOptions, type VisitedStates } from "./search.ts";

/** Noise levels are factors of the training noise. */
export const silentLevel = 0;
export const trainingLevel = 1;

export interface PortraitOptions extends SearchOptions {
  /** "mean-field": noise averaged out of a step at a fixed state; "closure": with the spread of the state. */
  readonly theory: "mean-field" | "closure";
  readonly largestLevel: number;
  readonly levelStep: number;
}

/** The network at the levels that a portrait shows. */
export interface NoisyMaps {
  readonly family: Family;
  readonly moments: MomentFamily;
}

export interface Portrait {
  readonly silent: FoundPoints;
  /** undefined: the network has no noise. */
  readonly noisy: FoundPoints | undefined;
  /** Each from its lower to its higher end in the order in which it was followed. */
  readonly branches: readonly (readonly BranchPoint[])[];
  /** Mean-field points at the training noise without a stationary law: unstable ones; 0 for "mean-field". */
  readonly withoutClosure: number;
}

/** Levels 0, levelStep, ... up to the largest, the training level among them. */
export function levelGrid({ largestLevel, levelStep }: Pick<PortraitOptions, "largestLevel" | "levelStep">): number[] {
  const steps = Math.floor(largestLevel / levelStep + 1e-9);
  const grid = Array.from({ length: steps + 1 }, (_, i) => Number((i * levelStep).toPrecision(12)));
  return [...new Set([...grid, trainingLevel, largestLevel])].sort((a, b) => a - b);
}

/**
 * Fixed points at one input.
 *
 * A search at level 0 and one at level 1 (mean-field), then every point is followed over the levels. What a branch passes
 * at level 0 or 1 and the searches missed is added to them.
 *
 * @param maps undefined for a network without noise
 * @param known states that are tried first, such as the points of a neighbouring input
 * @param onProgress told the share that is done, which never falls
 */
export function portrait(
  silent: Dynamics,
  maps: NoisyMaps | undefined,
  input: Float64Array,
  visited: VisitedStates,
  options: PortraitOptions,
  known: readonly Float64Array[],
  onProgress: (share: number) => void,
): Portrait {
  const search = (dynamics: Dynamics, from: number, to: number, first: readonly Float64Array[]): FoundPoints => {
    let tried = 0;
    // How many rounds there will be is not known.
    const onStart = (): void => onProgress(from + ((to - from) * tried) / (tried++ + options.starts));
    return findFixedPoints(dynamics, input, visited, options, first, onStart);
  };
  const quiet = search(silent, 0, maps === undefined ? 1 : 0.15, known);
  if (maps === undefined) return { silent: quiet, noisy: undefined, branches: [], withoutClosure: 0 };
  const states = [...known, ...quiet.points.map(({ xStar }) => xStar)];
  const found = search(maps.family(trainingLevel), 0.15, 0.3, states);
  const onBranches = (share: number): void => onProgress(0.3 + 0.7 * share);
  return options.theory === "mean-field"
    ? meanFieldPortrait(maps.family, input, visited, options, quiet, found, onBranches)
    : closurePortrait(maps.moments, input, visited, options, quiet, found, onBranches);
}

/** Maps by level that say how far a branch has come: maps are asked for at each of its points. */
function telling<Map>(
  maps: (level: number) => Map,
  { largestLevel }: PortraitOptions,
  begin: number,
  tell: (share: number) => void,
): (level: number) => Map {
  let farthest = 0;
  return (level) => {
    farthest = Math.max(farthest, Math.abs(level - begin) / largestLevel);
    tell(Math.min(1, farthest));
    return maps(level);
  };
}

function meanFieldPortrait(
  family: Family,
  input: Float64Array,
  visited: VisitedStates,
  options: PortraitOptions,
  quiet: FoundPoints,
  found: FoundPoints,
  onProgress: (share: number) => void,
): Portrait {
  const { spread } = visited;
  const continuation: ContinuationOptions = {
    from: silentLevel,
    to: options.largestLevel,
    grid: levelGrid(options),
    spread,
    tolerance: options.tolerance,
    outlierDistance: options.outlierDistance,
  };
  const branches: BranchPoint[][] = [];
  const isKnown = (level: number, xStar: Float64Array): boolean =>
    branches.some((branch) => passes(branch, level).some((point) => isNear(point.xStar, xStar, spread, options)));
  const start = (level: number, { xStar, speed }: FixedPoint) => ({ xStar, speed, parameter: level });
  const [silent, noisy] = [fixedOf(quiet), fixedOf(found)];
  const count = silent.length + noisy.length;
  const told = (level: number, number: number): Family =>
    telling(family, options, level, (share) => onProgress((number + share) / count));
  for (const [number, point] of silent.entries()) {
    if (isKnown(silentLevel, point.xStar)) continue;
    branches.push(followBranch(told(silentLevel, number), input, start(silentLevel, point), 1, continuation));
  }
  for (const [number, point] of noisy.entries()) {
    if (isKnown(trainingLevel, point.xStar)) continue;
    const own = told(trainingLevel, silent.length + number);
    const down = followBranch(own, input, start(trainingLevel, point), -1, continuation);
    const up = followBranch(own, input, start(trainingLevel, point), 1, continuation);
    const before = down.slice(1).reverse();
    branches.push([...before.map((one) => ({ ...one, arclength: -one.arclength })), ...up]);
  }
  const completed = (level: number, points: FoundPoints): FoundPoints => {
    const missed: FixedPoint[] = [];
    for (const { xStar, speed } of branches.flatMap((branch) => passes(branch, level))) {
      if ([...points.points, ...missed].some((other) => isNear(other.xStar, xStar, spread, options))) continue;
      missed.push(describedPoint(family(level), input, { state: xStar, speed }, "fixed", spread));
    }
    return { ...points, points: [...points.points, ...missed].sort(byOutput) };
  };
  return {
    silent: completed(silentLevel, quiet),
    noisy: completed(trainingLevel, found),
    branches,
    withoutClosure: 0,
  };
}

function closurePortrait(
  moments: MomentFamily,
  input: Float64Array,
  visited: VisitedStates,
  options: PortraitOptions,
  quiet: FoundPoints,
  found: FoundPoints,
  onProgress: (share: number) => void,
): Portrait {
  const { spread } = visited;
  const levels = levelGrid(options);
  const down = levels.filter((level) => level <= trainingLevel).reverse();
  const up = levels.filter((level) => level >= trainingLevel);
  const points: FixedPoint[] = [];
  const branches: BranchPoint[][] = [];
  let withoutClosure = 0;
  const candidates = fixedOf(found);
  for (const [number, { xStar, isStable }] of candidates.entries()) {
    const followed = telling(moments, options, trainingLevel, (share) =>
      onProgress((number + share) / candidates.length),
    );
    const flat = { mean: xStar, covariance: new Float64Array(xStar.length ** 2) };
    const closed = isStable ? moments(trainingLevel).stationary(input, flat) : undefined;
    if (closed?.isConverged !== true) {
      withoutClosure++;
      continue;
    }
    const { mean, covariance } = closed;
    if (points.some((other) => isNear(other.xStar, mean, spread, options))) continue;
    const dynamics = moments(trainingLevel).meanDynamics(covariance);
    const speed = length(dynamics.step(mean, input).map((value, i) => value - mean[i])) ** 2 / 2;
    points.push(describedPoint(dynamics, input, { state: mean, speed }, "fixed", spread));
    const before = followClosure(followed, input, closed, down, spread).slice(1).reverse();
    const after = followClosure(followed, input, closed, up, spread);
    branches.push([...before.map((one) => ({ ...one, arclength: -one.arclength })), ...after]);
  }
  return { silent: quiet, noisy: { ...found, points: points.sort(byOutput) }, branches, withoutClosure };
}

const fixedOf = ({ points }: FoundPoints): FixedPoint[] => points.filter(({ kind }) => kind === "fixed");

/** Points of a branch at a level. */
export const passes = (branch: readonly BranchPoint[], level: number): BranchPoint[] =>
  branch.filter(({ parameter }) => parameter === level);

const isNear = (a: Float64Array, b: Float64Array, spread: number, { uniqueDistance }: SearchOptions): boolean =>
  distance(a, b) <= uniqueDistance * spread;
