/** What all losses share: averaging a per-step loss over trials and steps, its derivatives, and the decision of a trial. */
import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import { ParameterError, ShapeError } from "../../core/errors.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Target } from "../../task/contract.ts";
import { areFinite } from "../clipping.ts";
import type { Judged, Loss, LossMeasure, Place, Weighting } from "../contract.ts";

/**
 * A loss at one step of one trial.
 *
 * `at` is the offset of the step's first output, `size` the number of outputs, `truth` the class index
 * (class targets) or the offset of the step's first target value (value targets). `shares` are the weights of the channels, absent when all have the same, 1 / size.
 */
export interface StepLoss<Kind extends Target["kind"]> {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly target: Kind;
  /** What the sum over steps is divided by: the sum of the mask, or the number of steps whatever their mask. */
  readonly average: "mask" | "steps";
  value(
    output: RealArray,
    at: number,
    size: number,
    truth: number,
    values: Values<Kind>,
    shares: Float64Array | undefined,
  ): number;
  /** Writes `scale` times the gradient to `into` at `at`. */
  gradient(
    into: RealArray,
    scale: number,
    output: RealArray,
    at: number,
    size: number,
    truth: number,
    values: Values<Kind>,
    shares: Float64Array | undefined,
  ): void;
  /** Writes `scale` times the Hessian's product with `tangent` to `into` at `at`. */
  hessianProduct(
    into: RealArray,
    scale: number,
    output: RealArray,
    tangent: RealArray,
    at: number,
    size: number,
    truth: number,
    shares: Float64Array | undefined,
  ): void;
}

type Values<Kind> = Kind extends "values" ? Float32Array : undefined;

/**
 * The loss that averages a step loss over what counts.
 *
 *     L = sum_bt m_bt l(z_bt, target_bt) / W,   W = sum_bt m_bt, or the sum of the trials' lengths
 *
 * @param step the loss of one step
 * @returns a loss; derivatives are exact and are 0 where the mask is 0, whatever the output is there
 */
export function maskedLoss<Kind extends Target["kind"]>(step: StepLoss<Kind>): Loss {
  return {
    name: step.name,
    summary: step.summary,
    references: step.references,
    target: step.target,

    measure(output, batch) {
      const { classes, values, limit, shares } = checked(step, output, batch);
      const { batchSize, stepCount, outputSize, mask } = batch;
      const perTrial = new Float64Array(batchSize);
      const trialWeights = new Float64Array(batchSize);
      let total = 0;
      let weight = 0;
      let least = 0;
      for (let row = 0, index = 0; row < batchSize; row++) {
        let trialTotal = 0;
        let trialWeight = 0;
        for (const end = index + stepCount; index < end; index++) {
          const m = mask[index];
          if (m === 0) continue;
          const at = index * outputSize;
          const truth = classes === undefined ? at : classes[index];
          if (m < least) least = m;
          if (truth < 0 || truth >= limit) throw badClass(step.name, batch, index, truth);
          trialTotal += m * step.value(output, at, outputSize, truth, values, shares);
          trialWeight += m;
        }
        if (step.average === "steps") trialWeight = lengthOf(step.name, batch, row);
        perTrial[row] = trialWeight === 0 ? 0 : trialTotal / trialWeight;
        trialWeights[row] = trialWeight;
        total += trialTotal;
        weight += trialWeight;
      }
      checkWeights(step.name, batch, weight, least);
      return {
        value: total / weight,
        weight,
        perTrial,
        trialWeights,
        firstBad: firstBad(output, batch),
      } satisfies LossMeasure;
    },

    gradient(output, batch) {
      const { classes, values, limit, shares } = checked(step, output, batch);
      const { outputSize, mask } = batch;
      const weight = totalWeight(step, batch);
      const into = zerosLike(output);
      for (let index = 0; index < mask.length; index++) {
        const m = mask[index];
        if (m === 0) continue;
        const at = index * outputSize;
        const truth = classes === undefined ? at : classes[index];
        if (truth < 0 || truth >= limit) throw badClass(step.name, batch, index, truth);
        step.gradient(into, m / weight, output, at, outputSize, truth, values, shares);
      }
      return into;
    },

    gradientTangent(output, outputTangent, batch) {
      const { classes, limit, shares } = checked(step, output, batch);
      if (outputTangent.length !== output.length) {
        throw new ShapeError({
          place: step.name,
          rule: `the output tangent must have the output's ${output.length} numbers, got ${outputTangent.length}`,
          remedy: "pass the tangent that belongs to this output",
        });
      }
      const { outputSize, mask } = batch;
      const weight = totalWeight(step, batch);
      const into = zerosLike(output);
      for (let index = 0; index < mask.length; index++) {
        const m = mask[index];
        if (m === 0) continue;
        const at = index * outputSize;
        const truth = classes === undefined ? at : classes[index];
        if (truth < 0 || truth >= limit) throw badClass(step.name, batch, index, truth);
        step.hessianProduct(into, m / weight, output, outputTangent, at, outputSize, truth, shares);
      }
      return into;
    },

    correct(output, batch) {
      const { classes, limit } = checked(step, output, batch);
      checkedMask(step.name, batch);
      return classes === undefined ? undefined : rightlyDecided(step.name, output, batch, classes, limit);
    },

    weighting(batch): Weighting {
      const { outputSize } = batch;
      const channels = channelShares(step, batch) ?? new Float64Array(outputSize).fill(1 / outputSize);
      return { channels, total: totalWeight(step, batch) };
    },
  };
}

