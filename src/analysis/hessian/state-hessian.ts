import { ParameterError } from "../../core/errors.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import type { Loss } from "../../train/contract.ts";
import { cellStates, joinedStates } from "../cell-states.ts";
import type { FrozenPass } from "../loss-surface/frozen-passes.ts";
import type { ReadoutKernel, StateRows } from "./readout-kernel.ts";

export interface StateHessian {
  /** Identity of the trial. */
  readonly trial: number;
  /** The step after which the state is taken, from 0. */
  readonly step: number;
  /** Second derivatives of the trial's own loss, `[stateSize, stateSize]`. */
  readonly matrix: Float64Array;
}

export interface StateHessianCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly loss: Loss;
  readonly readout: ReadoutKernel;
  /** Step whose state is meant, from 0; -1: the last that counts of each trial. */
  readonly step: number;
}

/**
 * Hessian of the loss of each trial with respect to its hidden state after a step.
 *
 *     H = d2 / dh2 [ loss of the step's own output + loss of the later outputs, run from h ],   h = (the cell's own states)
 *
 * Exact: one pass with tangents along all unit vectors at once, a copy of the trial for each. The weights of the loss are
 * those of the trial's whole loss, which its counted steps share.
 *
 * Accuracy: test/unit/hessian.test.ts. Cost per trial: a product of stateSize copies from the step on.
 *
 * @throws ParameterError for a step that a trial does not have
 */
export function stateHessians(call: StateHessianCall, { batch, call: pass }: FrozenPass): StateHessian[] {
  const { network, kernel, weights } = call;
  const { names } = cellStates(network);
  const { batchSize, stepCount } = batch;
  const trajectories = kernel.forward({ ...pass, weights, outputFrom: stepCount }).states();
  return Array.from({ length: batchSize }, (_, row) => row).flatMap((row) => {
    const trial = stretchOf(batch, row, 0, stepCount, 1);
    // a trial that the loss does not look at has no loss of its own
    if (!counts(trial)) return [];
    const step = call.step === -1 ? lastCountedStep(batch, row) : call.step;
    const length = batch.lengths?.[row] ?? stepCount;
    if (step >= length) {
      throw new ParameterError({
        place: "hessian, stateStep",
        rule: `must be a step of every trial, got ${step} in a trial of ${length} steps`,
        remedy: "-1 takes the last step that counts",
      });
    }
    const copies = copiesOf(network, trajectories, row * (stepCount + 1) + step + 1);
    const own = stretchOf(batch, row, step, step + 1, copies.count);
    const later = stretchOf(batch, row, step + 1, stepCount, copies.count);
    const whole = call.loss.weighting(trial).total;
    const matrix = new Float64Array(copies.count ** 2);
    const add = (tangent: StateRows, factor: number): void => {
      const joined = joinedStates(network, tangent, copies.count);
      for (let i = 0; i < matrix.length; i++) matrix[i] += factor * joined[i];
    };
    if (counts(own)) {
      const { output, outputTangent, backward } = call.readout.tangent(copies.states, copies.units, copies.count);
      const [first, second] = cotangents(call.loss, output, outputTangent, own);
      add(backward(first, second), call.loss.weighting(own).total / whole);
    }
    if (counts(later)) {
      const { batchSize: rows, stepCount: steps, input, trials } = later;
      const rest = { batchSize: rows, stepCount: steps, input, trials, initialState: copies.states };
      const going = { ...pass, ...rest, weights, firstStep: step + 1, outputFrom: 0 };
      const tangent = kernel.tangent(going, { initialState: copies.units }, true);
      const [first, second] = cotangents(call.loss, tangent.output, tangent.outputTangent, later);
      const found = tangent.backward({ output: first }, { output: second }).initialStateTangent;
      add(Object.fromEntries(names.map((name) => [name, found[name]])), call.loss.weighting(later).total / whole);
    }
    return [{ trial: batch.trials[row], step, matrix }];
  });
}

/** A state as often as it has numbers, each copy with a unit vector of its own. */
interface StateCopies {
  readonly count: number;
  /** With the states of coloured noise. */
  readonly states: StateRows;
  readonly units: StateRows;
}

/** @param entry of the trajectories, over trials and steps */
function copiesOf(network: Network, trajectories: StateRows, entry: number): StateCopies {
  const { names, stateSize: count } = cellStates(network);
  const states: Record<string, Float64Array> = {};
  const units: Record<string, Float64Array> = {};
  let offset = 0;
  for (const [name, size] of Object.entries(network.states)) {
    const one = trajectories[name].subarray(entry * size, (entry + 1) * size);
    states[name] = Float64Array.from({ length: count * size }, (_, i) => one[i % size]);
    if (!names.includes(name)) continue;
    units[name] = new Float64Array(count * size);
    for (let i = 0; i < size; i++) units[name][(offset + i) * size + i] = 1;
    offset += size;
  }
  return { count, states, units };
}

/** Steps `from` to `to` of one trial, `copies` times. */
function stretchOf(batch: TrialBatch, row: number, from: number, to: number, copies: number): TrialBatch {
  const { stepCount, inputSize, outputSize, target, lengths, channelWeights } = batch;
  const part = <Values extends Float32Array | Int32Array>(values: Values, size: number, into: Values): Values => {
    const one = values.subarray((row * stepCount + from) * size, (row * stepCount + to) * size);
    for (let copy = 0; copy < copies; copy++) into.set(one, copy * one.length);
    return into;
  };
  const reals = (values: Float32Array, size: number): Float32Array =>
    part(values, size, new Float32Array(copies * (to - from) * size));
  return {
    batchSize: copies,
    stepCount: to - from,
    inputSize,
    outputSize,
    input: reals(batch.input, inputSize),
    target:
      target.kind === "values"
        ? { kind: "values", values: reals(target.values, outputSize) }
        : { kind: "classes", classes: part(target.classes, 1, new Int32Array(copies * (to - from))) },
    mask: reals(batch.mask, 1),
    trials: new Uint32Array(copies).fill(batch.trials[row]),
    conditions: {},
    ...(channelWeights === undefined ? {} : { channelWeights }),
    ...(lengths === undefined
      ? {}
      : { lengths: new Uint32Array(copies).fill(Math.max(0, Math.min(to, lengths[row]) - from)) }),
  };
}

const counts = ({ mask }: TrialBatch): boolean => mask.some((weight) => weight !== 0);

function lastCountedStep({ mask, stepCount }: TrialBatch, row: number): number {
  return mask.subarray(row * stepCount, (row + 1) * stepCount).findLastIndex((weight) => weight !== 0);
}

/** Gradient of a loss with respect to the outputs, and its tangent. */
function cotangents(
  loss: Loss,
  output: RealArray,
  outputTangent: RealArray,
  batch: TrialBatch,
): readonly [RealArray, RealArray] {
  return [loss.gradient(output, batch), loss.gradientTangent(output, outputTangent, batch)];
}
