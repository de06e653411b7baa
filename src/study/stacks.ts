/** Which runs of a plan are trained beside each other. */
import { canonicalJson } from "../core/canonical-json.ts";
import { architecture } from "../network/architecture.ts";
import { stackLimit } from "../network/lockstep.ts";
import type { RunSpec } from "./spec.ts";

/** Steps of a trial where the task's options do not say: only the size of stacks follows from it. */
const usualSteps = 28;

/** Steps of a trial as the specification tells them. */
export function stepCountOf({ task }: Pick<RunSpec, "task">): number {
  return typeof task.options.stepCount === "number" ? task.options.stepCount : usualSteps;
}

/**
 * Runs in stacks: those of a stack agree in task, architecture (all of the network but its noise intensities and
 * initialisers), batch size, precision and back end.
 *
 * Runs that agree are dealt out evenly to at least as many stacks as there are workers, of at most `stackLimit` each.
 *
 * @param workers >= 1
 * @returns indices of the specifications, each once; in a stack in their order
 */
export function stacks(specs: readonly RunSpec[], workers: number): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, { format, task, network, training, engine }] of specs.entries()) {
    const key = canonicalJson([format, task, architecture(network), training.batchSize, engine]);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = specs[group[0]];
    const most = stackLimit(first.network.hiddenSize, first.training.batchSize, stepCountOf(first));
    const count = Math.min(group.length, Math.max(workers, Math.ceil(group.length / most)));
    return Array.from({ length: count }, (_, stack) => group.filter((_index, place) => place % count === stack));
  });
}
