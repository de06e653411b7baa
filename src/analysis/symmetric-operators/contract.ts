/** A symmetric matrix that is known by its products alone. */
export interface SymmetricOperator {
  /** Rows and columns, >= 1. */
  readonly size: number;
  /** The matrix times a vector, `[size]`, fresh; the argument is not written to. */
  product(vector: Float64Array): Float64Array;
}

/** Random vectors of an estimate: `[size]`, a pure function of the index 0, 1, 2, ... */
export type ProbeVectors = (index: number) => Float64Array;
