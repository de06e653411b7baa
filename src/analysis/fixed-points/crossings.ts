/** What happens to a fixed point between two neighbouring points of its branch. */
import type { BranchEvent, Corrector, CurvePoint, Family } from "./continuation.ts";
import { type Complex, eigenvaluesOf, modulus } from "./linear.ts";
import { largest, largestDifference, unstableCount } from "./point.ts";

export interface Crossing {
  readonly event: BranchEvent;
  /** Share of the way from the first point to the second. */
  readonly share: number;
  readonly point: CurvePoint;
  readonly eigenvalues: readonly Complex[];
}

interface Setting {
  readonly family: Family;
  readonly input: Float64Array;
  readonly spread: number;
  readonly correct: Corrector;
}

/** Part of the parameter in the tangent at a fold, whose square is the error of the parameter. */
const flat = 1e-7;
const rootIterations = 30;
/** Share of the way. */
const besideBranchPoint = 1e-7;
/** Distance of a modulus from 1 at which an eigenvalue is on the unit circle. */
const onCircle = 1e-9;
/** An eigenvalue this near to the real axis on the unit circle is +1 or -1. */
const realAngle = 1e-3;
/** Change of the Jacobian, of its largest entry, below which no kink is looked for. */
const leastJump = 0.02;
/** Halvings of the way at a kink. */
const kinkHalvings = 20;
/** Part of a jump that stays in one half of the way at every halving; a smooth change loses half. */
const keptJump = 0.9;

/**
 * Bifurcations on the way from one point of a branch to the next.
 *
 * | event | sign |
 * | --- | --- |
 * | fold | the parameter turns back and an eigenvalue passes +1 |
 * | branch-point | an eigenvalue passes +1 without turn (pitchfork, transcritical), or the turn is that of a pitchfork's arms |
 * | flip | an eigenvalue passes -1 |
 * | neimark-sacker | a complex pair passes the unit circle |
 * | boundary-collision | the Jacobian jumps: a unit passes a kink of its activation |
 *
 * det of the bordered system has the sign of det(J - 1) / (slope of the parameter): it changes at a branch point and not
 * at a fold, which is how the two are told apart. Two crossings in one step that undo each other are not seen.
 */
export function crossingsBetween(
  setting: Setting,
  first: CurvePoint,
  firstEigenvalues: readonly Complex[],
  second: CurvePoint,
  secondEigenvalues: readonly Complex[],
): Crossing[] {
  const between = (share: number): CurvePoint | undefined => pointBetween(setting, first, second, share);
  const found: Crossing[] = kinksBetween(setting, first, second, between);
  const size = first.x.length;
  const turns = first.tangent[size] * second.tangent[size] < 0;
  const parity = beyondOne(firstEigenvalues) !== beyondOne(secondEigenvalues);
  if (turns) {
    found.push({ ...turnBetween(first, second, between), event: parity ? "fold" : "branch-point" });
  }
  const [fewer, more] = [unstableCount(firstEigenvalues), unstableCount(secondEigenvalues)].sort((a, b) => a - b);
  for (let rank = fewer; rank < more; rank++) {
    const crossing = circleBetween(
      rank,
      { share: 0, point: first, eigenvalues: firstEigenvalues },
      { share: 1, point: second, eigenvalues: secondEigenvalues },
      between,
    );
    const event = eventOf(crossing.eigenvalues[rank]);
    if (event === "branch-point" && turns) continue;
    // Both of a complex pair cross at once.
    if (event === "neimark-sacker" && rank + 1 < more) rank++;
    found.push({ ...crossing, event });
  }
  // An eigenvalue that jumps over the circle does so at a kink, which says more.
  const kinks = found.filter(({ event }) => event === "boundary-collision");
  return found
    .filter(
      ({ event, share, eigenvalues }) =>
        event === "boundary-collision" ||
        event === "fold" ||
        eigenvalues.some((value) => Math.abs(modulus(value) - 1) < 1e-4) ||
        !kinks.some((kink) => Math.abs(kink.share - share) < 1e-3),
    )
    .sort((a, b) => a.share - b.share);
}

const beyondOne = (eigenvalues: readonly Complex[]): number =>
  eigenvalues.filter(({ real, imaginary }) => imaginary === 0 && real > 1).length % 2;

function eventOf({ real, imaginary }: Complex): BranchEvent {
  if (Math.abs(imaginary) > realAngle) return "neimark-sacker";
  return real > 0 ? "branch-point" : "flip";
}

