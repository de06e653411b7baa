import { ParameterError } from "../../core/errors.ts";
import { elementCount, shapeText } from "../../core/tensor.ts";
import { filledLike } from "./arrays.ts";
import type { Parametrisation } from "./contract.ts";

/**
 * Dale's law: all outgoing weights of a unit have its sign.
 *
 * W[post, pre] = |raw[post, pre]| sign(pre), sign = +1 for the first round(excitatory * pre) columns, -1 for the rest
 *
 * The derivative of |raw| at 0 is taken as 0, as everywhere (cell/operations.ts), so a weight that is exactly 0 stays 0.
 * With unequal numbers of excitatory and inhibitory units the initialiser `balanced` keeps the mean input at zero.
 */
export const dale: Parametrisation = {
  name: "dale",
  summary: "units are excitatory or inhibitory: weights are |raw| times the sign of the sending unit",
  references: ["song2016"],
  options: {
    excitatory: {
      type: "number",
      default: 0.8,
      from: 0,
      to: 1,
      remedy: "it is the fraction of excitatory units, which come first",
    },
  },
  map: ({ parameter, shape }, { excitatory }) => {
    if (shape.length !== 2) {
      throw new ParameterError({
        place: `dale for ${parameter}`,
        rule: `a sign per sending unit needs a matrix [post, pre], got ${shapeText(shape)}`,
        remedy: "leave vectors dense",
      });
    }
    const columns = shape[1];
    const excitatoryCount = Math.round((excitatory as number) * columns);
    const sign = (i: number): number => (i % columns < excitatoryCount ? 1 : -1);
    return {
      rawShape: shape,
      freeCount: elementCount(shape),
      at: (raw) => {
        const slope = filledLike(raw, (i) => Math.sign(raw[i]) * sign(i));
        return {
          effective: filledLike(raw, (i) => Math.abs(raw[i]) * sign(i)),
          tangent: (direction) => filledLike(direction, (i) => slope[i] * direction[i]),
          pullback: (cotangent) => filledLike(cotangent, (i) => slope[i] * cotangent[i]),
          pullbackTangent: () => undefined,
        };
      },
    };
  },
};
