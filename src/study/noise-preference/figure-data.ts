/** The tables of the study as figures and report take them. */
import type { FigureData, TaskLabel, TrainingRow } from "../../figure/contract.ts";
import type { History } from "../../train/checkpoint.ts";
import type { Condition, TaskPlan } from "./plan.ts";
import type { ResultRow, StudySummary } from "./results.ts";

/** One network's training. */
export interface TrainedNetwork {
  readonly condition: Condition;
  readonly seed: number;
  readonly history: History;
}

export function figureData(
  plans: readonly TaskPlan[],
  rows: readonly ResultRow[],
  summary: readonly StudySummary[],
  networks: readonly TrainedNetwork[],
): FigureData {
  const labels = Object.fromEntries(plans.map(({ task, title, loss }): [string, TaskLabel] => [task, { title, loss }]));
  return {
    preferenceRows: rows,
    preferenceSummary: summary,
    trainingRows: networks.flatMap((network) => trainingRows(network, labels)),
    taskLabels: labels,
  };
}

function trainingRows({ condition, seed, history }: TrainedNetwork, labels: Readonly<Record<string, TaskLabel>>): TrainingRow[] {
  const { task, site, activation, trainIntensity } = condition;
  const run = `${labels[task]?.title ?? task}, ${activation}, ${site} ${trainIntensity}`;
  return history.training.map(({ update, loss }) => ({ run, seed, update, quantity: "training", loss }));
}
