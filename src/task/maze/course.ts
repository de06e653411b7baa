/** Trials in a maze, played step by step. */
import type { Environment } from "../contract.ts";
import { type Labyrinth, moved, type Routes, sides } from "./labyrinth.ts";

export interface Course {
  readonly maze: Labyrinth;
  readonly routes: Routes;
  readonly goal: number;
  /** Steps of a trial. */
  readonly stepCount: number;
  /** Length of a step at full speed, in cells. */
  readonly stepLength: number;
  /** Whether the input says the position. */
  readonly position: boolean;
}

/** How a trial begins. */
export interface Start {
  readonly x: number;
  readonly y: number;
  /** Whether the network's output moves it, or the expert. */
  readonly isOwn: boolean;
}

/** Unit vector from a position to the middle of the next cell on the shortest way; 0 in the goal. */
export function expertVelocity({ maze, routes, goal }: Course, x: number, y: number): readonly [number, number] {
  const cell = Math.floor(y) * maze.size + Math.floor(x);
  if (cell === goal) return [0, 0];
  const next = routes.next[cell];
  const dx = (next % maze.size) + 0.5 - x;
  const dy = Math.floor(next / maze.size) + 0.5 - y;
  const length = Math.hypot(dx, dy);
  return [dx / length, dy / length];
}

/** Steps that the expert takes from a position to the goal. */
export function expertSteps(course: Course, x: number, y: number): number {
  const { maze, goal, stepLength } = course;
  let at: readonly [number, number] = [x, y];
  let steps = 0;
  for (; Math.floor(at[1]) * maze.size + Math.floor(at[0]) !== goal; steps++) {
    const [vx, vy] = expertVelocity(course, at[0], at[1]);
    at = moved(maze, at[0], at[1], stepLength * vx, stepLength * vy);
  }
  return steps;
}

/**
 * Trials played beside each other.
 *
 * A step shows where a trial is, asks for the expert's velocity there, and moves it by the velocity that was given, the
 * network's or the expert's, at most 1 long. A trial that is in the goal stays there and counts no more.
 *
 * @param trials identities, `[batch]`
 * @param starts one per trial, none in the goal
 */
export function play(course: Course, trials: Uint32Array, starts: readonly Start[]): Environment {
  const { maze, goal, stepCount, stepLength, position } = course;
  const batchSize = trials.length;
  const inputSize = position ? 6 : 4;
  const input = new Float32Array(batchSize * stepCount * inputSize);
  const values = new Float32Array(batchSize * stepCount * 2);
  const mask = new Float32Array(batchSize * stepCount);
  const x = Float64Array.from(starts, (start) => start.x);
  const y = Float64Array.from(starts, (start) => start.y);
  const steps = new Float64Array(batchSize).fill(stepCount);
  const success = new Float64Array(batchSize);
  let step = 0;

  const cellOf = (trial: number): number => Math.floor(y[trial]) * maze.size + Math.floor(x[trial]);

  return {
    stepCount,
    observe: () => {
      const seen = new Float32Array(batchSize * inputSize);
      for (let trial = 0; trial < batchSize; trial++) {
        const own = seen.subarray(trial * inputSize, (trial + 1) * inputSize);
        const flags = cellOf(trial) * sides.length;
        if (position) own.set([(2 * x[trial]) / maze.size - 1, (2 * y[trial]) / maze.size - 1]);
        for (const side of sides.keys()) own[inputSize - 4 + side] = maze.isOpen[flags + side] === 1 ? 0.5 : -0.5;
        const at = trial * stepCount + step;
        input.set(own, at * inputSize);
        values.set(expertVelocity(course, x[trial], y[trial]), at * 2);
        mask[at] = cellOf(trial) === goal ? 0 : 1;
      }
      return seen;
    },
    act: (output) => {
      for (const [trial, { isOwn }] of starts.entries()) {
        if (cellOf(trial) === goal) continue;
        const [vx, vy] = isOwn
          ? withinUnit(output[2 * trial], output[2 * trial + 1])
          : expertVelocity(course, x[trial], y[trial]);
        [x[trial], y[trial]] = moved(maze, x[trial], y[trial], stepLength * vx, stepLength * vy);
        if (cellOf(trial) !== goal) continue;
        success[trial] = 1;
        steps[trial] = step + 1;
      }
      step++;
    },
    played: () => ({
      batchSize,
      stepCount,
      inputSize,
      outputSize: 2,
      input,
      target: { kind: "values", values },
      mask,
      trials: trials.slice(),
      conditions: {
        startX: Float64Array.from(starts, (start) => start.x),
        startY: Float64Array.from(starts, (start) => start.y),
        expertSteps: Float64Array.from(starts, (start) => expertSteps(course, start.x, start.y)),
        own: Float64Array.from(starts, (start) => Number(start.isOwn)),
      },
      outcomes: { success, steps },
    }),
  };
}

/** A velocity, shortened to length 1 where it is longer; none where it is not a number. */
function withinUnit(vx: number, vy: number): readonly [number, number] {
  const length = Math.hypot(vx, vy);
  if (!Number.isFinite(length)) return [0, 0];
  return length <= 1 ? [vx, vy] : [vx / length, vy / length];
}
