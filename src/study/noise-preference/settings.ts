/** What was set, for the report: every choice with its source. */
import type { Setting } from "../../figure/report.ts";
import { listText } from "../../figure/wording.ts";
import { alpha, cell, type Extent, sites, type TaskPlan, taskPlans, training } from "./plan.ts";

/** @param tasks those that were used */
export function studySettings(extent: Extent, seeds: number, tasks: readonly string[]): readonly Setting[] {
  const ours = (scope: string, name: string, value: string): Setting => ({ scope, name, value, origin: "ours" });
  const { batchSize, learningRate, schedule, clipNorm } = training;
  return [
    { scope: "all", name: "noise sites", value: listText(sites), origin: "paper" },
    { scope: "all", name: "cell", value: `${cell}, equations as above`, origin: "review" },
    ours("all", "alpha = dt / tau", String(alpha)),
    ours("all", "noise law", "Gaussian, fresh at every step, unit and trial; intensity = standard deviation per step"),
    ours("all", "initial state", "0"),
    ours("all", "initial weights", "recurrent N(0, 0.9^2 / N), input N(0, 1 / inputs), readout N(0, 1 / N), biases 0"),
    ours("all", "batch", `${batchSize} trials per update`),
    ours(
      "all",
      "optimiser",
      `Adam, learning rate ${learningRate}, times ${schedule.factor} after ${percent(schedule.first)} of the updates`,
    ),
    ours("all", "gradient", `through the sampled noise, norm clipped at ${clipNorm}`),
    ours("all", "seeds", `${seeds} per condition`),
    ours(
      "all",
      "test intensities",
      "0, 0.1, ..., 2 times that of training; 0, 0.05, ..., 1 for networks trained without noise",
    ),
    ...taskPlans[extent]
      .filter(({ task }) => tasks.includes(task))
      .flatMap((plan) =>
        taskSettings(plan).map(({ name, value, origin }) => ({ scope: plan.title, name, value, origin })),
      ),
  ];
}

function taskSettings(plan: TaskPlan): Omit<Setting, "scope">[] {
  const { trials, repeats } = plan.test;
  const ours = (name: string, value: string) => ({ name, value, origin: "ours" as const });
  return [
    ...describedTask[plan.task],
    ours("hidden units", `${plan.hiddenSize}, ${listText(plan.activations)}`),
    ours("intensities in training", plan.trainIntensities.join(", ")),
    ours("updates", String(plan.updates)),
    ours("test", `${trials} trials, ${repeats} noise draws each, the same at every intensity`),
  ];
}

const describedTask: Readonly<Record<string, Omit<Setting, "scope">[]>> = {
  "function-approximation": [
    { name: "input and target", value: "u ~ U(-1, 1), held for 30 steps; sin(pi u)", origin: "ours" },
    {
      name: "counted steps",
      value: "24 to 29, the last six of 30; earlier windows give smaller ratios",
      origin: "ours",
    },
  ],
  "mnist-rows": [
    { name: "images", value: "28 by 28 pixels; 60 000 for training, 10 000 for the test", origin: "data" },
    { name: "input", value: "one row of 28 pixels a step; the digit is read at the last step", origin: "ours" },
    { name: "split", value: "of the 60 000, 58 000 for training and 2000 kept for validation", origin: "ours" },
  ],
  ecg5000: [
    {
      name: "series",
      value: "140 samples, five classes; 500 for training, 4500 for the test",
      origin: "data",
    },
    {
      name: "input",
      value: "5 samples at each of 28 steps; the class is read at the last step",
      origin: "ours",
    },
    {
      name: "split",
      value: "of the 4500, 500 kept for validation and 4000 for the test",
      origin: "ours",
    },
  ],
};

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
