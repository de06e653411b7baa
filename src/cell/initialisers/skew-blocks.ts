import { ParameterError } from "../../core/errors.ts";
import { uniforms } from "../../core/random.ts";
import { shapeText } from "../../core/tensor.ts";
import { axisSize } from "../axis.ts";
import { triangleCount } from "../parametrisations/triangle.ts";
import type { Initialiser } from "./contract.ts";

/**
 * Rotations of pairs of units: 2 x 2 blocks [0, s; -s, 0] on the diagonal of a skew-symmetric matrix, for the
 * parametrisations `skew` and `orthogonal`; with an odd number of units the last one stands alone.
 *
 * @param block from a number uniform on (0, 1) to s
 */
function skewBlocks(
  definition: Pick<Initialiser, "name" | "summary" | "references">,
  block: (u: number) => number,
): Initialiser {
  return {
    ...definition,
    options: {},
    prepare: ({ parameter, axes, sizes, rawShape }) => {
      const size = axisSize(axes[0], sizes);
      const count = triangleCount(size);
      if (axes.length !== 2 || rawShape.length !== 1 || rawShape[0] !== count) {
        throw new ParameterError({
          place: `${definition.name} for ${parameter}`,
          rule: `needs the numbers above the diagonal of a skew-symmetric matrix, got an array of shape ${shapeText(rawShape)}`,
          remedy: "use it with the parametrisation orthogonal or skew",
        });
      }
      return ({ key, place }) => {
        const values = new Float64Array(count);
        const draws = uniforms(new Float64Array(Math.floor(size / 2)), key, place);
        // row 2k of the triangle begins with the column 2k + 1
        for (const [k, u] of draws.entries()) values[2 * k * size - triangleCount(2 * k + 1)] = block(u);
        return values;
      };
    },
  };
}

/**
 * Blocks s = -tan(t / 2) = -sqrt((1 - cos t) / (1 + cos t)), t uniform on (0, pi / 2).
 *
 * Cayley's map turns the pair by t. Source: the published code of Lezcano-Casado & Martinez-Rubio 2019, which takes it
 * for the exponential map too, after Helfrich et al. 2018.
 */
export const cayleyBlocks = skewBlocks(
  {
    name: "cayley",
    summary: "skew blocks -tan(t / 2), t uniform on (0, pi / 2)",
    references: ["lezcano2019", "helfrich2018"],
  },
  (u) => -Math.tan((Math.PI * u) / 4),
);

/** Blocks s uniform on (-pi, pi): the exponential map turns each pair by an angle of its own. Source: Henaff et al. 2016. */
export const henaffBlocks = skewBlocks(
  { name: "henaff", summary: "skew blocks uniform on (-pi, pi)", references: ["henaff2016", "lezcano2019"] },
  (u) => Math.PI * (2 * u - 1),
);
