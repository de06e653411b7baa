/** The tasks of the study in words. */
import type { TaskLabel } from "../../figure/contract.ts";
import type { Setting } from "../../figure/report.ts";

export interface TaskText extends TaskLabel {
  /** What was fixed about it, besides what a specification says. */
  readonly settings: readonly Pick<Setting, "name" | "value" | "origin">[];
}

export const taskTexts: Readonly<Record<string, TaskText>> = {
  "function-approximation": {
    title: "Function approximation",
    loss: "mean squared error",
    settings: [
      { name: "input and target", value: "u ~ U(-1, 1), held for 30 steps; sin(pi u)", origin: "ours" },
      {
        name: "counted steps",
        value: "24 to 29, the last six of 30; earlier windows give smaller ratios",
        origin: "ours",
      },
    ],
  },
  "mnist-rows": {
    title: "MNIST by rows",
    loss: "cross-entropy (nats)",
    settings: [
      { name: "images", value: "28 by 28 pixels; 60 000 for training, 10 000 for the test", origin: "data" },
      { name: "input", value: "one row of 28 pixels a step; the digit is read at the last step", origin: "ours" },
      { name: "split", value: "of the 60 000, 58 000 for training and 2000 kept for validation", origin: "ours" },
    ],
  },
  ecg5000: {
    title: "ECG5000 heartbeats",
    loss: "cross-entropy (nats)",
    settings: [
      { name: "series", value: "140 samples, five classes; 500 for training, 4500 for the test", origin: "data" },
      { name: "input", value: "5 samples at each of 28 steps; the class is read at the last step", origin: "ours" },
      { name: "split", value: "of the 4500, 500 kept for validation and 4000 for the test", origin: "ours" },
    ],
  },
};

/** Name of a task for people. */
export function taskTitle(task: string): string {
  return taskTexts[task]?.title ?? task;
}
