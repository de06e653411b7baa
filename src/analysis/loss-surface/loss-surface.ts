import { CapabilityError } from "../../core/errors.ts";
import type { NetworkKernel, Weights } from "../../network/contract.ts";
import type { Loss } from "../../train/contract.ts";
import type { FrozenPass } from "./frozen-passes.ts";
import type { TrainedNumbers } from "./trained-numbers.ts";

/** A loss as a function of the trained numbers, with its derivatives at the trained weights. */
export interface LossSurface {
  readonly numbers: TrainedNumbers;
  /** The loss of each noise draw with the trained weights moved by a vector, `[draws]`; not finite where an output is. */
  values(move: Float64Array): Float64Array;
  gradient(): Float64Array;
  /** Hessian times a vector. */
  hessianProduct(vector: Float64Array): Float64Array;
  /** Gauss-Newton matrix times a vector: J' (d2 loss / d output2) J, with J = d output / d numbers. */
  gaussNewtonProduct(vector: Float64Array): Float64Array;
}

/**
 * The mean loss of some passes.
 *
 * Derivatives are exact: the Hessian's product is the tangent of the backward pass, whose cotangents are the loss's
 * gradient and its tangent. At the kinks of an activation they are those of the piece that the operation counts the kink
 * to, and the curvature that a kink has in the mean over trials is not seen.
 *
 * Accuracy: test/unit/hessian.test.ts, test/oracle/hessian.test.ts. Cost of a product: a forward and a backward pass
 * with tangents, about four times those without, per pass.
 */
export function lossSurface(
  { kernel, weights, loss }: { readonly kernel: NetworkKernel; readonly weights: Weights; readonly loss: Loss },
  passes: readonly FrozenPass[],
  numbers: TrainedNumbers,
): LossSurface {
  const draws = 1 + Math.max(...passes.map(({ draw }) => draw));
  const summed = (term: (pass: FrozenPass) => Weights): Float64Array => {
    const sum = new Float64Array(numbers.size);
    for (const pass of passes) {
      const part = numbers.gathered(term(pass));
      for (let i = 0; i < sum.length; i++) sum[i] += pass.share * part[i];
    }
    return sum;
  };
  return {
    numbers,

    values(move) {
      const moved = movedWeights(weights, numbers.scattered(move));
      const values = new Float64Array(draws);
      for (const { call, batch, draw, share } of passes) {
        const { output } = kernel.forward({ ...call, weights: moved });
        values[draw] += share * draws * loss.measure(output, batch).value;
      }
      return values;
    },

    gradient: () =>
      summed(({ call, batch }) => {
        const forward = kernel.forward({ ...call, weights }, true);
        return forward.backward({ output: loss.gradient(forward.output, batch) });
      }),

    hessianProduct(vector) {
      const direction = { weights: numbers.scattered(vector) };
      return summed(({ call, batch }) => {
        const pass = kernel.tangent({ ...call, weights }, direction, true);
        const { output, outputTangent } = pass;
        const second = { output: loss.gradientTangent(output, outputTangent, batch) };
        return pass.backward({ output: loss.gradient(output, batch) }, second).gradientTangent;
      });
    },

    gaussNewtonProduct(vector) {
      const direction = { weights: numbers.scattered(vector) };
      return summed(({ call, batch }) => {
        const { output, outputTangent } = kernel.tangent({ ...call, weights }, direction);
        const cotangent = { output: loss.gradientTangent(output, outputTangent, batch) };
        return kernel.forward({ ...call, weights }, true).backward(cotangent);
      });
    },
  };
}

/** @throws CapabilityError unless the loss of the trained weights is a number */
export function checkFinite(place: string, { numbers, values }: LossSurface): Float64Array {
  const found = values(new Float64Array(numbers.size));
  if (found.every(Number.isFinite)) return found;
  throw new CapabilityError({
    place,
    rule: `asks for a finite loss of the trained weights, got ${found.find((value) => !Number.isFinite(value))}`,
    remedy: "analyse a network whose training did not diverge, or ask for fewer noise draws",
  });
}

function movedWeights(weights: Weights, move: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name,
      Float64Array.from(values, (value, i) => value + move[name][i]),
    ]),
  );
}
