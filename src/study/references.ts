/** Sources of exactly what a run uses: keys of docs/references.bib. */
import { SpecError } from "../core/errors.ts";
import { createNetwork } from "../network/network.ts";
import { datasets } from "../task/datasets.ts";
import { tasks } from "../task/registry.ts";
import { losses } from "../train/losses/registry.ts";
import { optimisers } from "../train/optimisers/registry.ts";
import { schedules } from "../train/schedules/registry.ts";
import type { RunSpec } from "./spec.ts";

/** Why a reference is there. */
export interface UsedReference {
  readonly key: string;
  /** "cell ctrnn", "task mnist-rows", ... */
  readonly uses: readonly string[];
}

/** @throws SpecError when the network of the specification cannot be made with this version */
export function runReferences({ task, network, training }: RunSpec): readonly UsedReference[] {
  const definition = tasks.get(task.name);
  const loss = training.loss === "task" ? undefined : losses.get(training.loss);
  return mergedReferences([
    [`network (${network.cell})`, createNetwork(network).references],
    ...taskReferences(task.name),
    ...(loss === undefined ? [] : [[`loss ${loss.name}`, loss.references] as const]),
    [`optimiser ${training.optimiser.name}`, optimisers.get(training.optimiser.name).references],
    [`schedule ${training.schedule.name}`, schedules.get(training.schedule.name).references],
  ]);
}
