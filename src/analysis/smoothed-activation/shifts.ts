/** What the noise adds to the mean of a function at the drives of a network. */
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import type { Averaging } from "../dynamics/pass.ts";
import { initialStates, walk } from "../dynamics/smoothed-run.ts";
import { type NoisyFunction, noisyFunctions } from "./noisy-functions.ts";

export interface UnitShift {
  readonly unit: number;
  /** Means over the samples. */
  readonly drive: number;
  readonly deviation: number;
  readonly shift: number;
  /** Largest |shift|. */
  readonly largest: number;
  /** Mean of |shift| / deviation. */
  readonly inSigma: number;
}

export interface FunctionShifts {
  readonly noisy: NoisyFunction;
  /** Average at the root mean square of the scales and deviations met. */
  readonly typical: { readonly averaging: Averaging; readonly scale: number; readonly deviation: number };
  readonly units: readonly UnitShift[];
  /** Every shift, in increasing order. */
  readonly shifts: Float64Array;
}

/**
 * Shifts g(a) - f(a) along the mean trajectories of trials, at steps spread evenly over them.
 *
 * @param samples most pairs of a trial and a step
 */
export function shiftsOver(
  network: Network,
  weights: Weights,
  level: NoiseLevel,
  dynamics: Dynamics,
  batch: TrialBatch,
  samples: number,
): readonly FunctionShifts[] {
  const { functions, usesAt } = noisyFunctions(network, weights, level);
  const tallies = functions.map(() => new Map<number, Tally>());
  const averagings: (Averaging | undefined)[] = functions.map(() => undefined);
  const scales = functions.map(() => rootMeanSquare());
  const deviations = functions.map(() => rootMeanSquare());
  const shifts: number[][] = functions.map(() => []);
  const { stateSize, inputSize } = dynamics;
  const lengthOf = (b: number): number => batch.lengths?.[b] ?? batch.stepCount;
  let pairs = 0;
  for (let b = 0; b < batch.batchSize; b++) pairs += lengthOf(b);
  const chosen = everyPair(pairs, samples);
  let seen = 0;
  walk(dynamics, initialStates(network, dynamics, batch), batch, (_after, step, before, inputs) => {
    for (let b = 0; b < batch.batchSize; b++) {
      if (step >= lengthOf(b) || !chosen(seen++)) continue;
      const state = before.slice(b * stateSize, (b + 1) * stateSize);
      const uses = usesAt(state, inputs.slice(b * inputSize, (b + 1) * inputSize));
      for (const [k, { fn }] of functions.entries()) {
        for (const { unit, drive, averaging, at, surroundings } of uses[k]) {
          const scale = averaging.scale[at];
          const deviation = averaging.deviation[at];
          const shift = averaging.averaged.mean(drive, scale, surroundings) - fn.value(drive, surroundings);
          const tally = tallies[k].get(unit) ?? emptyTally();
          tallies[k].set(unit, tally);
          tally.count++;
          tally.drive += drive;
          tally.deviation += deviation;
          tally.shift += shift;
          tally.largest = Math.max(tally.largest, Math.abs(shift));
          tally.inSigma += deviation > 0 ? Math.abs(shift) / deviation : 0;
          averagings[k] ??= averaging;
          scales[k].add(scale);
          deviations[k].add(deviation);
          shifts[k].push(shift);
        }
      }
    }
  });
  return functions.flatMap((noisy, k): FunctionShifts[] => {
    const averaging = averagings[k];
    if (averaging === undefined) return [];
    return [
      {
        noisy,
        typical: { averaging, scale: scales[k].result(), deviation: deviations[k].result() },
        units: [...tallies[k]].map(([unit, tally]) => ({
          unit,
          drive: tally.drive / tally.count,
          deviation: tally.deviation / tally.count,
          shift: tally.shift / tally.count,
          largest: tally.largest,
          inSigma: tally.inSigma / tally.count,
        })),
        shifts: Float64Array.from(shifts[k]).sort(),
      },
    ];
  });
}

/** Of numbers that are often all equal, and then that number without rounding. */
function rootMeanSquare(): { add(value: number): void; result(): number } {
  let [total, count] = [0, 0];
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add: (value) => {
      total += value * value;
      count++;
      least = Math.min(least, value);
      most = Math.max(most, value);
    },
    result: () => (least === most ? least : Math.sqrt(total / count)),
  };
}

interface Tally {
  count: number;
  drive: number;
  deviation: number;
  shift: number;
  largest: number;
  inSigma: number;
}

const emptyTally = (): Tally => ({ count: 0, drive: 0, deviation: 0, shift: 0, largest: 0, inSigma: 0 });

/** Whether the n-th of so many is among as many as are wanted, evenly spread. */
const everyPair =
  (total: number, wanted: number) =>
  (n: number): boolean =>
    Math.floor(((n + 1) * wanted) / total) > Math.floor((n * wanted) / total) || wanted >= total;
