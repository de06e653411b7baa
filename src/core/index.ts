/** Errors, keyed random numbers, named families and arrays with a shape: what every room speaks. */
export {
  CapabilityError,
  FormatError,
  InternalError,
  InterruptedError,
  MachineError,
  NoisyRnnError,
  ParameterError,
  ShapeError,
  SpecError,
  type SpecIssue,
} from "./errors.ts";
export type { OptionRule, OptionRules, OptionValue, OptionValues } from "./options.ts";
export {
  bootstrapIndices,
  integers,
  type LawName,
  normals,
  type Purpose,
  permutation,
  philox4x32,
  type RandomKey,
  type RandomPlace,
  stream,
  uniforms,
  words,
} from "./random.ts";
export { type Registry, registry } from "./registry.ts";
export { type ElementType, type Tensor, type TypedArray, tensor, toFloat64 } from "./tensor.ts";
