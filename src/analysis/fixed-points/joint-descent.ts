/** Minimisation of the speeds of many states in one batch. */
import type { Dynamics } from "../dynamics/contract.ts";

export interface JointOptions {
  /** Size of the states. */
  readonly spread: number;
  /** |F(x) - x| at which a state leaves the batch, in spreads. */
  readonly tolerance: number;
  readonly iterations: number;
}

/** First step per unit, in spreads per root of the state's size. */
const firstRate = 0.05;
/** A state that has not come down by `leastGain` in as many iterations gets half the rate, and leaves after `halvings`. */
const patience = 20;
const leastGain = 0.99;
const halvings = 8;
const decay = { first: 0.9, second: 0.99 } as const;

/**
 * Goes down the speeds q(x) = |F(x) - x|^2 / 2 of all states together by Adam, each with a rate of its own, until each
 * is slow enough or no longer comes down.
 *
 *     dq/dx = J^T (F(x) - x) - (F(x) - x),   by one pullback of the batch, no Jacobian
 *
 * First order, so it ends near a point; `descend` takes it from there. kingma2015.
 *
 * @param starts `[count, stateSize]`
 * @returns where each was slowest, `[count, stateSize]`
 *
 * Cost: per iteration one step and one pullback of the states that are still in the batch.
 */
export function descendJointly(
  dynamics: Dynamics,
  input: Float64Array,
  starts: Float64Array,
  { spread, tolerance, iterations }: JointOptions,
): Float64Array {
  const size = dynamics.stateSize;
  const best = starts.slice();
  let batch = Array.from({ length: starts.length / size }, (_, row) =>
    point(row, starts.subarray(row * size, (row + 1) * size)),
  );
  for (let iteration = 0; iteration < iterations && batch.length > 0; iteration++) {
    const states = new Float64Array(batch.length * size);
    const inputs = new Float64Array(batch.length * input.length);
    for (const [b, { state }] of batch.entries()) {
      states.set(state, b * size);
      inputs.set(input, b * input.length);
    }
    const moves = dynamics.step(states, inputs).map((next, i) => next - states[i]);
    const pulled = dynamics.pullback(states, inputs, moves);
    for (const [b, one] of batch.entries()) {
      const move = moves.subarray(b * size, (b + 1) * size);
      let speed = 0;
      for (const value of move) speed += value * value;
      speed /= 2;
      if (speed < one.lowest) {
        best.set(one.state, one.row * size);
        if (speed < leastGain * one.mark) {
          one.mark = speed;
          one.waited = 0;
        }
        one.lowest = speed;
      }
      if (++one.waited > patience) {
        one.waited = 0;
        one.halved++;
      }
      one.isDone = !Number.isFinite(speed) || one.halved > halvings || Math.sqrt(2 * one.lowest) <= tolerance * spread;
      if (!one.isDone) adamStep(one, pulled.subarray(b * size, (b + 1) * size), move, spread / Math.sqrt(size));
    }
    batch = batch.filter(({ isDone }) => !isDone);
  }
  return best;
}

interface Point {
  readonly row: number;
  readonly state: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
  steps: number;
  lowest: number;
  mark: number;
  waited: number;
  halved: number;
  isDone: boolean;
}

function point(row: number, start: Float64Array): Point {
  const size = start.length;
  return {
    row,
    state: start.slice(),
    first: new Float64Array(size),
    second: new Float64Array(size),
    steps: 0,
    lowest: Number.POSITIVE_INFINITY,
    mark: Number.POSITIVE_INFINITY,
    waited: 0,
    halved: 0,
    isDone: false,
  };
}

function adamStep(one: Point, pulled: Float64Array, move: Float64Array, unit: number): void {
  one.steps++;
  const rate = firstRate * unit * 0.5 ** one.halved;
  const firstScale = 1 - decay.first ** one.steps;
  const secondScale = 1 - decay.second ** one.steps;
  for (let i = 0; i < one.state.length; i++) {
    const gradient = pulled[i] - move[i];
    one.first[i] += (1 - decay.first) * (gradient - one.first[i]);
    one.second[i] += (1 - decay.second) * (gradient * gradient - one.second[i]);
    const root = Math.sqrt(one.second[i] / secondScale);
    if (root > 0) one.state[i] -= (rate * one.first[i]) / firstScale / root;
  }
}