/** The target of a batch whose shapes fit. Weights and classes are checked where they are used. */
interface Truths<Kind> {
  readonly classes: Int32Array | undefined;
  readonly values: Values<Kind>;
  /** Truths lie below it. */
  readonly limit: number;
  readonly shares: Float64Array | undefined;
}

function checked<Kind extends Target["kind"]>(step: StepLoss<Kind>, output: RealArray, batch: Judged): Truths<Kind> {
  const { batchSize, stepCount, outputSize, target, mask } = batch;
  const steps = batchSize * stepCount;
  if (target.kind !== step.target) {
    throw new ParameterError({
      place: step.name,
      rule: `the target must be ${step.target}, got ${target.kind}`,
      remedy: target.kind === "values" ? 'use "mean-squared-error"' : 'use "cross-entropy" or "hinge"',
    });
  }
  checkLength(step.name, "output [batch, time, output]", output.length, steps * outputSize);
  checkLength(step.name, "mask [batch, time]", mask.length, steps);
  if (target.kind === "values") {
    checkLength(step.name, "target [batch, time, output]", target.values.length, steps * outputSize);
    const shares = channelShares(step, batch);
    return { classes: undefined, values: target.values as Values<Kind>, limit: output.length, shares };
  }
  const { classes } = target;
  checkLength(step.name, "target [batch, time]", classes.length, steps);
  return { classes, values: undefined as Values<Kind>, limit: classLimit(outputSize), shares: undefined };
}

function classLimit(outputSize: number): number {
  return Math.max(2, outputSize);
}

/**
 * Weight of each channel in the loss of a step: divided by their sum where the loss is a mean of what counts, and by the
 * number of channels where it is a mean of everything.
 */
