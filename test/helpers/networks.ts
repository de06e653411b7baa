/** Small networks with random numbers in them, on the reference back end in float64. */
import { normals } from "../../src/core/random.ts";
import type { RealArray } from "../../src/engine/contract.ts";
import type {
  Network,
  NetworkCall,
  NetworkForward,
  NetworkKernel,
  NetworkOptions,
  Weights,
} from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NetworkExtras } from "../../src/network/spec.ts";

export interface PreparedNetwork {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly call: NetworkCall;
}

export type NetworkSetup = Omit<NetworkOptions, "inputSize" | "hiddenSize" | "outputSize"> &
  Partial<Pick<NetworkOptions, "inputSize" | "hiddenSize" | "outputSize">> & {
    readonly batchSize?: number;
    readonly stepCount?: number;
    readonly extras?: NetworkExtras;
    readonly call?: Partial<NetworkCall>;
  };

export const random = (count: number, stream: number, scale = 1): Float64Array =>
  normals(new Float64Array(count), { seed: 11, stream }).map((z) => scale * z);

/** Weights of everything random, biases too, so that no gradient is zero by accident. */
export function randomWeights(network: Network, stream: number, scale = 0.5): Weights {
  return Object.fromEntries(
    Object.entries(network.shapes).map(([name, shape], index) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, random(count, 1000 * stream + index, scale)];
    }),
  );
}

export async function preparedNetwork(setup: NetworkSetup): Promise<PreparedNetwork> {
  const { batchSize = 2, stepCount = 4, extras = {}, call = {}, ...options } = setup;
  const sizes = { inputSize: 2, hiddenSize: 3, outputSize: 2 };
  const network = createNetwork({ ...sizes, ...options }, extras);
  const kernel = await network.kernel({ backend: "reference", precision: "float64" });
  return {
    network,
    kernel,
    call: {
      weights: randomWeights(network, 1),
      batchSize,
      stepCount,
      input: random(batchSize * stepCount * network.spec.inputSize, 2),
      trials: Uint32Array.from({ length: batchSize }, (_, b) => 5 + 7 * b),
      level: "trained",
      key: { seed: 2 ** 33 + 1, stream: 9 },
      ...call,
    },
  };
}

/** A smooth loss of all outputs: sum of c z + z^2 / 2, plus `activityWeight` times the summed activity. */
export const activityWeight = 0.3;
const coefficients = (output: RealArray): Float64Array => random(output.length, 3);

export function smoothLoss({ output, activity }: Pick<NetworkForward, "output" | "activity">): number {
  const c = coefficients(output);
  let total = 0;
  for (let i = 0; i < output.length; i++) total += c[i] * output[i] + output[i] ** 2 / 2;
  for (const a of activity) total += activityWeight * a;
  return total;
}

export function lossCotangent(output: RealArray): { output: RealArray; activity: number } {
  const c = coefficients(output);
  return { output: output.map((z, i) => c[i] + z), activity: activityWeight };
}

/** Calls moved along directions of weights, input and initial state. */
export function movedCall(
  call: NetworkCall,
  direction: { readonly weights: Weights; readonly input: RealArray },
  by: number,
): NetworkCall {
  const weights = Object.fromEntries(
    Object.entries(call.weights).map(([name, w]) => [name, w.map((x, i) => x + by * direction.weights[name][i])]),
  );
  return { ...call, weights, input: call.input.map((x, i) => x + by * direction.input[i]) };
}
