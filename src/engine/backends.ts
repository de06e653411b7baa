/** The back ends that this process has. The platform adds its own at start. */

import { CapabilityError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { Backend } from "./contract.ts";
import { sequenceKernel } from "./kernel.ts";
import { referenceMachine } from "./reference/machine.ts";
import { deriveScans } from "./scan.ts";

export const reference: Backend = {
  name: "reference",
  summary: "float64 interpreter, the definition of every result; slow",
  precisions: ["float64"],
  unavailable: () => undefined,
  prepare: async (program, _precision, options) =>
    sequenceKernel(program, referenceMachine(deriveScans(program)), options),
};

/** Fastest first. */
const installed: Backend[] = [reference];

/** Adds a back end that is faster than those installed before it. */
export function installBackend(backend: Backend): void {
  const index = installed.findIndex(({ name }) => name === backend.name);
  if (index >= 0) installed.splice(index, 1);
  installed.unshift(backend);
}

export const installedBackends = (): readonly Backend[] => [...installed];

let preferred: string | undefined;

/** Makes one back end the choice wherever none is named; undefined returns to the fastest that can run. */
export function preferBackend(name: string | undefined): void {
  preferred = name;
}

export const preferredBackend = (): string | undefined => preferred;

/**
 * A back end by name, or the preferred one, or the fastest that can run here.
 *
 * @throws ParameterError for an unknown name, CapabilityError for one that cannot run here.
 */
export function chooseBackend(name: string | undefined = preferred): Backend {
  if (name === undefined) return installed.find((backend) => backend.unavailable() === undefined) ?? reference;
  const backend = installed.find((candidate) => candidate.name === name);
  if (backend === undefined)
    throw unknownName(
      "back end",
      name,
      installed.map((candidate) => candidate.name),
    );
  const reason = backend.unavailable();
  if (reason !== undefined) {
    throw new CapabilityError({ place: `back end ${name}`, rule: reason, remedy: "see noisy-rnn doctor" });
  }
  return backend;
}
