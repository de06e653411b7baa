/** How frames of tangents grow along trajectories: what Lyapunov exponents are averages of. */
import { normals, type RandomKey } from "../../core/random.ts";
import { orthonormalise } from "./orthonormal.ts";
import type { TangentMap } from "./tangent-map.ts";

export interface GrowthCall {
  readonly map: TangentMap;
  /** `[count, stateSize]`. */
  readonly start: Float64Array;
  /** Tangents of each trajectory: how many of the largest exponents, 1..tangentSize. */
  readonly vectors: number;
  /** Steps before anything is counted, in which the frame turns to the directions that grow most. */
  readonly transient: number;
  /** Length of each block in steps. */
  readonly blockSteps: number;
  readonly blocks: number;
  /** Most steps between two orthonormalisations, >= 1; fewer are made where a frame comes close to collapsing. */
  readonly interval: number;
  /** Of the frames at the beginning, which are random so that no direction is left out. */
  readonly key: RandomKey;
  /** @param share of the steps made, 0..1 */
  before?(share: number): void;
}

export interface Growth {
  readonly count: number;
  readonly vectors: number;
  readonly blocks: number;
  readonly blockSteps: number;
  /**
   * ln of the growth over each block, `[count, blocks, vectors]`; -Infinity for a direction that is lost (a singular
   * Jacobian), NaN from the block on in which a trajectory diverged.
   */
  readonly logs: Float64Array;
  /** Fewest steps between two orthonormalisations. */
  readonly shortestInterval: number;
}

/** Condition of a frame beyond which an interval is halved: eight digits of the shortest vector are left. */
const poor = 1e8;

/**
 * Growth of an orthonormal frame by products of tangents, made orthonormal again and again (Benettin's method).
 *
 *     T_m Q_{m-1} = Q_m R_m,   ln growth = sum over m of ln diag R_m
 *
 * Accuracy: 1e-10 of the exponents of linear systems (test/unit/lyapunov.test.ts). Cost: (transient + blocks blockSteps)
 * steps of `count vectors` tangents, and 4 vectors^2 tangentSize operations per orthonormalisation.
 * Source: benettin1980.
 */
export function frameGrowth(call: GrowthCall): Growth {
  const { map, start, vectors, transient, blockSteps, blocks, key } = call;
  const { stateSize, tangentSize } = map;
  const count = start.length / stateSize;
  const width = vectors * tangentSize;
  const total = transient + blocks * blockSteps;
  const logs = new Float64Array(count * blocks * vectors);
  const segment = new Float64Array(count * vectors);
  let states = start;
  let tangents = randomFrames(count, vectors, tangentSize, key);
  let interval = call.interval;
  let shortestInterval = interval;
  for (let done = 0; done < total; ) {
    call.before?.(done / total);
    const block = done < transient ? -1 : Math.floor((done - transient) / blockSteps);
    const steps = Math.min(interval, transient + (block + 1) * blockSteps - done);
    const next = map.advance(states, tangents, done, steps);
    let condition = 1;
    for (let c = 0; c < count; c++) {
      const frame = next.tangents.subarray(c * width, (c + 1) * width);
      condition = Math.max(condition, orthonormalise(frame, vectors, segment.subarray(c * vectors, (c + 1) * vectors)));
      if (!areFinite(next.states, c * stateSize, stateSize)) segment.fill(Number.NaN, c * vectors, (c + 1) * vectors);
    }
    // the frame before the steps is still there: go back and make fewer
    if (condition > poor && steps > 1) {
      interval = Math.floor(steps / 2);
      shortestInterval = Math.min(shortestInterval, interval);
      continue;
    }
    if (condition ** 2 < poor) interval = Math.min(call.interval, 2 * interval);
    for (let k = 0; k < segment.length && block >= 0; k++) {
      logs[(Math.floor(k / vectors) * blocks + block) * vectors + (k % vectors)] += segment[k];
    }
    states = next.states;
    tangents = next.tangents;
    done += steps;
  }
  return { count, vectors, blocks, blockSteps, logs, shortestInterval };
}

function randomFrames(count: number, vectors: number, size: number, key: RandomKey): Float64Array {
  const frames = normals(new Float64Array(count * vectors * size), key);
  const width = vectors * size;
  const lengths = new Float64Array(vectors);
  for (let c = 0; c < count; c++) orthonormalise(frames.subarray(c * width, (c + 1) * width), vectors, lengths);
  return frames;
}

function areFinite(values: Float64Array, at: number, size: number): boolean {
  for (let i = at; i < at + size; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
