import { ParameterError } from "../../core/errors.ts";
import type { OptionValues } from "../../core/options.ts";
import { stream, uniforms } from "../../core/random.ts";
import { elementCount, shapeText } from "../../core/tensor.ts";
import { parameterTrial } from "../initialisers/address.ts";
import { affineMap, filledLike } from "./arrays.ts";
import type { Parametrisation, RealArray, WeightPlace } from "./contract.ts";

/**
 * Fixed zeros: W = m * raw, m[i] = 1 where u[i] < density, else 0; u uniform on (0, 1).
 *
 * Each connection exists independently of the others (a directed random graph). At one seed a sparser mask is part of a
 * denser one. Masks of different parameters are independent. The initialiser does not know of the mask: the variance of
 * the input to a unit is `density` times that of the full matrix.
 */
export const mask: Parametrisation = {
  name: "mask",
  summary: "fixed zeros: each connection exists with probability density",
  references: [],
  options: {
    density: {
      type: "number",
      from: 0,
      to: 1,
      remedy: "it is the fraction of connections that exist, for example 0.1",
    },
    seed: { type: "number", default: 0, from: 0, integer: true, remedy: "another seed gives another mask" },
    selfConnections: { type: "boolean", default: true },
  },
  map: (place, options) => {
    const connected = connections(place, options);
    const masked = (values: RealArray): RealArray => filledLike(values, (i) => (connected[i] === 1 ? values[i] : 0));
    const count = connected.reduce((total, value) => total + value, 0);
    return affineMap(place.shape, count, { forward: masked, tangent: masked, pullback: masked });
  },
};

/** 1 where a connection exists, row-major. */
function connections({ parameter, shape }: WeightPlace, { density, seed, selfConnections }: OptionValues): Uint8Array {
  const [rows, columns] = shape;
  const key = { seed: seed as number, stream: stream("initial-weights", 1) };
  const draws = uniforms(new Float64Array(elementCount(shape)), key, { trial: parameterTrial(parameter) });
  const connected = Uint8Array.from(draws, (u) => (u < (density as number) ? 1 : 0));
  if (selfConnections === false) {
    if (rows !== columns) {
      throw new ParameterError({
        place: `mask of ${parameter}`,
        rule: `only a square matrix has self-connections to leave out, got ${shapeText(shape)}`,
        remedy: "set selfConnections: true",
      });
    }
    for (let n = 0; n < rows; n++) connected[n * columns + n] = 0;
  }
  return connected;
}
