/** The back end that a command computes on, with one line for people when it is not the native one. */
import { chooseBackend, installedBackends, preferredBackend } from "../engine/backends.ts";
import type { Backend } from "../engine/contract.ts";
import { createNetwork } from "../network/network.ts";
import { installBackends, wantedBackend } from "../platform/node/setup.ts";
import type { RunSpec } from "../study/spec.ts";
import { prepareOptimiser } from "../train/optimisers/prepared.ts";
import { remark } from "./output.ts";

export interface CommandBackend {
  /** The one that is wanted, else the fastest that can run here. */
  readonly backend: Backend;
  /** Instruction set that a back end, by its name, computes with here, for records. */
  variantOf(backend: string): string;
}

export function commandBackend(isQuiet: boolean): CommandBackend {
  let isSaid = false;
  const say = (reason: string): void => {
    if (!isSaid && !isQuiet) remark(`Native kernels are not used, computing takes longer: ${reason}.`);
    isSaid = true;
  };
  const { wasm, native } = installBackends({ onRefuse: ({ rule }) => say(rule) });
  const backend = wantedBackend();
  const missing = preferredBackend() === undefined ? native.unavailable() : undefined;
  if (missing !== undefined) say(missing);
  return {
    backend,
    variantOf: (name) => (name === "reference" ? "none" : (name === "native" ? native : wasm).variant),
  };
}

/**
 * Makes every kernel of the runs, so that their workers find them compiled.
 *
 * @returns the back end that was wanted, or the next that can make them all
 * @throws CapabilityError when the one that `NOISY_RNN_BACKEND` names cannot
 */
export async function kernelsMade(wanted: Backend, specs: readonly RunSpec[]): Promise<Backend> {
  const order = installedBackends().map(({ name }) => name);
  let slowest = order.indexOf(wanted.name);
  const seen = new Set<string>();
  let last: RunSpec | undefined;
  for (const spec of specs) {
    const { network, engine, training } = spec;
    // neighbours in a plan share their parts
    if (last?.network === network && last.engine === engine && last.training === training) continue;
    last = spec;
    // sizes, intensities and other numbers are arguments of a kernel
    const parts = [network, engine.precision, training.optimiser.name];
    const kind = JSON.stringify(parts, (_, value) => (typeof value === "number" ? 0 : value));
    if (seen.has(kind)) continue;
    seen.add(kind);
    const kernel = await createNetwork(network).kernel({ precision: engine.precision });
    await prepareOptimiser(training.optimiser.name, kernel);
    slowest = Math.max(slowest, order.indexOf(kernel.backend));
  }
  return chooseBackend(order[slowest]);
}
