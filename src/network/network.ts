import { axisSize } from "../cell/axis.ts";
import type { Program } from "../cell/program.ts";
import { CapabilityError, ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { elementCount } from "../core/tensor.ts";
import { chooseBackend, installedBackends, preferredBackend } from "../engine/backends.ts";
import type { Backend, KernelOptions, Precision, SequenceKernel } from "../engine/contract.ts";
import type { Network, NetworkKernelOptions, NetworkOptions, Weights } from "./contract.ts";
import { mapped, networkKernel, programSettings, weightPoints } from "./kernel.ts";
import { noiseAt } from "./noise-level.ts";
import { type NetworkExtras, networkParts } from "./spec.ts";

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
    equations: Object.freeze({ program, sizes, settings: programSettings(parts) }),
    shapes: Object.fromEntries(parameters.map(({ name, map }) => [name, map.rawShape])),
    parameterCount: parameters.reduce((total, { map }) => total + map.freeCount, 0),
    frozen: parameters
      .filter(({ map }) => map.freeCount === 0 && elementCount(map.rawShape) > 0)
      .map(({ name }) => name),
    states: Object.fromEntries(program.states.map(({ name, axis }) => [name, axisSize(axis, sizes)])),
    noise,
    references,
    initialWeights: (seed): Weights => Object.fromEntries(parameters.map(({ name, initial }) => [name, initial(seed)])),
    effectiveWeights: (weights) => mapped(weightPoints(parameters, weights), ({ effective }) => effective),
    noiseAt: (level) => noiseAt(noise, level),
    kernel: async (options) => {
      checkKernelOptions(options);
      const { backend, precision, ...others } = options;
      return networkKernel(parts, await prepareProgram(program, precision, backend ?? preferredBackend(), others));
    },
  });
}

/**
 * A program on the back end that is named, or on the fastest that can run it here: a cell that no compiler turns into
 * a kernel is interpreted.
 */
async function prepareProgram(
  program: Program,
  precision: Precision,
  name: string | undefined,
  options: KernelOptions,
): Promise<SequenceKernel> {
  const suits = (backend: Backend): boolean => backend.precisions.includes(precision);
  if (name !== undefined) {
    const chosen = chooseBackend(name);
    if (suits(chosen)) return chosen.prepare(program, precision, options);
    throw new CapabilityError({
      place: `back end ${chosen.name}`,
      rule: `cannot compute in ${precision}`,
      remedy: `use ${precision === "float32" ? "float64" : "float32"}, or another back end (noisy-rnn doctor lists them)`,
    });
  }
  let refusal = new CapabilityError({
    place: "back ends",
    rule: `none that is installed computes in ${precision}`,
    remedy: 'import "noisy-rnn" in Node, which installs them, or use float64',
  });
  for (const backend of installedBackends()) {
    if (!suits(backend) || backend.unavailable() !== undefined) continue;
    try {
      return await backend.prepare(program, precision, options);
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
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
