import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { eigenvaluesOf } from "../../src/analysis/fixed-points/linear.ts";
import { normals } from "../../src/core/random.ts";

const drawn = (size: number, seed: number) => normals(new Float64Array(size * size), { seed, stream: 0 });
/** Distance of each value from the nearest of the others, the largest of all. */
function farthest(found: readonly { real: number; imaginary: number }[], reference: readonly [number, number][]) {
  const left = [...reference];
  let most = 0;
  for (const { real, imaginary } of found) {
    const distances = left.map(([re, im]) => Math.hypot(re - real, im - imaginary));
    const nearest = Math.min(...distances);
    most = Math.max(most, nearest);
    left.splice(distances.indexOf(nearest), 1);
  }
  return most;
}

describe("eigenvalues", () => {
  test.each([1, 2, 3, 5, 12, 40, 64])(
    "of random matrices of %i are those of ml-matrix, to 1e-11 of the largest",
    (size) => {
      for (let seed = 0; seed < 4; seed++) {
        const matrix = drawn(size, seed);
        const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(
          Matrix.from1DArray(size, size, matrix),
        );
        const found = eigenvaluesOf(matrix);
        expect(found).toHaveLength(size);
        const reference = realEigenvalues.map((real, i): [number, number] => [real, imaginaryEigenvalues[i]]);
        // roundings of 1e-16 times size, times condition numbers of some 100
        expect(farthest(found, reference)).toBeLessThan(1e-11 * Math.hypot(found[0].real, found[0].imaginary));
      }
    },
  );

  test("of a permutation of 8 are the 8th roots of 1, which no shift of its own corner finds", () => {
    const matrix = new Float64Array(64);
    for (let i = 0; i < 8; i++) matrix[i * 8 + ((i + 1) % 8)] = 1;
    const roots = Array.from({ length: 8 }, (_, k): [number, number] => [
      Math.cos((k * Math.PI) / 4),
      Math.sin((k * Math.PI) / 4),
    ]);
    expect(farthest(eigenvaluesOf(matrix), roots)).toBeLessThan(1e-14);
  });

  test("of triangles, of 0 and of a block of Jordan", () => {
    const triangle = Float64Array.of(1, 5, -3, 0, -2, 7, 0, 0, 3);
    expect(eigenvaluesOf(triangle).map(({ real }) => real)).toEqual([3, -2, 1]);
    expect(eigenvaluesOf(new Float64Array(25)).every(({ real, imaginary }) => real === 0 && imaginary === 0)).toBe(
      true,
    );
    // the four of a block move by the fourth root of a rounding
    const jordan = Float64Array.of(0.9, 1, 0, 0, 0, 0.9, 1, 0, 0, 0, 0.9, 1, 1e-16, 0, 0, 0.9);
    for (const { real, imaginary } of eigenvaluesOf(jordan))
      expect(Math.hypot(real - 0.9, imaginary)).toBeLessThan(1e-3);
  });

  test("of a transformed matrix are those of the matrix; pairs follow each other, the one above the axis first", () => {
    // two rotations by 0.3 and 1.1 of moduli 0.9 and 0.5, mixed by a shear
    const turn = (modulus: number, angle: number) => [modulus * Math.cos(angle), modulus * Math.sin(angle)];
    const [[a, b], [c, d]] = [turn(0.9, 0.3), turn(0.5, 1.1)];
    const blocks = new Matrix([
      [a, -b, 0, 0],
      [b, a, 0, 0],
      [0, 0, c, -d],
      [0, 0, d, c],
    ]);
    const shear = new Matrix([
      [1, 2, 0, 1],
      [0, 1, 3, 0],
      [0, 0, 1, 2],
      [0, 0, 0, 1],
    ]);
    // inverse of the shear, whose determinant is 1
    const inverse = new Matrix([
      [1, -2, 6, -13],
      [0, 1, -3, 6],
      [0, 0, 1, -2],
      [0, 0, 0, 1],
    ]);
    expect(shear.mmul(inverse).to2DArray()).toEqual(Matrix.eye(4).to2DArray());
    const found = eigenvaluesOf(Float64Array.from(shear.mmul(blocks).mmul(inverse).to1DArray()));
    const expected = [a, b, a, -b, c, d, c, -d];
    for (const [i, value] of found.flatMap(({ real, imaginary }) => [real, imaginary]).entries()) {
      expect(value).toBeCloseTo(expected[i], 12);
    }
  });
});