/** Point of the branch in the plane that divides the chord in shares, normal to it. */
function pointBetween(
  { correct, spread }: Setting,
  first: CurvePoint,
  second: CurvePoint,
  share: number,
): CurvePoint | undefined {
  const size = first.x.length;
  const chord = new Float64Array(size + 1);
  for (let i = 0; i < size; i++) chord[i] = (second.x[i] - first.x[i]) / spread;
  chord[size] = second.parameter - first.parameter;
  const norm = Math.hypot(...chord);
  const point = correct(
    first.x.map((x, i) => x + share * (second.x[i] - x)),
    first.parameter + share * chord[size],
    chord.map((value) => value / norm),
  );
  return point;
}

type Between = (share: number) => CurvePoint | undefined;
type Place = Omit<Crossing, "event">;

function located(point: CurvePoint, share: number): Place {
  return { share, point, eigenvalues: eigenvaluesOf(point.jacobian) };
}

/** Where the parameter stops rising or falling: a root of its part in the tangent. */
function turnBetween(first: CurvePoint, second: CurvePoint, between: Between): Place {
  const rise = ({ point }: Place): number => point.tangent[point.x.length];
  return rootBetween(located(first, 0), located(second, 1), rise, flat, between);
}

/** Where the eigenvalue of a rank (by modulus) is on the unit circle: a root of |lambda| - 1. */
function circleBetween(rank: number, first: Place, second: Place, between: Between): Place {
  const offCircle = ({ eigenvalues }: Place): number => modulus(eigenvalues[rank]) - 1;
  return rootBetween(first, second, offCircle, onCircle, between);
}

/**
 * Root of a function of the points between two of opposite sign, by the Illinois method.
 *
 * A branch point itself has no unique tangent and is not found by the corrector; a point just beside stands for it.
 */
function rootBetween(
  first: Place,
  second: Place,
  measure: (place: Place) => number,
  enough: number,
  between: Between,
): Place {
  let [a, b] = [0, 1];
  let [fa, fb] = [measure(first), measure(second)];
  let best = Math.abs(fa) < Math.abs(fb) ? first : second;
  for (let iteration = 0; iteration < rootIterations && b - a > 1e-12; iteration++) {
    if (Math.abs(measure(best)) < enough) break;
    const share = Math.min(Math.max((a * fb - b * fa) / (fb - fa), a), b);
    const point = between(share);
    if (point === undefined) {
      const beside = between(share + besideBranchPoint);
      if (beside !== undefined) best = located(beside, share + besideBranchPoint);
      break;
    }
    const next = located(point, share);
    const value = measure(next);
    if (Math.abs(value) < Math.abs(measure(best))) best = next;
    if (value * fb > 0) {
      [b, fb] = [share, value];
      fa /= 2;
    } else {
      [a, fa] = [share, value];
      fb /= 2;
    }
  }
  return best;
}

/**
 * Jumps of the Jacobian on the way. A row that changes is followed into the half that holds nearly all of its change;
 * what a smooth activation changes is spread over both halves and given up after a few.
 */
function kinksBetween(setting: Setting, first: CurvePoint, second: CurvePoint, between: Between): Crossing[] {
  const { family, input } = setting;
  const size = first.x.length;
  const least = leastJump * Math.max(largest(first.jacobian), largest(second.jacobian));
  // On the chord, which is near the branch: no corrections are needed to find which row jumps, and where.
  const known = new Map<number, Float64Array>();
  const chord = (share: number): Float64Array => {
    const jacobian =
      known.get(share) ??
      family(first.parameter + share * (second.parameter - first.parameter)).jacobian(
        first.x.map((x, i) => x + share * (second.x[i] - x)),
        input,
      );
    known.set(share, jacobian);
    return jacobian;
  };
  const change = (row: number, low: number, high: number): number =>
    largestDifference(
      chord(low).subarray(row * size, (row + 1) * size),
      chord(high).subarray(row * size, (row + 1) * size),
    );
  const shares: number[] = [];
  for (let row = 0; row < size; row++) {
    let [low, high] = [0, 1];
    let jump = change(row, 0, 1);
    if (jump < least) continue;
    for (let halving = 0; halving < kinkHalvings; halving++) {
      const middle = (low + high) / 2;
      const [left, right] = [change(row, low, middle), change(row, middle, high)];
      if (Math.max(left, right) < keptJump * jump) {
        jump = 0;
        break;
      }
      jump = Math.max(left, right);
      if (left > right) high = middle;
      else low = middle;
    }
    // A jump at the very start was crossed by the step before, or is a point on a kink.
    if (jump >= least && low > 0) shares.push((low + high) / 2);
  }
  return shares.flatMap((share) => {
    const point = between(share);
    return point === undefined ? [] : [{ ...located(point, share), event: "boundary-collision" as const }];
  });
}
