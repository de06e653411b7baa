/** What was set, for the report: every choice with its source. */
import type { Setting } from "../../figure/report.ts";
import { listText } from "../../figure/wording.ts";
import type { RunSpec } from "../spec.ts";
import { conditionOf } from "./condition.ts";
import { taskTexts, taskTitle } from "./task-texts.ts";

/** @param specs all networks of the study; at least one */
export function studySettings(specs: readonly RunSpec[]): readonly Setting[] {
  const ours = (scope: string, name: string, value: string): Setting => ({ scope, name, value, origin: "ours" });
  const [{ network, training }] = specs;
  const { batchSize, learningRate, schedule, clipNorm } = training;
  const conditions = specs.map(conditionOf);
  const tasks = distinct(conditions.map(({ task }) => task));
  return [
    {
      scope: "all",
      name: "noise sites",
      value: listText(distinct(conditions.map(({ site }) => site))),
      origin: "paper",
    },
    { scope: "all", name: "cell", value: `${network.cell}, equations as above`, origin: "review" },
    ours("all", "alpha = dt / tau", String(network.settings.alpha)),
    ours("all", "noise law", "Gaussian, fresh at every step, unit and trial; intensity = standard deviation per step"),
    ours("all", "initial state", "0"),
    ours("all", "initial weights", "recurrent N(0, 0.9^2 / N), input N(0, 1 / inputs), readout N(0, 1 / N), biases 0"),
    ours("all", "batch", `${batchSize} trials per update`),
    ours(
      "all",
      "optimiser",
      `Adam, learning rate ${learningRate}, times ${schedule.factor} after ${percent(Number(schedule.first))} of the updates`,
    ),
    ours("all", "gradient", `through the sampled noise, norm clipped at ${clipNorm}`),
    ours("all", "seeds", `${distinct(specs.map(({ seed }) => seed)).length} per condition`),
    ours(
      "all",
      "test intensities",
      "0, 0.1, ..., 2 times that of training; 0, 0.05, ..., 1 for networks trained without noise",
    ),
    ...tasks.flatMap((task) =>
      taskSettings(
        task,
        specs.filter((spec) => spec.task.name === task),
      ),
    ),
  ];
}

function taskSettings(task: string, specs: readonly RunSpec[]): Setting[] {
  const [{ network, training, evaluation }] = specs;
  const conditions = specs.map(conditionOf);
  const ours = (name: string, value: string) => ({ name, value, origin: "ours" as const });
  const activations = listText(distinct(conditions.map(({ activation }) => activation)));
  const settings = [
    ...(taskTexts[task]?.settings ?? []),
    ours("hidden units", `${network.hiddenSize}, ${activations}`),
    ours("intensities in training", distinct(conditions.map(({ trainIntensity }) => trainIntensity)).join(", ")),
    ours("updates", String(training.updates)),
    ours("test", `${evaluation?.trials} trials, ${evaluation?.repeats} noise draws each, the same at every intensity`),
  ];
  return settings.map((setting) => ({ scope: taskTitle(task), ...setting }));
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
