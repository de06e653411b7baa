/** A network under given inputs and noise as a map with tangents. */
import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, NoiseKey, NoiseLevel, Weights } from "../../network/contract.ts";
import { cellStates } from "../cell-states.ts";
import type { TangentMap } from "./tangent-map.ts";

export interface DrivenNetwork {
  readonly network: Network;
  /** In float64. */
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly level: NoiseLevel;
  readonly key: NoiseKey;
  /** Whose noise each trajectory has, `[count]`. */
  readonly trials: Uint32Array;
  /** Inputs of some steps, `[count, steps, inputSize]`. */
  input(firstStep: number, steps: number): RealArray;
}

export interface NetworkTangents extends TangentMap {
  /**
   * States before the first step, `[count, stateSize]`.
   *
   * @param initial of the cell's own states, `[count, size]` by name; those left out are 0
   */
  start(initial: Readonly<Record<string, RealArray>>): Float64Array;
}

/**
 * Steps of a network with the derivative of the noisy step: the diffusion is differentiated where it depends on the state.
 *
 * A state is all of the program's states, those of coloured noise last; tangents are of the cell's own states. Coloured
 * noise does not depend on the network, so its tangents are 0: perturbed and unperturbed states share the noise path.
 *
 * Each tangent is one entry of a batch, with the trial number and so the noise of its trajectory; the states of a
 * trajectory are those of its first tangent. Cost: a Jacobian-vector product of the kernel per tangent and step.
 */
export function networkTangents(driven: DrivenNetwork): NetworkTangents {
  const { network, kernel, weights, level, key, trials } = driven;
  const { inputSize } = network.spec;
  const count = trials.length;
  const own = cellStates(network);
  const slots = slotsOf(network);
  const stateSize = Object.values(network.states).reduce((sum, size) => sum + size, 0);
  return {
    stateSize,
    tangentSize: own.stateSize,
    start(initial) {
      const given = { weights, level, key, trials, initialState: initial };
      const { states } = kernel.forward({
        ...given,
        batchSize: count,
        stepCount: 1,
        input: driven.input(0, 1),
        outputFrom: 1,
      });
      return gathered(states(), slots, stateSize, count, { of: 2, entry: 0, stride: 1 });
    },
    advance(states, tangents, firstStep, steps) {
      const vectors = tangents.length / (count * own.stateSize);
      const batchSize = count * vectors;
      const once = driven.input(firstStep, steps);
      const row = steps * inputSize;
      const input = new Float64Array(batchSize * row);
      for (let b = 0; b < batchSize; b++) {
        const trajectory = Math.floor(b / vectors);
        input.set(once.subarray(trajectory * row, (trajectory + 1) * row), b * row);
      }
      const call = {
        weights,
        level,
        key,
        batchSize,
        stepCount: steps,
        firstStep,
        outputFrom: steps,
        input,
        trials: Uint32Array.from({ length: batchSize }, (_, b) => trials[Math.floor(b / vectors)]),
        initialState: scattered(states, slots, stateSize, batchSize, vectors),
      };
      const ownSlots = slots.filter(({ name }) => own.names.includes(name));
      const direction = scattered(tangents, ownSlots, own.stateSize, batchSize, 1);
      const pass = kernel.tangent(call, { initialState: direction });
      const end = { of: steps + 1, entry: steps };
      return {
        states: gathered(pass.states(), slots, stateSize, count, { ...end, stride: vectors }),
        tangents: gathered(pass.stateTangents(), ownSlots, own.stateSize, batchSize, { ...end, stride: 1 }),
      };
    },
  };
}

interface Slot {
  readonly name: string;
  readonly size: number;
  readonly offset: number;
}

function slotsOf({ states }: Network): Slot[] {
  let offset = 0;
  return Object.entries(states).map(([name, size]) => {
    offset += size;
    return { name, size, offset: offset - size };
  });
}

/** Joined vectors by state name; `repeats` rows of the result each. */
function scattered(
  joined: Float64Array,
  slots: readonly Slot[],
  width: number,
  rows: number,
  repeats: number,
): Record<string, Float64Array> {
  return Object.fromEntries(
    slots.map(({ name, size, offset }) => {
      const values = new Float64Array(rows * size);
      for (let r = 0; r < rows; r++) {
        const from = Math.floor(r / repeats) * width + offset;
        values.set(joined.subarray(from, from + size), r * size);
      }
      return [name, values];
    }),
  );
}

/** One entry of trajectories `[rows * stride, of, size]` of several states, joined: `[rows, width]`. */
function gathered(
  trajectories: Readonly<Record<string, RealArray>>,
  slots: readonly Slot[],
  width: number,
  rows: number,
  { of, entry, stride }: { readonly of: number; readonly entry: number; readonly stride: number },
): Float64Array {
  const joined = new Float64Array(rows * width);
  for (const { name, size, offset } of slots) {
    const values = trajectories[name];
    for (let r = 0; r < rows; r++) {
      const from = (r * stride * of + entry) * size;
      for (let i = 0; i < size; i++) joined[r * width + offset + i] = values[from + i];
    }
  }
  return joined;
}