function channelShares(
  { name, average }: Pick<StepLoss<"values">, "name" | "average">,
  { channelWeights, outputSize }: Judged,
): Float64Array | undefined {
  if (channelWeights === undefined) return undefined;
  checkLength(name, "channelWeights [output]", channelWeights.length, outputSize);
  const sum = channelWeights.reduce((total, weight) => total + weight, 0);
  const bad = channelWeights.find((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (bad !== undefined || !(sum > 0)) {
    throw new ParameterError({
      place: name,
      rule: `channel weights must be finite, not negative and not all 0, got ${bad ?? "only zeros"}`,
      remedy: "0 leaves a channel out, 1 counts it once",
    });
  }
  const divisor = average === "mask" ? sum : outputSize;
  return Float64Array.from(channelWeights, (weight) => weight / divisor);
}

/** Steps of a trial that are its own. */
function lengthOf(place: string, { lengths, stepCount }: Judged, row: number): number {
  const length = lengths?.[row] ?? stepCount;
  if (length <= stepCount) return length;
  throw new ParameterError({
    place,
    rule: `a trial must not be longer than the batch's ${stepCount} steps, got ${length} in row ${row}`,
    remedy: "pad the shorter trials of a batch to the longest",
  });
}

/** What the sum over steps is divided by. */
function totalWeight({ name, average }: Pick<StepLoss<"values">, "name" | "average">, batch: Judged): number {
  const maskWeight = checkedMask(name, batch);
  if (average === "mask") return maskWeight;
  let total = 0;
  for (let row = 0; row < batch.batchSize; row++) total += lengthOf(name, batch, row);
  return total;
}

/** Sum of the mask. */
function checkedMask(place: string, batch: Judged): number {
  const { mask } = batch;
  let weight = 0;
  let least = 0;
  for (let index = 0; index < mask.length; index++) {
    const m = mask[index];
    weight += m;
    if (m < least) least = m;
  }
  checkWeights(place, batch, weight, least);
  return weight;
}

/**
 * A check of every weight after the loop that reads them: finite float32 numbers cannot overflow a sum, and any other
 * makes it infinite or NaN.
 *
 * @param least the least weight, or 0
 */
function checkWeights(place: string, { mask, stepCount }: Judged, weight: number, least: number): void {
  if (least === 0 && weight < Number.POSITIVE_INFINITY) return;
  const index = mask.findIndex((m) => !(m >= 0 && m < Number.POSITIVE_INFINITY));
  throw new ParameterError({
    place,
    rule: `mask weights must be finite and not negative, got ${mask[index]} in ${placeOf(index, stepCount)}`,
    remedy: "0 leaves a step out, 1 counts it once",
  });
}

function badClass(place: string, { outputSize, stepCount }: Judged, index: number, received: number): ParameterError {
  return new ParameterError({
    place,
    rule: `a class must lie in 0..${classLimit(outputSize) - 1}, got ${received} in ${placeOf(index, stepCount)}`,
    remedy: "give the network one output per class (one output serves two classes)",
  });
}

function placeOf(index: number, stepCount: number): string {
  return `row ${Math.floor(index / stepCount)}, step ${index % stepCount}`;
}

function checkLength(place: string, what: string, received: number, expected: number): void {
  if (received === expected) return;
  throw new ShapeError({
    place,
    rule: `${what} must hold ${expected} numbers, got ${received}`,
    remedy: "pass the output, target and mask of the same batch",
  });
}

/** Time first: a blow-up starts at one step, and the trial that shows it there is the one to replay. */
function firstBad(output: RealArray, { batchSize, stepCount, outputSize }: Judged): Place | undefined {
  if (areFinite({ output })) return undefined;
  for (let step = 0; step < stepCount; step++) {
    for (let row = 0; row < batchSize; row++) {
      const at = (row * stepCount + step) * outputSize;
      for (let i = at; i < at + outputSize; i++) if (!Number.isFinite(output[i])) return { row, step };
    }
  }
  return undefined;
}

function rightlyDecided(
  place: string,
  output: RealArray,
  batch: Judged,
  classes: Int32Array,
  limit: number,
): Uint8Array {
  const { batchSize, stepCount, outputSize, mask } = batch;
  const correct = new Uint8Array(batchSize);
  const score = new Float64Array(outputSize);
  for (let row = 0; row < batchSize; row++) {
    score.fill(0);
    let truth = -1;
    for (let index = (row + 1) * stepCount - 1; index >= row * stepCount; index--) {
      if (mask[index] === 0) continue;
      if (classes[index] < 0 || classes[index] >= limit) throw badClass(place, batch, index, classes[index]);
      if (truth === -1) truth = classes[index];
      if (classes[index] !== truth) break;
      for (let i = 0; i < outputSize; i++) score[i] += mask[index] * output[index * outputSize + i];
    }
    correct[row] = truth !== -1 && decision(score) === truth ? 1 : 0;
  }
  return correct;
}

/** Class with the largest score (the first of equal ones); -1, which no class is, when a score is not a number. */
function decision(score: Float64Array): number {
  if (score.some(Number.isNaN)) return -1;
  if (score.length === 1) return score[0] > 0 ? 1 : 0;
  return score.indexOf(score.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
}

/** Fraction of the trials that count which are decided rightly; NaN when none counts. */
export function accuracyOf(correct: Uint8Array, trialWeights: Float64Array): number {
  let right = 0;
  let counted = 0;
  for (let row = 0; row < correct.length; row++) {
    if (trialWeights[row] === 0) continue;
    counted++;
    right += correct[row];
  }
  return right / counted;
}
