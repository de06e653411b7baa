/** A network whose outputs are its states after each step, so that cotangents of states can be pulled back. */
import { CapabilityError } from "../../core/errors.ts";
import { chooseBackend, installedBackends } from "../../engine/backends.ts";
import type { SequenceKernel } from "../../engine/contract.ts";
import type { Network } from "../../network/contract.ts";

/**
 * The network's step on the back end that is named, or on the fastest other that can run it here.
 *
 * Its outputs are `output`, as the network has it, and every state by its own name: the state after the step.
 */
export async function stateKernel({ equations }: Network, backend: string, threads: number): Promise<SequenceKernel> {
  const { program } = equations;
  const states = program.states.map(({ name, axis, next }) => ({ name, axis, node: next }));
  const outputs = [...program.outputs.filter(({ name }) => name === "output"), ...states];
  const chosen = chooseBackend(backend);
  const others = installedBackends().filter(
    ({ name, unavailable }) => name !== chosen.name && unavailable() === undefined,
  );
  let refusal: unknown;
  for (const candidate of [chosen, ...others]) {
    try {
      return await candidate.prepare({ ...program, outputs }, "float64", { threads });
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
