import { normals } from "../../core/random.ts";
import { elementCount } from "../../core/tensor.ts";
import { fanIn, fanOption, type Initialiser } from "./contract.ts";

/**
 * N(0, (scale / n)^2), n the fan-in: the published code of the Lipschitz RNN and of noisy RNNs, with scale 0.1.
 *
 * Matrices start almost at zero (the spectral radius is about scale / sqrt(n)).
 */
export const normalOverSize: Initialiser = {
  name: "normal-over-size",
  summary: "N(0, (scale / n)^2)",
  references: ["erichson2021", "lim2021"],
  options: {
    scale: { type: "number", default: 0.1, from: 0, remedy: "the published code takes 0.1" },
    fan: fanOption,
  },
  prepare: (target, { scale, fan }) => {
    const deviation = (scale as number) / fanIn("normal-over-size", target, fan);
    return ({ key, place }) =>
      normals(new Float64Array(elementCount(target.rawShape)), key, place).map((z) => deviation * z);
  },
};
