/** Skew-symmetric matrices as the list of what stands above their diagonal, row by row. */
import { ParameterError } from "../../core/errors.ts";
import { shapeText } from "../../core/tensor.ts";
import type { RealArray, WeightPlace } from "./contract.ts";

/**
 * Rows of a square matrix.
 *
 * @throws ParameterError for any other shape
 */
export function squareSize(parametrisation: string, { parameter, shape }: WeightPlace, what: string): number {
  const [size, columns] = shape;
  if (shape.length === 2 && size === columns) return size;
  throw new ParameterError({
    place: `${parametrisation} for ${parameter}`,
    rule: `only a square matrix ${what}, got ${shapeText(shape)}`,
    remedy: "use it for recurrent matrices",
  });
}

/** Numbers above the diagonal. */
export const triangleCount = (size: number): number => (size * (size - 1)) / 2;

/** The skew-symmetric matrix with `raw` above its diagonal, row-major. */
export function skewMatrix(raw: RealArray, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  let k = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++, k++) {
      matrix[i * size + j] = raw[k];
      matrix[j * size + i] = -raw[k];
    }
  }
  return matrix;
}

/** The transpose of `skewMatrix` as a map: from a cotangent of the matrix to one of the list. */
export function collectedTriangle(matrix: RealArray, size: number): Float64Array {
  const raw = new Float64Array(triangleCount(size));
  let k = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++, k++) raw[k] = matrix[i * size + j] - matrix[j * size + i];
  }
  return raw;
}
