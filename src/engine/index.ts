/** Back ends: what runs the program of a cell over whole sequences, forward, in reverse and with tangents. */
export {
  chooseBackend,
  installBackend,
  installedBackends,
  preferBackend,
  preferredBackend,
  reference,
} from "./backends.ts";
export { nativeBackend, wasmBackend } from "./compiled/backend.ts";
export type { InstanceOptions, KernelInstance, KernelProvider } from "./compiled/contract.ts";
export type {
  Backend,
  Cotangents,
  Directions,
  Gradients,
  KernelOptions,
  NoiseCall,
  Precision,
  RealArray,
  SequenceCall,
  SequenceForward,
  SequenceKernel,
  SequenceStack,
  SequenceTangent,
} from "./contract.ts";
export type { FlatEvaluator } from "./flat/contract.ts";
export { installRules } from "./flat/prepare.ts";
export { type FlatRule, flatRule } from "./flat/rule.ts";
export { vectorBackend } from "./vector/backend.ts";
export type { WasmInstance, WasmProvider } from "./wasm/contract.ts";
