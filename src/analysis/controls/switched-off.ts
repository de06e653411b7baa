/** Noise that ends within the trial. */
import type { RealArray } from "../../engine/contract.ts";
import type { NetworkCall } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { lastStates } from "../../train/closed-loop.ts";
import { evaluationStream } from "../../train/score.ts";
import type { FindingRow, FindingTable } from "../contract.ts";
import type { ControlSetting } from "./setting.ts";

export interface SwitchedOff {
  /** Loss over the steps from the switch on that count; null where none does. */
  readonly lossThroughout: number | null;
  readonly lossSwitchedOff: number | null;
  /** Squared error of the output's mean over noise draws, over the same steps. */
  readonly biasThroughout: number | null;
  readonly biasSwitchedOff: number | null;
  readonly tables: readonly FindingTable[];
}

export interface SwitchOptions {
  /** Share of the trial that passes before the noise ends, in (0, 1). */
  readonly switchAt: number;
  /** Trials and outputs of the table of time courses. */
  readonly shownTrials: number;
  readonly shownOutputs: number;
}

/** Outputs of one batch over noise draws. */
interface Spread {
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/** Common trials with common noise until a step, and then none beside noise throughout. */
export function switchedOff(setting: ControlSetting, options: SwitchOptions): SwitchedOff {
  const { batches, loss, repeats } = setting;
  const total = { throughout: 0, off: 0, biasThroughout: 0, biasOff: 0, weight: 0 };
  const courses: FindingRow[] = [];
  const inputs: FindingRow[] = [];
  const shown = shownRows(batches, options.shownTrials);
  for (const [index, batch] of batches.entries()) {
    const { stepCount } = batch;
    const at = Math.min(stepCount - 1, Math.max(1, Math.floor(options.switchAt * stepCount)));
    const after = { ...batch, mask: batch.mask.map((m, i) => (i % stepCount < at ? 0 : m)) };
    const isCounted = after.mask.some((m) => m > 0);
    const spreads = { throughout: emptySpread(batch), off: emptySpread(batch) };
    for (let repeat = 0; repeat < repeats; repeat++) {
      const throughout = outputsOf(setting, batch, repeat, stepCount);
      const off = outputsOf(setting, batch, repeat, at);
      add(spreads.throughout, throughout, repeat + 1);
      add(spreads.off, off, repeat + 1);
      if (!isCounted) continue;
      const measure = loss.measure(throughout, after);
      total.throughout += measure.value * measure.weight;
      total.off += loss.measure(off, after).value * measure.weight;
      total.weight += measure.weight;
    }
    if (isCounted) {
      const { value, weight } = loss.measure(spreads.throughout.mean, after);
      total.biasThroughout += value * weight * repeats;
      total.biasOff += loss.measure(spreads.off.mean, after).value * weight * repeats;
    }
    for (const row of shown[index]) {
      const place = { batch, row, at, dt: setting.task.dt, names: setting.task.outputs.map(({ name }) => name) };
      courses.push(...courseRows(place, spreads, repeats, options.shownOutputs));
      inputs.push(...inputRows(place));
    }
  }
  const mean = (sum: number): number | null => (total.weight === 0 ? null : sum / total.weight);
  return {
    lossThroughout: mean(total.throughout),
    lossSwitchedOff: mean(total.off),
    biasThroughout: mean(total.biasThroughout),
    biasSwitchedOff: mean(total.biasOff),
    tables: tablesOf(courses, inputs),
  };
}

/** Outputs with noise before a step and none from it on. */
function outputsOf(
  { network, kernel, weights, seed }: ControlSetting,
  batch: TrialBatch,
  repeat: number,
  until: number,
): RealArray {
  const { batchSize, stepCount, inputSize, outputSize, input, trials } = batch;
  const common = { weights, key: { seed, stream: evaluationStream("test", repeat) }, outputFrom: 0 };
  const whole = trialsOf(network, batch);
  if (until === stepCount) return kernel.forward({ ...whole, ...common, level: "trained" }).output;
  const outputs = new Float64Array(batchSize * stepCount * outputSize);
  const part = (from: number, to: number, call: Pick<NetworkCall, "level" | "firstStep" | "initialState">) => {
    const steps = to - from;
    const inputs = new Float64Array(batchSize * steps * inputSize);
    for (let b = 0; b < batchSize; b++) {
      const own = input.subarray((b * stepCount + from) * inputSize, (b * stepCount + to) * inputSize);
      inputs.set(own, b * steps * inputSize);
    }
    const forward = kernel.forward({ ...common, ...call, batchSize, stepCount: steps, input: inputs, trials });
    for (let b = 0; b < batchSize; b++) {
      const own = forward.output.subarray(b * steps * outputSize, (b + 1) * steps * outputSize);
      outputs.set(own, (b * stepCount + from) * outputSize);
    }
    return forward;
  };
  const start = whole.initialState === undefined ? {} : { initialState: whole.initialState };
  const before = part(0, until, { level: "trained", ...start });
  const states = lastStates(before.states(), network.states, batchSize);
  part(until, stepCount, { level: "zero", firstStep: until, initialState: states });
  return outputs;
}

function emptySpread({ batchSize, stepCount, outputSize }: TrialBatch): Spread {
  const size = batchSize * stepCount * outputSize;
  return { mean: new Float64Array(size), squares: new Float64Array(size) };
}

function add({ mean, squares }: Spread, output: RealArray, count: number): void {
  for (let i = 0; i < mean.length; i++) {
    const before = output[i] - mean[i];
    mean[i] += before / count;
    squares[i] += before * (output[i] - mean[i]);
  }
}

/** Rows of each batch that are shown, evenly spaced over all trials. */
function shownRows(batches: readonly TrialBatch[], count: number): readonly (readonly number[])[] {
  const total = batches.reduce((sum, { batchSize }) => sum + batchSize, 0);
  const wanted = new Set(
    Array.from({ length: Math.min(count, total) }, (_, i) =>
      count === 1 ? 0 : Math.round((i * (total - 1)) / (Math.min(count, total) - 1 || 1)),
    ),
  );
  let first = 0;
  return batches.map(({ batchSize }) => {
    const rows = Array.from({ length: batchSize }, (_, row) => row).filter((row) => wanted.has(first + row));
    first += batchSize;
    return rows;
  });
}

interface TrialPlace {
  readonly batch: TrialBatch;
  readonly row: number;
  /** First step without noise. */
  readonly at: number;
  readonly dt: number;
  /** Of the output channels. */
  readonly names: readonly string[];
}

function courseRows(
  { batch, row, at, dt, names }: TrialPlace,
  { throughout, off }: { readonly throughout: Spread; readonly off: Spread },
  repeats: number,
  outputs: number,
): FindingRow[] {
  const { stepCount, outputSize, target, mask, lengths, trials } = batch;
  const deviation = ({ squares }: Spread, i: number): number => Math.sqrt(squares[i] / (repeats - 1));
  return Array.from({ length: lengths?.[row] ?? stepCount }, (_, step) =>
    Array.from({ length: Math.min(outputs, outputSize) }, (__, output): FindingRow => {
      const place = row * stepCount + step;
      const i = place * outputSize + output;
      return {
        trial: trials[row],
        step,
        time: (step + 1) * dt,
        output,
        outputName: names[output],
        isCounted: mask[place] > 0,
        isOff: step >= at,
        target: target.kind === "values" ? target.values[i] : null,
        mean: throughout.mean[i],
        deviation: deviation(throughout, i),
        meanSwitchedOff: off.mean[i],
        deviationSwitchedOff: deviation(off, i),
      };
    }),
  ).flat();
}

function inputRows({ batch, row, dt }: TrialPlace): FindingRow[] {
  const { stepCount, inputSize, input, lengths, trials } = batch;
  return Array.from({ length: lengths?.[row] ?? stepCount }, (_, step) =>
    Array.from({ length: inputSize }, (__, channel): FindingRow => {
      const value = input[(row * stepCount + step) * inputSize + channel];
      return { trial: trials[row], step, time: (step + 1) * dt, input: channel, value };
    }),
  ).flat();
}

const placeColumns = [
  { name: "trial", meaning: "index of the trial" },
  { name: "step", meaning: "step of the trial, from 0" },
  { name: "time", meaning: "end of the step, ms" },
] as const;

function tablesOf(courses: readonly FindingRow[], inputs: readonly FindingRow[]): FindingTable[] {
  return [
    {
      name: "time-courses",
      meaning: "Outputs over time with noise throughout, and with noise until a step and none from it on.",
      columns: [
        ...placeColumns,
        { name: "output", meaning: "output channel, from 0" },
        { name: "outputName", meaning: "its name" },
        { name: "isCounted", meaning: "whether the step counts in the loss" },
        { name: "isOff", meaning: "whether the noise has been switched off" },
        { name: "target", meaning: "what the output should be" },
        { name: "mean", meaning: "mean over noise draws, noise throughout" },
        { name: "deviation", meaning: "standard deviation over noise draws" },
        { name: "meanSwitchedOff", meaning: "mean over noise draws, noise switched off" },
        { name: "deviationSwitchedOff", meaning: "standard deviation over noise draws" },
      ],
      rows: courses,
    },
    {
      name: "inputs",
      meaning: "What the trials of the time courses show.",
      columns: [
        ...placeColumns,
        { name: "input", meaning: "input channel, from 0" },
        { name: "value", meaning: "its value" },
      ],
      rows: inputs,
    },
  ];
}
