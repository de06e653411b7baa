/** What all losses share: averaging a per-step loss over the mask, its derivatives, and the decision of a trial. */
import { ParameterError, ShapeError } from "../../core/errors.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Target } from "../../task/contract.ts";
import type { Judged, Loss, LossMeasure, Place } from "../contract.ts";

/**
 * A loss at one step of one trial.
 *
 * `at` is the offset of the step's first output, `size` the number of outputs, `truth` the class index
 * (class targets) or the offset of the step's first target value (value targets).
 */
export interface StepLoss<Kind extends Target["kind"]> {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly target: Kind;
  value(output: RealArray, at: number, size: number, truth: number, values: Values<Kind>): number;
  /** Writes `scale` times the gradient to `into` at `at`. */
  gradient(
    into: RealArray,
    scale: number,
    output: RealArray,
    at: number,
    size: number,
    truth: number,
    values: Values<Kind>,
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
  ): void;
}

type Values<Kind> = Kind extends "values" ? Float32Array : undefined;

/**
 * The loss that averages a step loss over what the mask counts.
 *
 *     L = sum_bt m_bt l(z_bt, target_bt) / sum_bt m_bt
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
      const truths = checked(step, output, batch);
      const { batchSize, stepCount, outputSize, mask } = batch;
      const perTrial = new Float64Array(batchSize);
      const trialWeights = new Float64Array(batchSize);
      let total = 0;
      let weight = 0;
      for (let row = 0; row < batchSize; row++) {
        let trialTotal = 0;
        let trialWeight = 0;
        for (let index = row * stepCount; index < (row + 1) * stepCount; index++) {
          if (mask[index] === 0) continue;
          trialTotal +=
            mask[index] * step.value(output, index * outputSize, outputSize, truths.at(index), truths.values);
          trialWeight += mask[index];
        }
        perTrial[row] = trialWeight === 0 ? 0 : trialTotal / trialWeight;
        trialWeights[row] = trialWeight;
        total += trialTotal;
        weight += trialWeight;
      }
      return {
        value: total / weight,
        weight,
        perTrial,
        trialWeights,
        firstBad: firstBad(output, batch),
      } satisfies LossMeasure;
    },

    gradient(output, batch) {
      const truths = checked(step, output, batch);
      return overMask(output, batch, (into, scale, index, at) => {
        step.gradient(into, scale, output, at, batch.outputSize, truths.at(index), truths.values);
      });
    },

    gradientTangent(output, outputTangent, batch) {
      const truths = checked(step, output, batch);
      if (outputTangent.length !== output.length) {
        throw new ShapeError({
          place: step.name,
          rule: `the output tangent must have the output's ${output.length} numbers, got ${outputTangent.length}`,
          remedy: "pass the tangent that belongs to this output",
        });
      }
      return overMask(output, batch, (into, scale, index, at) => {
        step.hessianProduct(into, scale, output, outputTangent, at, batch.outputSize, truths.at(index));
      });
    },

    correct(output, batch) {
      checked(step, output, batch);
      return batch.target.kind === "classes" ? rightlyDecided(output, batch, batch.target.classes) : undefined;
    },
  };
}

interface Truths<Kind> {
  at(index: number): number;
  readonly values: Values<Kind>;
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
  for (let index = 0; index < steps; index++) {
    if (!(mask[index] >= 0 && mask[index] < Number.POSITIVE_INFINITY)) {
      throw new ParameterError({
        place: step.name,
        rule: `mask weights must be finite and not negative, got ${mask[index]} in row ${Math.floor(index / stepCount)}, step ${index % stepCount}`,
        remedy: "0 leaves a step out, 1 counts it once",
      });
    }
  }
  if (target.kind === "values") {
    checkLength(step.name, "target [batch, time, output]", target.values.length, steps * outputSize);
    return { at: (index) => index * outputSize, values: target.values as Values<Kind> };
  }
  const classes = target.classes;
  checkLength(step.name, "target [batch, time]", classes.length, steps);
  const classCount = Math.max(2, outputSize);
  for (let index = 0; index < steps; index++) {
    if (mask[index] !== 0 && !(classes[index] >= 0 && classes[index] < classCount)) {
      throw new ParameterError({
        place: step.name,
        rule: `a class must lie in 0..${classCount - 1}, got ${classes[index]} in row ${Math.floor(index / stepCount)}, step ${index % stepCount}`,
        remedy: "give the network one output per class (one output serves two classes)",
      });
    }
  }
  return { at: (index) => classes[index], values: undefined as Values<Kind> };
}

function checkLength(place: string, what: string, received: number, expected: number): void {
  if (received === expected) return;
  throw new ShapeError({
    place,
    rule: `${what} must hold ${expected} numbers, got ${received}`,
    remedy: "pass the output, target and mask of the same batch",
  });
}

function overMask(
  output: RealArray,
  { batchSize, stepCount, outputSize, mask }: Judged,
  write: (into: RealArray, scale: number, index: number, at: number) => void,
): RealArray {
  const into = output instanceof Float32Array ? new Float32Array(output.length) : new Float64Array(output.length);
  let weight = 0;
  for (let index = 0; index < batchSize * stepCount; index++) weight += mask[index];
  for (let index = 0; index < batchSize * stepCount; index++) {
    if (mask[index] !== 0) write(into, mask[index] / weight, index, index * outputSize);
  }
  return into;
}

/** Time first: a blow-up starts at one step, and the trial that shows it there is the one to replay. */
function firstBad(output: RealArray, { batchSize, stepCount, outputSize }: Judged): Place | undefined {
  // The sum is finite unless some output is not (or the sum overflows, which the search below then clears).
  let sum = 0;
  for (let i = 0; i < output.length; i++) sum += output[i];
  if (Number.isFinite(sum)) return undefined;
  for (let step = 0; step < stepCount; step++) {
    for (let row = 0; row < batchSize; row++) {
      const at = (row * stepCount + step) * outputSize;
      for (let i = at; i < at + outputSize; i++) if (!Number.isFinite(output[i])) return { row, step };
    }
  }
  return undefined;
}

function rightlyDecided(
  output: RealArray,
  { batchSize, stepCount, outputSize, mask }: Judged,
  classes: Int32Array,
): Uint8Array {
  const correct = new Uint8Array(batchSize);
  const score = new Float64Array(outputSize);
  for (let row = 0; row < batchSize; row++) {
    score.fill(0);
    let truth = -1;
    for (let index = (row + 1) * stepCount - 1; index >= row * stepCount; index--) {
      if (mask[index] === 0) continue;
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
