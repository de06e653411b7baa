import { ParameterError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { inPrecisionOf, zerosLike } from "./arrays.ts";
import type { Parametrisation, RealArray, WeightBase } from "./contract.ts";
import { type MatrixFunction, matrixFunctionAt } from "./orthogonal/jets.ts";
import { cayley, exponential } from "./orthogonal/maps.ts";
import { addProduct, identityMatrix, type Matrix, nearestOrthogonal, transposed } from "./orthogonal/matrices.ts";
import { collectedTriangle, skewMatrix, squareSize, triangleCount } from "./triangle.ts";

const maps: Readonly<Record<string, MatrixFunction>> = { exponential, cayley };

/**
 * Orthogonal matrices: W = q(S) B, S' = -S, raw = the n (n - 1) / 2 numbers above the diagonal of S.
 *
 * q(S) = exp(S) (exponential) or (I + S)^-1 (I - S) (cayley). B is the identity, unless `rebase` is above 0: after every
 * `rebase` updates training sets B to q(S) B and S to 0 (dynamic trivialisation, dtriv), and at every `project`-th time
 * takes the orthogonal matrix nearest to B, which removes what rounding has added. What optimisers remember of S stays.
 *
 * The gradient goes through the Frechet derivative L of q: the pullback of G is L(S, B G')' collected into a list.
 * Accuracy: |W'W - I| below 1e-13; equal to PyTorch's matrix_exp and its gradient to 1e-12 (test/oracle/cells.test.ts).
 * Cost: about 15 products of n x n matrices for value and gradient, in float64 in either precision.
 * Sources: Lezcano-Casado & Martinez-Rubio 2019 (whose row vectors are multiplied by B exp(S) from the right: our W
 * is its transpose, with -S and B'); re-basing Lezcano-Casado 2019; Cayley's map Helfrich et al. 2018.
 */
export const orthogonal: Parametrisation = {
  name: "orthogonal",
  summary: "orthogonal: the exponential or Cayley map of a skew-symmetric matrix, with or without re-basing",
  references: ["lezcano2019", "lezcano2019trivializations", "helfrich2018", "higham2005", "almohy2009"],
  options: {
    map: { type: "text", default: "exponential", remedy: "exponential or cayley" },
    rebase: { type: "number", default: 0, from: 0, integer: true, remedy: "updates between re-basings; 0 for none" },
    project: { type: "number", default: 100, from: 1, integer: true, remedy: "re-basings between projections" },
  },
  map: (place, { map, rebase, project }) => {
    const size = squareSize("orthogonal", place, "can be orthogonal");
    if (!Object.hasOwn(maps, String(map)))
      throw unknownName("map", String(map), Object.keys(maps), `orthogonal for ${place.parameter}`);
    const q = maps[String(map)];
    const count = triangleCount(size);
    const times = (a: Matrix, b: Matrix): Matrix => {
      const sum = new Float64Array(size * size);
      addProduct(sum, a, b, size);
      return sum;
    };
    const reached = (raw: RealArray, base: RealArray): Matrix =>
      times(matrixFunctionAt(q, skewMatrix(raw, size), size).value, Float64Array.from(base));
    const weightBase: WeightBase = {
      shape: [size, size],
      initial: () => identityMatrix(size),
      every: rebase as number,
      rebased: (raw, base, index) => {
        const next = reached(raw, base);
        const kept = index % (project as number) === 0 ? nearestOrthogonal(next, size) : next;
        return { raw: zerosLike(raw), base: inPrecisionOf(base, kept) };
      },
    };
    return {
      rawShape: [count],
      freeCount: count,
      ...(weightBase.every > 0 && { base: weightBase }),
      at: (raw, base) => {
        if ((base === undefined) !== (weightBase.every === 0)) {
          throw new ParameterError({
            place: `orthogonal for ${place.parameter}`,
            rule: `a base belongs to it if and only if it is re-based, got ${base === undefined ? "none" : "one"}`,
            remedy: "pass the weights of a network with the same options",
          });
        }
        const point = matrixFunctionAt(q, skewMatrix(raw, size), size);
        const whole = base && Float64Array.from(base);
        const turned = (matrix: Matrix): Matrix => (whole === undefined ? matrix : times(matrix, whole));
        /** (G B')' = B G'. */
        const cotangentOf = (cotangent: RealArray): Matrix => {
          const flipped = transposed(Float64Array.from(cotangent), size);
          return whole === undefined ? flipped : times(whole, flipped);
        };
        const collected = (derivative: Matrix, like: RealArray): RealArray =>
          inPrecisionOf(like, collectedTriangle(transposed(derivative, size), size));
        return {
          effective: inPrecisionOf(raw, turned(point.value)),
          tangent: (direction) => inPrecisionOf(direction, turned(point.derivative(skewMatrix(direction, size)))),
          // L(S', G) = L(S, G')', for q(S') = q(S)'
          pullback: (cotangent) => collected(point.derivative(cotangentOf(cotangent)), cotangent),
          pullbackTangent: (direction, cotangent) =>
            collected(point.secondDerivative(cotangentOf(cotangent), skewMatrix(direction, size)), cotangent),
        };
      },
    };
  },
};
