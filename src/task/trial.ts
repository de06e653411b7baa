/**
 * The trial grammar: what a trial consists of, written down once, from which batches are made.
 *
 * A generator task says which periods follow each other, which channels there are, what a trial's conditions are (a pure
 * function of split, index and seed) and what it paints on the trial's canvas: input and ground truth by channel and period.
 */
import { InternalError } from "../core/errors.ts";
import type { Channel, Period, Split, Task, TrialBatch } from "./contract.ts";

/** Step of tasks that have no time of their own, in ms: with tau = 100 ms it gives alpha = 0.2. */
export const defaultStep = 20;

/** Steps `from .. to - 1` of a trial. */
interface Steps {
  readonly from: number;
  readonly to: number;
}

/** Name for all periods of a trial together, where a canvas takes a period. */
export const wholeTrial = "whole trial";

/**
 * Where one trial is painted. Names are those of the grammar's channels and periods, or `wholeTrial`; what is not
 * painted is 0.
 */
export interface Canvas {
  /** Sets an input channel during a period. */
  input(channel: string, period: string, value: number): void;
  /** Sets what an output channel should be during a period. */
  groundTruth(channel: string, period: string, value: number): void;
  /** Weight of a period's steps in the loss, >= 0. */
  mask(period: string, weight: number): void;
}

export interface TrialGrammar<Condition extends string> {
  readonly name: string;
  /** The resolved options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Duration of a step in ms. */
  readonly dt: number;
  /** Periods in their order with durations in ms; their ends are rounded to whole steps. */
  readonly periods: readonly { readonly name: string; readonly duration: number }[];
  readonly inputs: readonly Channel[];
  readonly outputs: readonly Channel[];
  /** Condition variables, the columns of `TrialBatch.conditions`. */
  readonly conditions: readonly Condition[];
  trialCount(split: Split): number;
  /** What trial `index` shows: a pure function of its arguments. */
  draw(split: Split, index: number, seed: number): Readonly<Record<Condition, number>>;
  paint(canvas: Canvas, condition: Readonly<Record<Condition, number>>): void;
}

/** A task with value targets from its grammar. */
export function trialTask<Condition extends string>(grammar: TrialGrammar<Condition>): Task {
  const { name, options, dt, inputs, outputs, conditions } = grammar;
  const { periods, steps, stepCount } = timeline(grammar.periods, dt);
  const inputSize = inputs.length;
  const outputSize = outputs.length;
  const inputNumbers = new Map(inputs.map((channel, i) => [channel.name, i]));
  const outputNumbers = new Map(outputs.map((channel, i) => [channel.name, i]));

  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const batchSize = indices.length;
    const input = new Float32Array(batchSize * stepCount * inputSize);
    const values = new Float32Array(batchSize * stepCount * outputSize);
    const mask = new Float32Array(batchSize * stepCount);
    const columns = conditions.map((condition) => [condition, new Float64Array(batchSize)] as const);
    let first = 0;
    const canvas: Canvas = {
      input: (channel, period, value) =>
        fill(input, first, inputSize, inputNumbers.get(channel), steps.get(period), value),
      groundTruth: (channel, period, value) =>
        fill(values, first, outputSize, outputNumbers.get(channel), steps.get(period), value),
      mask: (period, weight) => fill(mask, first, 1, 0, steps.get(period), weight),
    };
    for (let row = 0; row < batchSize; row++, first += stepCount) {
      const condition = grammar.draw(split, indices[row], seed);
      for (const [variable, column] of columns) column[row] = condition[variable];
      grammar.paint(canvas, condition);
    }
    return {
      batchSize,
      stepCount,
      inputSize,
      outputSize,
      input,
      target: { kind: "values", values },
      mask,
      trials: indices.slice(),
      conditions: Object.fromEntries(columns),
    };
  };

  return {
    name,
    options,
    inputSize,
    outputSize,
    stepCount,
    dt,
    loss: "mean-squared-error",
    inputs,
    outputs,
    periods,
    trialCount: grammar.trialCount,
    batch,
  };
}

/** Sets a channel during a period of the trial that begins at step `first` of a `[step, channel]` array. */
function fill(
  array: Float32Array,
  first: number,
  size: number,
  channel: number | undefined,
  steps: Steps | undefined,
  value: number,
): void {
  if (channel === undefined || steps === undefined) {
    throw new InternalError("trial grammar", "a task painted a channel or period that it does not have");
  }
  const end = (first + steps.to) * size;
  for (let at = (first + steps.from) * size + channel; at < end; at += size) array[at] = value;
}

/** Periods one after the other, each end at the nearest whole step. */
function timeline(
  durations: readonly { readonly name: string; readonly duration: number }[],
  dt: number,
): { readonly periods: readonly Period[]; readonly steps: ReadonlyMap<string, Steps>; readonly stepCount: number } {
  const periods: Period[] = [];
  const steps = new Map<string, Steps>();
  let time = 0;
  let from = 0;
  for (const { name, duration } of durations) {
    time += duration;
    const to = Math.round(time / dt);
    periods.push({ name, start: from * dt, end: to * dt });
    steps.set(name, { from, to });
    from = to;
  }
  steps.set(wholeTrial, { from: 0, to: from });
  return { periods, steps, stepCount: from };
}
