/** Networks: a cell, its noise, a readout; weights are plain arrays beside it. */
export type {
  Network,
  NetworkCall,
  NetworkDirection,
  NetworkEquations,
  NetworkForward,
  NetworkKernel,
  NetworkKernelOptions,
  NetworkOptions,
  NetworkSpec,
  NetworkStack,
  NetworkTangent,
  NoiseKey,
  NoiseLevel,
  OutputCotangent,
  Weights,
} from "./contract.ts";
export { type Integration, integrate } from "./integrate.ts";
export { createNetwork } from "./network.ts";
export { type RefinedKernel, type RefinedPass, refinedKernel } from "./refinement.ts";
export type { NetworkExtras } from "./spec.ts";
