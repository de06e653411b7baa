/** Derivatives of a step that hold wherever states and inputs lie in their ranges: a matrix and how far from it. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { axisSize } from "../../cell/axis.ts";
import { algebra } from "../../cell/differentiate.ts";
import { isElementwise, type Node, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import type { StepEquations } from "../dynamics/equations.ts";
import { at, type Range, times } from "./interval.ts";

/** Every derivative differs from `centre`, `[size, columns]`, by a matrix of spectral norm `error` at most. */
export interface JacobianBall {
  readonly centre: Matrix;
  readonly error: number;
}

/**
 * Balls of derivatives with respect to some nodes.
 *
 * Sums and products with weight matrices act on centre and error; an element-wise operation whose slope lies in
 * [c - r, c + r] turns (C, e) into (diag(c) C, ||diag(r) C|| + max|slope| e), so linear parts are exact. For a leak
 * plus tanh units, h' = h + dt (A h + tanh(W h + U x)): ||I + dt (A + W / 2)|| + dt ||W|| / 2.
 * Slopes are the partial derivatives of src/cell/operations.ts, their ranges those of interval arithmetic; jumps (step,
 * sign, where) have none, and the error is infinite.
 *
 * @param seeds column at which the block of each node begins
 * @param held nodes that count as constants
 * @returns the ball of a node; undefined where it does not depend on the seeds
 */
export function jacobianBalls(
  { graph, sizeOf, sizes, parameters, noiseNodes }: StepEquations,
  range: (id: NodeId) => Range,
  seeds: ReadonlyMap<NodeId, number>,
  columns: number,
  held: ReadonlySet<NodeId>,
): (id: NodeId) => JacobianBall | undefined {
  const known = new Map<NodeId, JacobianBall | undefined>();
  const k = algebra(graph);
  const ball = (id: NodeId): JacobianBall | undefined => {
    if (known.has(id)) return known.get(id);
    const offset = seeds.get(id);
    const made =
      offset !== undefined
        ? { centre: identityBlock(sizeOf(id), columns, offset), error: 0 }
        : held.has(id) || noiseNodes.has(id)
          ? undefined
          : compute(id, graph.nodes[id]);
    known.set(id, made);
    return made;
  };

  const compute = (id: NodeId, node: Node): JacobianBall | undefined => {
    const size = sizeOf(id);
    switch (node.op) {
      case "constant":
      case "setting":
      case "leaf":
      case "parameter":
        return undefined;
      case "product":
      case "product-transposed": {
        const inner = ball(node.args[0]);
        if (inner === undefined) return undefined;
        const from = sizeOf(node.args[0]);
        const isTransposed = node.op === "product-transposed";
        const stored = matrixOf(parameters[node.name], isTransposed ? from : size);
        const matrix = isTransposed ? stored.transpose() : stored;
        return {
          centre: matrix.mmul(inner.centre),
          error: inner.error === 0 ? 0 : times(inner.error, spectralNorm(matrix)),
        };
      }
      case "slice": {
        const inner = ball(node.args[0]);
        if (inner === undefined || size === 0) return undefined;
        const from = axisSize(node.offset, sizes);
        return { centre: inner.centre.subMatrix(from, from + size - 1, 0, columns - 1), error: inner.error };
      }
      case "concat":
        return stacked(
          node.args.map((arg) => ({ ball: ball(arg), size: sizeOf(arg) })),
          columns,
        );
      case "sum": {
        const inner = ball(node.args[0]);
        if (inner === undefined) return undefined;
        const length = inner.centre.rows;
        return { centre: Matrix.ones(1, length).mmul(inner.centre), error: Math.sqrt(length) * inner.error };
      }
      case "broadcast":
        return repeated(ball(node.args[0]), size);
      default: {
        if (!isElementwise(node)) throw new InternalError("jacobian", `no derivative of ${node.op}`);
        const partials = elementwise[node.op].partials(k, node.args, id);
        let sum: JacobianBall | undefined;
        for (const [index, arg] of node.args.entries()) {
          const inner = repeated(ball(arg), size);
          if (inner === undefined) continue;
          const partial = partials[index];
          if (partial !== undefined) sum = added(sum, scaled(inner, range(partial)));
          else if (canJump(range(arg)))
            sum = added(sum, { centre: Matrix.zeros(size, columns), error: Number.POSITIVE_INFINITY });
        }
        return sum;
      }
    }
  };
  return ball;
}

