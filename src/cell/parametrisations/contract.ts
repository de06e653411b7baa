/**
 * What a parametrisation is: a map from the array that is trained (raw) to the matrix that the cell sees (effective).
 *
 * Raw and effective may have different shapes, and what is costly at one raw array is computed once, in `at`.
 */
import type { OptionRules, OptionValues } from "../../core/options.ts";

export type RealArray = Float32Array | Float64Array;

/** Which parameter is parametrised. */
export interface WeightPlace {
  readonly parameter: string;
  /** Shape that the cell sees: `[post, pre]`, or `[unit]`. */
  readonly shape: readonly number[];
}

/** A member of the registry. */
export interface Parametrisation {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  readonly options: OptionRules;
  /**
   * The map for one parameter, with options that follow the rules.
   *
   * @throws ParameterError when the shape or a combination of options does not suit
   */
  map(place: WeightPlace, options: OptionValues): WeightMap;
}

export interface WeightMap {
  readonly rawShape: readonly number[];
  /** How many raw numbers the effective matrix depends on and training may change; 0 for a matrix that is not trained. */
  readonly freeCount: number;
  /** What the map turns about: an array beside the raw one that no gradient changes. */
  readonly base?: WeightBase;
  /**
   * The map at one raw array.
   *
   * @param base given if and only if the map has one
   */
  at(raw: RealArray, base?: RealArray): WeightPoint;
}

/** The base of a map, which training moves to the point reached: the effective matrix stays, the raw array starts anew. */
export interface WeightBase {
  readonly shape: readonly number[];
  initial(): Float64Array;
  /** Updates between two re-basings, >= 1. */
  readonly every: number;
  /**
   * Raw array and base that give the same effective matrix.
   *
   * @param count of this re-basing, 1 for the first
   * @returns fresh arrays in the precision of the given ones
   */
  rebased(raw: RealArray, base: RealArray, count: number): { readonly raw: RealArray; readonly base: RealArray };
}

/**
 * The map and its derivatives at one raw array.
 *
 * Results are in the precision of what they are made from; they may share memory with it and are never written to.
 */
export interface WeightPoint {
  /** Effective matrix, row-major. */
  readonly effective: RealArray;
  /** Jacobian times a raw direction. */
  tangent(direction: RealArray): RealArray;
  /** Transposed Jacobian times an effective cotangent. */
  pullback(cotangent: RealArray): RealArray;
  /** Derivative of `pullback(cotangent)` along a raw direction, the cotangent held; undefined where it is zero for every cotangent. */
  pullbackTangent(direction: RealArray, cotangent: RealArray): RealArray | undefined;
}
