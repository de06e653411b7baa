import { normals } from "../../core/random.ts";
import { elementCount } from "../../core/tensor.ts";
import { fanIn, fanOption, type Initialiser } from "./contract.ts";

/**
 * N(0, gain^2 / fanIn): a recurrent matrix gets eigenvalues in a disc of radius `gain` in the limit of many units.
 *
 * The default of matrices, with gain 1.
 */
export const normal: Initialiser = {
  name: "normal",
  summary: "N(0, gain^2 / fanIn)",
  references: [],
  options: {
    gain: { type: "number", default: 1, from: 0, remedy: "0.9 to 1.5 is usual for recurrent matrices" },
    fan: fanOption,
  },
  prepare: (target, { gain, fan }) => {
    const deviation = (gain as number) / Math.sqrt(fanIn("normal", target, fan));
    return ({ key, place }) =>
      normals(new Float64Array(elementCount(target.rawShape)), key, place).map((z) => deviation * z);
  },
};
