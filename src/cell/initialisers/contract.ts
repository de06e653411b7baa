/** What an initialiser is: fresh values of one parameter as a pure function of the seed. */
import { ParameterError } from "../../core/errors.ts";
import type { OptionRules, OptionValues } from "../../core/options.ts";
import type { RandomKey, RandomPlace } from "../../core/random.ts";
import { type Axis, axisSize, parseAxis } from "../axis.ts";

/** Which parameter is initialised. */
export interface InitialTarget {
  readonly parameter: string;
  /** `["post", "pre"]` for a matrix, `["unit"]` for a vector. */
  readonly axes: readonly Axis[];
  /** Size of each named axis. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Shape of the array to fill; differs from the axes where the parametrisation says so. */
  readonly rawShape: readonly number[];
  /** Settings of the cell. */
  readonly settings: Readonly<Record<string, number | string>>;
}

/** Where the random numbers of one parameter lie. */
export interface InitialDraws {
  readonly key: RandomKey;
  readonly place: RandomPlace;
}

/** A member of the registry. */
export interface Initialiser {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  readonly options: OptionRules;
  /**
   * The function that fills one parameter, with options that follow the rules.
   *
   * @returns row-major values, fresh at each call
   * @throws ParameterError when the target does not suit
   */
  prepare(target: InitialTarget, options: OptionValues): (draws: InitialDraws) => Float64Array;
}

/** Rule of the option `fan` of initialisers that scale with a fan-in. */
export const fanOption = {
  type: "text",
  default: null,
  remedy: 'name an axis, for example "hidden" or "input"; null takes the columns of the matrix',
} as const;

/**
 * The number of inputs that a parameter's values are scaled by: the size of the axis `fan`, or of a matrix's columns.
 *
 * @throws ParameterError for a vector without `fan`, ShapeError for an unknown axis
 */
export function fanIn(
  initialiser: string,
  { parameter, axes, sizes }: InitialTarget,
  fan: OptionValues[string],
): number {
  if (typeof fan === "string") return axisSize(parseAxis(fan), sizes);
  if (axes.length === 2) return axisSize(axes[1], sizes);
  throw new ParameterError({
    place: `${initialiser} for ${parameter}`,
    rule: "a vector has no fan-in of its own",
    remedy: 'name the axis whose size counts, for example fan: "input" or fan: "hidden"',
  });
}
