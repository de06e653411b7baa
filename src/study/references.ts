/** Sources of exactly what a run uses: keys of docs/references.bib, each with what it is cited for. */
import { analyses } from "../analysis/registry.ts";
import { cells } from "../cell/cells/registry.ts";
import { createNetwork } from "../network/network.ts";
import { laws } from "../noise/laws.ts";
import { sites } from "../noise/sites/registry.ts";
import { datasets } from "../task/datasets.ts";
import { tasks } from "../task/registry.ts";
import { losses } from "../train/losses/registry.ts";
import { optimisers } from "../train/optimisers/registry.ts";
import { schedules } from "../train/schedules/registry.ts";
import type { RunSpec } from "./spec.ts";

export interface UsedReference {
  readonly key: string;
  /** "cell ctrnn", "data set mnist", ... */
  readonly uses: readonly string[];
}

export type Part = readonly [use: string, keys: readonly string[]];

/** @throws SpecError when this version cannot make the network of the specification */
export function runReferences({ task, network, training }: RunSpec): readonly UsedReference[] {
  const named = [
    ...cellParts(network.cell),
    ...network.noise.flatMap(({ site, law }): Part[] => {
      // A cell's own site and "state:c" belong to the cell, not to the family.
      const kind = site.split(":")[0];
      return [...(sites.has(kind) ? siteParts(kind) : []), [`noise law ${law}`, laws.get(law).references]];
    }),
  ];
  const covered = new Set(named.flatMap(([, keys]) => keys));
  const rest = createNetwork(network).references.filter((key) => !covered.has(key));
  return mergedReferences([
    ...named,
    ["weights", rest],
    ...taskParts(task.name),
    ...(training.loss === "task" ? [] : [[`loss ${training.loss}`, losses.get(training.loss).references] as const]),
    [`optimiser ${training.optimiser.name}`, optimisers.get(training.optimiser.name).references],
    [`schedule ${training.schedule.name}`, schedules.get(training.schedule.name).references],
  ]);
}

/** @throws ParameterError for an unknown name, as are the parts below */
export function cellParts(name: string): Part[] {
  return [[`cell ${name}`, cells.get(name).references ?? []]];
}

export function siteParts(name: string): Part[] {
  return [[`noise site ${name}`, sites.get(name).references]];
}

/** How something was found out. */
export function analysisParts(name: string): Part[] {
  return [[`analysis ${name}`, analyses.get(name).references]];
}

/** A task and the data that it reads. */
export function taskParts(name: string): Part[] {
  const { references, dataset } = tasks.get(name);
  const data: Part[] = dataset === undefined ? [] : [[`data set ${dataset}`, datasets.get(dataset).references]];
  const known = new Set(data.flatMap(([, keys]) => keys));
  return [[`task ${name}`, references.filter((key) => !known.has(key))], ...data];
}

/** Keys in order of first use, each once, with all it is used for. */
export function mergedReferences(parts: readonly Part[]): readonly UsedReference[] {
  const uses = new Map<string, Set<string>>();
  for (const [use, keys] of parts) for (const key of keys) uses.set(key, (uses.get(key) ?? new Set()).add(use));
  return [...uses].map(([key, what]) => ({ key, uses: [...what] }));
}