/** The balls of several vectors, one below the other. */
export function stacked(
  parts: readonly { readonly ball: JacobianBall | undefined; readonly size: number }[],
  columns: number,
): JacobianBall | undefined {
  if (parts.every(({ ball }) => ball === undefined)) return undefined;
  const centre = Matrix.zeros(
    parts.reduce((sum, { size }) => sum + size, 0),
    columns,
  );
  let row = 0;
  let squares = 0;
  for (const { ball, size } of parts) {
    if (ball !== undefined) {
      centre.setSubMatrix(ball.centre, row, 0);
      squares += ball.error * ball.error;
    }
    row += size;
  }
  return { centre, error: Math.sqrt(squares) };
}

/** Largest spectral norm of a derivative in the ball; 0 where there is none. */
export function largestNorm(ball: JacobianBall | undefined): number {
  return ball === undefined ? 0 : spectralNorm(ball.centre) + ball.error;
}

/** Largest norm of direction' J over the derivatives J in the ball. */
export function largestAlong(ball: JacobianBall | undefined, direction: Float64Array): number {
  if (ball === undefined) return 0;
  const row = Matrix.rowVector(Array.from(direction)).mmul(ball.centre);
  return row.norm() + times(Math.hypot(...direction), ball.error);
}

/** Largest singular value, by the eigenvalues of the smaller Gram matrix; infinite when a number is not finite. */
export function spectralNorm(matrix: Matrix): number {
  if (matrix.rows === 0 || matrix.columns === 0) return 0;
  const gram = matrix.rows <= matrix.columns ? matrix.mmul(matrix.transpose()) : matrix.transpose().mmul(matrix);
  const trace = gram.trace();
  if (!(trace > 0)) return trace === 0 ? 0 : Number.POSITIVE_INFINITY;
  if (trace === Number.POSITIVE_INFINITY) return trace;
  const { realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  return Math.sqrt(realEigenvalues.reduce((most, value) => Math.max(most, value), 0));
}

function scaled({ centre, error }: JacobianBall, slope: Range): JacobianBall {
  const middle = new Float64Array(centre.rows);
  const radius = new Float64Array(centre.rows);
  let most = 0;
  for (let unit = 0; unit < centre.rows; unit++) {
    const [low, high] = at(slope, unit);
    const isBounded = high - low < Number.POSITIVE_INFINITY;
    middle[unit] = isBounded ? (low + high) / 2 : 0;
    radius[unit] = isBounded ? (high - low) / 2 : Number.POSITIVE_INFINITY;
    most = Math.max(most, Math.abs(low), Math.abs(high));
  }
  const spread = radius.some((value) => value > 0) ? spectralNorm(rowsTimes(centre, radius)) : 0;
  return { centre: rowsTimes(centre, middle), error: spread + times(most, error) };
}

function rowsTimes(matrix: Matrix, factors: Float64Array): Matrix {
  const result = matrix.clone();
  for (let i = 0; i < matrix.rows; i++) {
    for (let j = 0; j < matrix.columns; j++)
      result.set(i, j, matrix.get(i, j) === 0 ? 0 : matrix.get(i, j) * factors[i]);
  }
  return result;
}

const added = (a: JacobianBall | undefined, b: JacobianBall): JacobianBall =>
  a === undefined ? b : { centre: Matrix.add(a.centre, b.centre), error: a.error + b.error };

/** A number for all units of a vector. */
function repeated(ball: JacobianBall | undefined, size: number): JacobianBall | undefined {
  if (ball === undefined || ball.centre.rows === size) return ball;
  const centre = new Matrix(Array.from({ length: size }, () => ball.centre.getRow(0)));
  return { centre, error: Math.sqrt(size) * ball.error };
}

/** Whether a function that jumps at 0 can jump. */
const canJump = ({ low, high }: Range): boolean =>
  low.some((least, unit) => least <= 0 && high[unit] >= 0 && least < high[unit]);

function identityBlock(size: number, columns: number, offset: number): Matrix {
  const block = Matrix.zeros(size, columns);
  for (let i = 0; i < size; i++) block.set(i, offset + i, 1);
  return block;
}

function matrixOf(values: Float64Array, rows: number): Matrix {
  return Matrix.from1DArray(rows, rows === 0 ? 0 : values.length / rows, Array.from(values));
}
