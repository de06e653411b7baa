/** Lipschitz constants of a network's decision in its whole input sequence, valid for every input. */
import type { NodeId } from "../../cell/graph.ts";
import type { Network, Weights } from "../../network/contract.ts";
import { stepEquations } from "../dynamics/equations.ts";
import { everything, type Range, rangesOf, times } from "./interval.ts";
import { type JacobianBall, jacobianBalls, largestAlong, largestNorm, stacked } from "./jacobian-ball.ts";

/** How much one step can stretch a difference, whatever the states and inputs are; infinite where no bound is known. */
export interface StepGains {
  /** From the states before a step to those after it. */
  readonly state: number;
  /** From the input of a step to the states after it. */
  readonly input: number;
  /** To a difference of outputs, sum over i of direction_i z_i: from the states after a step, those before it, its input. */
  output(direction: Float64Array): { readonly after: number; readonly before: number; readonly input: number };
}

/**
 * Bounds of the spectral norms of a step's Jacobians over all inputs, without noise.
 *
 * States lie in boxes that hold what `stepCount` steps can reach from the initial ones under any input; the norms are
 * those of `jacobianBalls`. Rounding of double arithmetic is not bounded. Cost: O(N^3), and stepCount O(N^2).
 *
 * @param initial least and greatest value of the first state at the beginning
 */
export function stepGains(
  network: Network,
  weights: Weights,
  stepCount: number,
  initial: readonly [low: number, high: number],
): StepGains {
  const equations = stepEquations(network, weights, "zero");
  const { states, stateSize, input, inputSize, output } = equations;
  const boxes = states.map(({ size }, index): Range => {
    const [low, high] = index === 0 ? initial : [0, 0];
    return { low: new Float64Array(size).fill(low), high: new Float64Array(size).fill(high) };
  });
  const given = (): ReadonlyMap<NodeId, Range> =>
    new Map([[input, everything(inputSize)], ...states.map(({ leaf }, index) => [leaf, boxes[index]] as const)]);
  for (let step = 1; step < stepCount; step++) {
    const range = rangesOf(equations, given());
    const after = states.map(({ next }) => range(next));
    let isSettled = true;
    for (const [index, { low, high }] of boxes.entries()) {
      const wider = {
        low: low.map((value, i) => Math.min(value, after[index].low[i])),
        high: high.map((value, i) => Math.max(value, after[index].high[i])),
      };
      isSettled &&=
        wider.low.every((value, i) => value === low[i]) && wider.high.every((value, i) => value === high[i]);
      boxes[index] = wider;
    }
    if (isSettled) break;
  }
  const range = rangesOf(equations, given());
  const leaves = new Map(states.map(({ leaf, offset }) => [leaf, offset]));
  const nexts = new Map(states.map(({ next, offset }) => [next, offset]));
  const inputs = new Map([[input, 0]]);
  const afterStep = (seeds: ReadonlyMap<NodeId, number>, columns: number): JacobianBall | undefined => {
    const ball = jacobianBalls(equations, range, seeds, columns, new Set());
    return stacked(
      states.map(({ next, size }) => ({ ball: ball(next), size })),
      columns,
    );
  };
  const held = new Set(nexts.keys());
  const outputBalls = {
    after: jacobianBalls(equations, range, nexts, stateSize, new Set())(output),
    before: jacobianBalls(equations, range, leaves, stateSize, held)(output),
    input: jacobianBalls(equations, range, inputs, inputSize, held)(output),
  };
  return {
    state: largestNorm(afterStep(leaves, stateSize)),
    input: largestNorm(afterStep(inputs, inputSize)),
    output: (direction) => ({
      after: largestAlong(outputBalls.after, direction),
      before: largestAlong(outputBalls.before, direction),
      input: largestAlong(outputBalls.input, direction),
    }),
  };
}

/**
 * Lipschitz constant of a weighted sum of output differences, in the l2 norm of the input sequence.
 *
 *     |d y| <= sum_t c_t ||d x_t|| <= (sum_t c_t^2)^(1/2) ||d x||_2
 *     c_t = (adjoint after t) input + w_t output.input,   adjoint before t = (adjoint after t) state + w_t output.before
 *     adjoint after t += w_t output.after
 *
 * This is section "products of norms" of docs/analyses/margin.md: ||Phi|| is bounded by the product of the steps' norms.
 *
 * @param weights of the steps, `[time]`
 * @param length steps whose inputs may change, those before `length`
 */
export function decisionLipschitz(
  { state, input }: Pick<StepGains, "state" | "input">,
  output: ReturnType<StepGains["output"]>,
  weights: Float64Array,
  length: number,
): number {
  let adjoint = 0;
  let squares = 0;
  for (let step = weights.length - 1; step >= 0; step--) {
    const weight = weights[step];
    if (weight > 0) adjoint += weight * output.after;
    const own = times(adjoint, input) + times(weight, output.input);
    if (step < length) squares += own * own;
    adjoint = times(adjoint, state) + times(weight, output.before);
  }
  return Math.sqrt(squares);
}
