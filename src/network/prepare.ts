import type { Program } from "../cell/program.ts";
import { CapabilityError } from "../core/errors.ts";
import { chooseBackend, installedBackends } from "../engine/backends.ts";
import type { Backend, KernelOptions, Precision, SequenceKernel } from "../engine/contract.ts";

/**
 * A program on the back end that is named, or on the fastest that can run it here: a cell that no compiler turns into
 * a kernel is interpreted.
 */
export async function prepareProgram(
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
