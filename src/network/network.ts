import { axisSize } from "../cell/axis.ts";
import type { WeightBase } from "../cell/parametrisations/contract.ts";
import { schemes } from "../cell/schemes/registry.ts";
import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { elementCount } from "../core/tensor.ts";
import { preferredBackend } from "../engine/backends.ts";
import type { RealArray } from "../engine/contract.ts";
import { timeStepOf } from "../noise/sources.ts";
import type { Network, NetworkEquations, NetworkKernelOptions, NetworkOptions, Weights } from "./contract.ts";
import { mapped, networkKernel, programSettings, weightPoints } from "./kernel.ts";
import { noiseAt } from "./noise-level.ts";
import { prepareProgram } from "./prepare.ts";
import { baseName, type NetworkExtras, type NetworkParameter, type NetworkParts, networkParts } from "./spec.ts";

/**
 * A network: cell, noise and linear readout, checked and completed.
 *
 *     output = wOut rate + bOut,   activity = sum over units of rate^2,   both from the state after each step
 *
 * The rate is what the cell reads out (its first state unless it says otherwise). The readout starts as `normal` with
 * gain 1 and zeros.
 *
 * @param options cell and sizes; everything else has defaults, which `spec` of the result spells out
 * @param extras a cell, parametrisations or initialisers of one's own, used by their names
 * @throws SpecError with one issue per broken rule
 */
export function createNetwork(options: NetworkOptions, extras: NetworkExtras = {}): Network {
  const parts = networkParts(options, extras);
  const { spec, parameters, program, sizes, noise, references } = parts;
  return Object.freeze<Network>({
    spec,
    equations: Object.freeze({
      program,
      sizes,
      settings: programSettings(parts),
      timeStep: timeStepOf(parts.cell, spec.settings),
      ...integrationOf(parts),
    }),
    shapes: Object.fromEntries(
      withBases(
        parameters,
        ({ map }) => map.rawShape,
        (base) => base.shape,
      ),
    ),
    parameterCount: parameters.reduce((total, { map }) => total + map.freeCount, 0),
    frozen: [
      ...parameters.filter(({ map }) => map.freeCount === 0 && elementCount(map.rawShape) > 0).map(({ name }) => name),
      ...parameters.filter(({ map }) => map.base !== undefined).map(({ name }) => baseName(name)),
    ],
    states: Object.fromEntries(program.states.map(({ name, axis }) => [name, axisSize(axis, sizes)])),
    noise,
    references,
    changed: (others) => createNetwork({ ...spec, ...others }, extras),
    initialWeights: (seed): Weights =>
      Object.fromEntries(
        withBases(
          parameters,
          ({ initial }) => initial(seed),
          (base) => base.initial(),
        ),
      ),
    effectiveWeights: (weights) => mapped(weightPoints(parameters, weights), ({ effective }) => effective),
    rebased: (weights, updates) => rebased(parameters, weights, updates),
    noiseAt: (level) => noiseAt(noise, level),
    kernel: async (options) => {
      checkKernelOptions(options);
      const { backend, precision, ...others } = options;
      return networkKernel(parts, await prepareProgram(program, precision, backend ?? preferredBackend(), others));
    },
  });
}

function integrationOf({ cell }: NetworkParts): Pick<NetworkEquations, "integration"> {
  const { drift, timeStep, scheme = schemes.members[0] } = cell;
  return drift === undefined || timeStep === undefined ? {} : { integration: Object.freeze({ timeStep, scheme }) };
}

/** Entries of all arrays of the weights: each parameter's own, followed by that of its base. */
function withBases<Value>(
  parameters: readonly NetworkParameter[],
  own: (parameter: NetworkParameter) => Value,
  ofBase: (base: WeightBase) => Value,
): [string, Value][] {
  return parameters.flatMap((parameter): [string, Value][] => [
    [parameter.name, own(parameter)],
    ...(parameter.map.base === undefined
      ? []
      : [[baseName(parameter.name), ofBase(parameter.map.base)] as [string, Value]]),
  ]);
}

function rebased(parameters: readonly NetworkParameter[], weights: Weights, updates: number): Weights {
  const due = parameters.flatMap(({ name, map: { base } }): [string, RealArray][] => {
    if (base === undefined || updates % base.every !== 0) return [];
    const next = base.rebased(weights[name], weights[baseName(name)], updates / base.every);
    return [
      [name, next.raw],
      [baseName(name), next.base],
    ];
  });
  return due.length === 0 ? weights : { ...weights, ...Object.fromEntries(due) };
}

/** Most threads of a kernel. */
export const mostThreads = 256;
const optionNames = ["precision", "backend", "threads", "checkpointing"];

function checkKernelOptions(options: NetworkKernelOptions): void {
  const refuse = (place: string, rule: string, received: unknown, remedy: string): never => {
    throw new ParameterError({ place: `kernel, ${place}`, rule: `${rule}, got ${JSON.stringify(received)}`, remedy });
  };
  if (typeof options !== "object" || options === null)
    refuse("options", "must be an object", options, 'for example { precision: "float32" }');
  for (const name of Object.keys(options))
    if (!optionNames.includes(name)) throw unknownName("option of a kernel", name, optionNames);
  const { precision, threads = 1, checkpointing = false } = options;
  if (precision !== "float32" && precision !== "float64")
    refuse("precision", 'must be "float32" or "float64"', precision, "float32 trains, float64 checks");
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    refuse(
      "threads",
      `must be a whole number from 1 to ${mostThreads}`,
      threads,
      "1 computes in the calling thread alone",
    );
  if (typeof checkpointing !== "boolean")
    refuse("checkpointing", "must be true or false", checkpointing, "true takes less memory for long sequences");
}
