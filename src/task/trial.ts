/**
 * The trial grammar: what a trial consists of, written down once, from which batches are made.
 *
 * A generator task says which periods follow each other, which channels there are, what a trial's conditions are (a pure
 * function of split, index and seed) and what it paints on the trial's canvas: input and ground truth by channel and period.
 */
import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { Channel, Period, Split, Task, TrialBatch } from "./contract.ts";
import { checkGrammar } from "./grammar-rules.ts";

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
  /** One or more, in their order, with durations in ms; their ends are rounded to whole steps, of which each keeps one. */
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

/**
 * A task with value targets from its grammar.
 *
 * @returns a task whose batches throw a ParameterError where `draw` lacks a condition, or `paint` names a channel or period
 *   that the grammar does not have or paints a number that is not finite in float32
 * @throws ParameterError for a grammar that breaks a rule
 */
export function trialTask<Condition extends string>(grammar: TrialGrammar<Condition>): Task {
  checkGrammar({ ...grammar }, wholeTrial);
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
    let row = 0;
    const place = (): string => `task ${name}, trial ${indices[row]} of the ${split} split`;
    /** Sets a channel of a `[batch, step, channel]` array during a period of the current trial. */
    const fill = (array: Float32Array, size: number, channel: number, period: string, value: number): void => {
      const during = steps.get(period);
      if (during === undefined) throw unknownName("period", period, [...steps.keys()], place());
      const first = row * stepCount;
      const end = (first + during.to) * size;
      for (let at = (first + during.from) * size + channel; at < end; at += size) array[at] = value;
    };
    const paint = (kind: "input" | "output", numbers: ReadonlyMap<string, number>, array: Float32Array) => {
      return (channel: string, period: string, value: number): void => {
        const number = numbers.get(channel);
        if (number === undefined) throw unknownName(`${kind} channel`, channel, [...numbers.keys()], place());
        if (!isPaintable(value)) throw unpaintable(place(), `${kind} channel "${channel}", period "${period}"`, value);
        fill(array, numbers.size, number, period, value);
      };
    };
    const canvas: Canvas = {
      input: paint("input", inputNumbers, input),
      groundTruth: paint("output", outputNumbers, values),
      mask: (period, weight) => {
        if (!(isPaintable(weight) && weight >= 0))
          throw unpaintable(place(), `mask, period "${period}"`, weight, " >= 0");
        fill(mask, 1, 0, period, weight);
      },
    };
    for (; row < batchSize; row++) {
      const condition = grammar.draw(split, indices[row], seed);
      for (const [variable, column] of columns) {
        const value: unknown = condition?.[variable];
        if (typeof value !== "number") throw undrawn(place(), variable, value);
        column[row] = value;
      }
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

function isPaintable(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(Math.fround(value));
}

function unpaintable(place: string, where: string, value: unknown, range = ""): ParameterError {
  return new ParameterError({
    place: `${place}, ${where}`,
    rule: `what is painted must be a number${range} that is finite in float32, got ${String(value)}`,
    remedy: "change what draw returns or how paint computes it",
  });
}

function undrawn(place: string, variable: string, value: unknown): ParameterError {
  return new ParameterError({
    place: `${place}, draw`,
    rule: `must return a number for the condition "${variable}", got ${value === undefined ? "none" : String(value)}`,
    remedy: "let draw return it, or take it out of conditions",
  });
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
