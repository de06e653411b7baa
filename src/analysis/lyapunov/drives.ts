/** What drives a network while its exponents are measured: inputs and where trajectories start. */
import { integers, stream } from "../../core/random.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { Task, TrialBatch } from "../../task/contract.ts";
import { firstState, trialsOf } from "../../train/batches.ts";
import { cellStates } from "../cell-states.ts";
import { constantInputs } from "../constant-inputs.ts";
import { lengthOf } from "../fixed-points/inputs.ts";
import { spreadTrials } from "../spread-trials.ts";

export const driveNames = ["constant", "stream", "trials"] as const;
export type DriveName = (typeof driveNames)[number];

/** Trajectories that are followed together. */
export interface Drive {
  readonly name: DriveName;
  /** What tells trajectories apart, one each. */
  readonly labels: readonly { readonly condition: number | null; readonly start: number }[];
  /** Initial values of the cell's states, `[count, size]`; those left out are 0. */
  readonly initial: Readonly<Record<string, RealArray>>;
  readonly transient: number;
  readonly blockSteps: number;
  readonly blocks: number;
  input(firstStep: number, steps: number): Float64Array;
}

export interface DriveCall {
  readonly place: string;
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly task: Task;
  readonly seed: number;
  readonly inputs: string | null;
  readonly inputCount: number;
  readonly starts: number;
  readonly trials: number;
  readonly transient: number;
  readonly steps: number;
  readonly blocks: number;
}

/** Constant inputs, from states that the network visits in its trials without noise. */
export function constantDrive(call: DriveCall): Drive {
  const { network, task, seed, starts } = call;
  const inputs = constantInputs(call.place, task, seed, call.inputs, call.inputCount);
  const visited = visitedStates(call, starts);
  const labels = inputs.flatMap(({ condition }) =>
    Array.from({ length: starts }, (_, start) => ({ condition, start })),
  );
  const initial = Object.fromEntries(
    Object.entries(visited).map(([name, values]) => [name, repeatedRows(values, inputs.length)]),
  );
  const { inputSize } = network.spec;
  return {
    name: "constant",
    labels,
    initial,
    ...longRun(call),
    input: (_firstStep, steps) => {
      const row = steps * inputSize;
      const values = new Float64Array(labels.length * row);
      for (let k = 0; k < values.length; k++) {
        values[k] = inputs[Math.floor(k / row / starts)].values[k % inputSize];
      }
      return values;
    },
  };
}

/** Test trials one after the other with the state carried over: trajectory s shows trials s, s + starts, ... without end. */
export function streamDrive(call: DriveCall): Drive {
  const { network, task, seed, starts } = call;
  const { inputSize } = network.spec;
  const available = Math.min(task.trialCount("test"), 2 ** 24);
  const queues = Array.from({ length: starts }, (_, start) => ({ next: start, shown: [] as Float64Array[], steps: 0 }));
  const fill = (queue: (typeof queues)[number], until: number): void => {
    while (queue.steps < until) {
      const batch = task.batch("test", Uint32Array.of(queue.next % available), seed);
      const length = lengthOf(batch, 0);
      queue.shown.push(Float64Array.from(batch.input.subarray(0, length * inputSize)));
      queue.steps += length;
      queue.next += starts;
    }
  };
  return {
    name: "stream",
    labels: queues.map((_, start) => ({ condition: null, start })),
    initial: visitedStates(call, starts),
    ...longRun(call),
    input: (firstStep, steps) => {
      const values = new Float64Array(starts * steps * inputSize);
      for (const [index, queue] of queues.entries()) {
        fill(queue, firstStep + steps);
        let at = 0;
        for (const shown of queue.shown) {
          const length = shown.length / inputSize;
          const from = Math.max(at, firstStep);
          const to = Math.min(at + length, firstStep + steps);
          if (from < to) {
            const part = shown.subarray((from - at) * inputSize, (to - at) * inputSize);
            values.set(part, (index * steps + from - firstStep) * inputSize);
          }
          at += length;
        }
      }
      return values;
    },
  };
}

/** Test trials each from its own initial state over its own length: drives of trials of one length. */
export function trialDrives(call: DriveCall): Drive[] {
  const { network, task, seed } = call;
  const batch = task.batch("test", spreadTrials(task, "test", call.trials), seed);
  const [condition = null] = Object.keys(batch.conditions);
  const byLength = new Map<number, number[]>();
  for (let row = 0; row < batch.batchSize; row++) {
    const length = lengthOf(batch, row);
    byLength.set(length, [...(byLength.get(length) ?? []), row]);
  }
  return [...byLength].map(([length, rows]) => ({
    name: "trials",
    labels: rows.map((row) => ({
      condition: condition === null ? null : batch.conditions[condition][row],
      start: batch.trials[row],
    })),
    initial: initialOf(network, batch, rows),
    transient: 0,
    blockSteps: length,
    blocks: 1,
    input: (firstStep, steps) => {
      const { inputSize, stepCount } = batch;
      const values = new Float64Array(rows.length * steps * inputSize);
      for (const [index, row] of rows.entries()) {
        const at = (row * stepCount + firstStep) * inputSize;
        values.set(batch.input.subarray(at, at + steps * inputSize), index * steps * inputSize);
      }
      return values;
    },
  }));
}

function longRun({ transient, steps, blocks }: DriveCall): Pick<Drive, "transient" | "blockSteps" | "blocks"> {
  return { transient, blockSteps: Math.ceil(steps / blocks), blocks };
}

function initialOf(
  { states }: Network,
  { initialState }: TrialBatch,
  rows: readonly number[],
): Readonly<Record<string, RealArray>> {
  return initialState === undefined
    ? {}
    : firstState(
        states,
        Float32Array.from(rows, (row) => initialState[row]),
      );
}

/** States of test trials spread over the split, without noise, each after a step drawn by chance. */
function visitedStates({ network, kernel, weights, task, seed }: DriveCall, starts: number): Record<string, RealArray> {
  const chosen = spreadTrials(task, "test", starts);
  const trials = Uint32Array.from({ length: starts }, (_, start) => chosen[start % chosen.length]);
  const batch = task.batch("test", trials, seed);
  const key = { seed, stream: stream("tangent-noise", 0) };
  const forward = kernel.forward({
    ...trialsOf(network, batch),
    weights,
    level: "zero",
    key,
    outputFrom: batch.stepCount,
  });
  const states = forward.states();
  const after = integers(new Uint32Array(starts), batch.stepCount, key);
  return Object.fromEntries(
    cellStates(network).names.map((name) => {
      const size = network.states[name];
      const values = new Float64Array(starts * size);
      for (let s = 0; s < starts; s++) {
        const step = 1 + (after[s] % lengthOf(batch, s));
        const at = (s * (batch.stepCount + 1) + step) * size;
        values.set(states[name].subarray(at, at + size), s * size);
      }
      return [name, values];
    }),
  );
}

function repeatedRows(values: RealArray, times: number): Float64Array {
  const result = new Float64Array(values.length * times);
  for (let k = 0; k < times; k++) result.set(values, k * values.length);
  return result;
}
