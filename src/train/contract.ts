/** What a loss, an optimiser and a schedule are. */
import type { BrokenOption, OptionRules, OptionValues } from "../core/options.ts";
import type { RealArray } from "../engine/contract.ts";
import type { FlatEvaluator } from "../engine/flat/contract.ts";
import type { FlatRule } from "../engine/flat/rule.ts";
import type { Weights } from "../network/contract.ts";
import type { Target, TrialBatch } from "../task/contract.ts";

/** The part of a trial batch that a loss looks at. */
export type Judged = Pick<
  TrialBatch,
  "batchSize" | "stepCount" | "outputSize" | "target" | "mask" | "channelWeights" | "lengths"
>;

/** A position in a batch. */
export interface Place {
  /** Row in the batch, 0..batchSize-1. */
  readonly row: number;
  /** Time step, 0..stepCount-1. */
  readonly step: number;
}

/** A loss over one batch, split by trial so that batches can be pooled and trials resampled. */
export interface LossMeasure {
  /** Mean over what counts; NaN when nothing counts. */
  readonly value: number;
  /** Sum of `trialWeights`: what `value` was divided by. */
  readonly weight: number;
  /** Loss of each trial, `[batch]`; 0 where the trial's weight is 0. */
  readonly perTrial: Float64Array;
  /**
   * Weight of each trial, `[batch]`: the sum of its mask, or its length where the loss is a mean over all steps. `value`
   * is the mean of `perTrial` under these weights.
   */
  readonly trialWeights: Float64Array;
  /** Earliest step with an output that is not finite, and the first trial that shows it there. */
  readonly firstBad: Place | undefined;
}

/** Weights of squared errors: L = sum_bti mask_bt channels_i e_bti^2 / total. */
export interface Weighting {
  /** `[outputSize]`. */
  readonly channels: Float64Array;
  readonly total: number;
}

/** A function of the output and the target, averaged over steps. */
export interface Loss {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** Kind of target it judges. */
  readonly target: Target["kind"];
  /** @throws ShapeError when arrays do not fit. @throws ParameterError for the wrong kind of target or a class out of range. */
  measure(output: RealArray, batch: Judged): LossMeasure;
  /** Gradient of `value` with respect to the output, `[batch, time, outputSize]`, fresh, in the output's precision. */
  gradient(output: RealArray, batch: Judged): RealArray;
  /** Tangent of `gradient` along `outputTangent` (Hessian of the loss times the tangent), same shape and precision. */
  gradientTangent(output: RealArray, outputTangent: RealArray, batch: Judged): RealArray;
  /**
   * Whether each trial is decided rightly, `[batch]`, 1 or 0 (0 also where nothing counts); undefined for value targets.
   * The decision is the largest mean score over the decision steps: the masked steps, back from the last one, whose class
   * is the class of the last one. With one output, class 1 is chosen when the mean score is above 0.
   */
  correct(output: RealArray, batch: Judged): Uint8Array | undefined;
  /** How a loss of value targets weighs the numbers of a batch. */
  weighting(batch: Judged): Weighting;
}

/** What an optimiser remembers: plain data. */
export interface OptimiserState {
  /** Updates made so far. */
  readonly count: number;
  /** Running averages by name, one array per weight array, in the weights' precision. */
  readonly slots: Readonly<Record<string, Weights>>;
}

export interface UpdateCall {
  readonly weights: Weights;
  readonly gradient: Weights;
  readonly state: OptimiserState;
  /** Learning rate of this update, > 0. */
  readonly rate: number;
  /** Learning rate of single arrays, by name; the others take `rate`. */
  readonly rates?: Readonly<Record<string, number>>;
  /** >= 0; each optimiser says whether it enters the gradient or shrinks the weights directly. */
  readonly weightDecay: number;
  /** Complete, as `options` of the optimiser says. */
  readonly options: OptionValues;
}

export interface UpdateResult {
  readonly weights: Weights;
  readonly state: OptimiserState;
}

/**
 * A rule that turns a gradient into new weights.
 *
 * Pure: arguments are never written to; results are fresh arrays that the caller owns.
 * Arithmetic is double, rounded once on storing to the weights' precision.
 */
export interface Optimiser {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly options: OptionRules;
  /** Rules that options break together which are fine one by one. */
  readonly check?: (options: OptionValues) => readonly BrokenOption[];
  /** Its equations, one rule per variant that options choose among: what an engine compiles. */
  readonly rules: readonly FlatRule[];
  init(weights: Weights, options: OptionValues): OptimiserState;
  update(call: UpdateCall): UpdateResult;
  /** The same optimiser with its rules evaluated by `evaluator`: the same bits, sooner. */
  evaluatedBy(evaluator: FlatEvaluator): Optimiser;
}

/** Learning-rate factor over a run. */
export interface Schedule {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly options: OptionRules;
  /** Factor of update `index` (0-based) in a run of `updates`; in [0, 1]. */
  factor(index: number, updates: number, options: OptionValues): number;
}
