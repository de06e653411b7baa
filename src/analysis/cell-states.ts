import type { RealArray } from "../engine/contract.ts";
import type { Network } from "../network/contract.ts";

/** The cell's own states, which stand before those of coloured noise: names, and sizes that add up to a state's. */
export function cellStates({ states }: Network): { readonly names: readonly string[]; readonly stateSize: number } {
  const names = Object.keys(states).filter((name) => !name.startsWith("noise:"));
  return { names, stateSize: names.reduce((sum, name) => sum + states[name], 0) };
}

/**
 * Trajectories of several states side by side.
 *
 * @param trajectories `[batch, entries, size]` by name
 * @param rows batch * entries
 * @returns `[rows, stateSize]`, fresh
 */
export function joinedStates(
  network: Network,
  trajectories: Readonly<Record<string, RealArray>>,
  rows: number,
): Float64Array {
  const { names, stateSize } = cellStates(network);
  const joined = new Float64Array(rows * stateSize);
  let offset = 0;
  for (const name of names) {
    const size = network.states[name];
    const values = trajectories[name];
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < size; i++) joined[row * stateSize + offset + i] = values[row * size + i];
    }
    offset += size;
  }
  return joined;
}
