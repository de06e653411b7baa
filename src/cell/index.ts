/** Cells: their equations, the functions these are written with, weight parametrisations and initialisers. */
export type { Axis } from "./axis.ts";
export {
  type Cell,
  type CellDefinition,
  type Choice,
  defineCell,
  type Equations,
  type Functions,
  type OutputEquations,
  type Parameter,
  resolveSettings,
  type SettingRange,
  shapedCell,
  type Terms,
  type TraceOptions,
  type Tracer,
  traceCell,
  type Wrapper,
} from "./cell.ts";
export { cells } from "./cells/registry.ts";
export type { BrownianTerm } from "./dynamics.ts";
export {
  type ActivationName,
  abs,
  activations,
  add,
  concat,
  cos,
  div,
  type Expression,
  elu,
  erf,
  exp,
  gelu,
  greater,
  hardTanh,
  leakyRelu,
  lerp,
  linear,
  log,
  type Matrix,
  matvec,
  max,
  min,
  modRelu,
  mul,
  neg,
  type Operand,
  power,
  relu,
  retanh,
  sigmoid,
  sign,
  sin,
  slice,
  softplus,
  sqrt,
  square,
  sub,
  sumUnits,
  tanh,
  where,
} from "./expression.ts";
export type { InitialDraws, Initialiser, InitialTarget } from "./initialisers/contract.ts";
export { initialisers } from "./initialisers/registry.ts";
export type { Parametrisation, WeightMap, WeightPlace, WeightPoint } from "./parametrisations/contract.ts";
export { parametrisations } from "./parametrisations/registry.ts";
export type { Point } from "./point.ts";
export type { NoiseLeaf, Program } from "./program.ts";
export type { Motion, Scheme, StepDynamics } from "./schemes/contract.ts";
export { schemes } from "./schemes/registry.ts";
