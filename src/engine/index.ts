/** Back ends: what runs the program of a cell over whole sequences, forward, in reverse and with tangents. */
export {
  chooseBackend,
  installBackend,
  installedBackends,
  preferBackend,
  preferredBackend,
  reference,
} from "./backends.ts";
export type {
  Backend,
  Cotangents,
  Directions,
  Gradients,
  NoiseCall,
  Precision,
  RealArray,
  SequenceCall,
  SequenceForward,
  SequenceKernel,
  SequenceTangent,
} from "./contract.ts";
export type { FlatEvaluator } from "./flat/contract.ts";
export { installRules } from "./flat/prepare.ts";
export { type FlatRule, flatRule } from "./flat/rule.ts";
export { vectorBackend, wasmBackend } from "./wasm/backend.ts";
export type { WasmInstance, WasmProvider } from "./wasm/contract.ts";
