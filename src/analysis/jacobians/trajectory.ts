/** Trajectories of trials at one noise level, and what moves perturbations of states along them. */
import type { RealArray, SequenceCall, SequenceKernel } from "../../engine/contract.ts";
import type { Network, NetworkKernel, NoiseKey, NoiseLevel, Weights } from "../../network/contract.ts";
import { deviationSettings } from "../../noise/sources.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { cellStates } from "../cell-states.ts";

export interface TrajectoryCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly states: SequenceKernel;
  readonly weights: Weights;
  readonly level: NoiseLevel;
  readonly key: NoiseKey;
  readonly batch: TrialBatch;
}

/** Cotangents of one step: of the state after it, and of its output. */
export interface StepCotangents {
  /** `[trials, vectors, stateSize]`. */
  readonly state: Float64Array;
  /** `[trials, vectors, outputSize]`. */
  readonly output: Float64Array;
}

export interface Trajectories {
  readonly stateSize: number;
  readonly batch: TrialBatch;
  /** `[trials, time, outputSize]`. */
  readonly output: RealArray;
  /** Cotangents of the states before a step, `[trials, vectors, stateSize]`. */
  pullStep(step: number, vectors: number, cotangents: StepCotangents): Float64Array;
  /** `Phi v`: tangents before step `from` after step `to - 1`, `[trials, stateSize]`. */
  push(from: number, to: number, tangents: Float64Array): Float64Array;
  /** `Phi' u`: cotangents after step `to - 1` before step `from`, `[trials, stateSize]`. */
  pull(from: number, to: number, cotangents: Float64Array): Float64Array;
}

/**
 * The trials of a batch, run once; perturbations keep their inputs and noise.
 *
 * Cost of `pullStep`: a step forward and back per vector; of `push` and `pull`: two to three passes from `from` to `to`.
 */
export function trajectories(call: TrajectoryCall): Trajectories {
  const { network, kernel, weights, level, key, batch } = call;
  const { batchSize, stepCount } = batch;
  const { inputSize } = network.spec;
  const own = cellStates(network);
  const { stateSize } = own;
  const forward = kernel.forward({ ...trialsOf(network, batch), weights, level, key, outputFrom: 0 });
  const states = forward.states();
  const parameters = toDoubles(network.effectiveWeights(weights));
  const sites = network.noiseAt(level);
  const settings = { ...network.equations.settings, ...deviationSettings(network.equations.program, sites) };

  const sequence = (from: number, to: number, vectors: number): SequenceCall => {
    const rows = batchSize * vectors;
    const steps = to - from;
    const input = new Float64Array(rows * steps * inputSize);
    for (let r = 0; r < rows; r++) {
      const at = (Math.floor(r / vectors) * stepCount + from) * inputSize;
      input.set(batch.input.subarray(at, at + steps * inputSize), r * steps * inputSize);
    }
    const initialState = Object.fromEntries(
      Object.entries(network.states).map(([name, size]) => {
        const values = new Float64Array(rows * size);
        for (let r = 0; r < rows; r++) {
          const at = (Math.floor(r / vectors) * (stepCount + 1) + from) * size;
          values.set(states[name].subarray(at, at + size), r * size);
        }
        return [name, values];
      }),
    );
    const { seed, stream } = key;
    const trials = Uint32Array.from({ length: rows }, (_, r) => batch.trials[Math.floor(r / vectors)]);
    return {
      batchSize: rows,
      stepCount: steps,
      sizes: network.equations.sizes,
      settings,
      parameters,
      inputs: { input },
      initialState,
      noise: { seed, stream, trials, firstStep: from, sites },
      outputFrom: steps - 1,
    };
  };
  /** Joined vectors at the last of some steps, by state name. */
  const split = (joined: Float64Array, rows: number, steps: number): Record<string, Float64Array> => {
    let offset = 0;
    return Object.fromEntries(
      own.names.map((name) => {
        const size = network.states[name];
        const values = new Float64Array(rows * steps * size);
        for (let r = 0; r < rows; r++) {
          const at = r * stateSize + offset;
          values.set(joined.subarray(at, at + size), (r * steps + steps - 1) * size);
        }
        offset += size;
        return [name, values];
      }),
    );
  };
  const join = (parts: Readonly<Record<string, RealArray>>, rows: number, entries: number): Float64Array => {
    const joined = new Float64Array(rows * stateSize);
    let offset = 0;
    for (const name of own.names) {
      const size = network.states[name];
      const values = parts[name];
      for (let r = 0; values !== undefined && r < rows; r++) {
        const at = (r * entries + entries - 1) * size;
        for (let i = 0; i < size; i++) joined[r * stateSize + offset + i] = values[at + i];
      }
      offset += size;
    }
    return joined;
  };
  const pulled = (sequenceCall: SequenceCall, outputs: Readonly<Record<string, RealArray>>): Float64Array => {
    const pass = call.states.forward(sequenceCall, true);
    return join(pass.backward({ outputs }, { inputs: true }).initialState, sequenceCall.batchSize, 1);
  };
  return {
    stateSize,
    batch,
    output: forward.output,
    pullStep(step, vectors, { state, output }) {
      const rows = batchSize * vectors;
      return pulled(sequence(step, step + 1, vectors), { ...split(state, rows, 1), output });
    },
    push(from, to, tangents) {
      if (from === to) return tangents.slice();
      const direction = { parameters: {}, inputs: {}, initialState: split(tangents, batchSize, 1) };
      const pass = call.states.tangent(sequence(from, to, 1), direction, false);
      return join(pass.stateTangents(), batchSize, to - from + 1);
    },
    pull(from, to, cotangents) {
      if (from === to) return cotangents.slice();
      return pulled(sequence(from, to, 1), split(cotangents, batchSize, to - from));
    },
  };
}

function toDoubles(weights: Weights): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, Float64Array.from(values)]));
}
