/** Drives counted in units of the noise, over all of them, by unit and by step. */
import { distance, type Nonlinearity } from "./nonlinearity.ts";

export interface Bins {
  /** In units of the noise, > 0. */
  readonly width: number;
  /** Drives farther out than this count in the outermost bins, >= width. */
  readonly reach: number;
}

/** Sums over one group of drives; `summary` makes shares of them. */
interface Sums {
  count: number;
  sum: number;
  squares: number;
  near: number;
  below: number;
}

/** In units of the noise. */
export interface DriveSummary {
  readonly mean: number;
  readonly deviation: number;
  /** Share within one unit of the nonlinearity. */
  readonly share: number;
  /** Share below the lowest centre of the nonlinearity. */
  readonly shareBelow: number;
}

export interface DriveTally {
  /** One row of drives, `[driveSize]`, of a trial at a step. */
  add(drives: ArrayLike<number>, offset: number, step: number): void;
  readonly all: DriveSummary;
  /** `[driveSize]`. */
  readonly units: readonly DriveSummary[];
  /** By step; undefined where no trial is under way. */
  readonly steps: readonly (DriveSummary | undefined)[];
  readonly histogram: readonly { readonly centre: number; readonly share: number }[];
  /** Share of the drives that lies beyond the reach of the histogram. */
  readonly shareBeyond: number;
}

const empty = (): Sums => ({ count: 0, sum: 0, squares: 0, near: 0, below: 0 });

/**
 * @param deviation of the noise, in the unit of the drives, > 0
 */
export function driveTally(
  nonlinearity: Nonlinearity,
  deviation: number,
  driveSize: number,
  stepCount: number,
  { width, reach }: Bins,
): DriveTally {
  const [lowest] = nonlinearity.centres;
  // bins have their centres at multiples of the width, so that one is centred on 0
  const side = Math.max(1, Math.round(reach / width));
  const counts = new Float64Array(2 * side + 1);
  const whole = empty();
  const perUnit = Array.from({ length: driveSize }, empty);
  const perStep = Array.from({ length: stepCount }, empty);
  let beyond = 0;
  const summaryOf = ({ count, sum, squares, near, below }: Sums): DriveSummary => ({
    mean: sum / count,
    deviation: Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)),
    share: near / count,
    shareBelow: below / count,
  });
  return {
    add(drives, offset, step) {
      for (let unit = 0; unit < driveSize; unit++) {
        const drive = drives[offset + unit];
        const scaled = drive / deviation;
        const near = distance(nonlinearity, drive) < deviation ? 1 : 0;
        const below = drive < lowest ? 1 : 0;
        for (const sums of [whole, perUnit[unit], perStep[step]]) {
          sums.count++;
          sums.sum += scaled;
          sums.squares += scaled * scaled;
          sums.near += near;
          sums.below += below;
        }
        const bin = Math.round(scaled / width);
        if (Math.abs(bin) > side) beyond++;
        counts[side + Math.max(-side, Math.min(side, bin))]++;
      }
    },
    get all() {
      return summaryOf(whole);
    },
    get units() {
      return perUnit.map(summaryOf);
    },
    get steps() {
      return perStep.map((sums) => (sums.count === 0 ? undefined : summaryOf(sums)));
    },
    get histogram() {
      return Array.from(counts, (count, index) => ({ centre: (index - side) * width, share: count / whole.count }));
    },
    get shareBeyond() {
      return beyond / whole.count;
    },
  };
}
