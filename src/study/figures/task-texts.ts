/** The tasks that come with the package, in words. */
import type { TaskLabel } from "../../figure/contract.ts";
import { multitaskParts } from "../../task/multitask.ts";

export const taskTexts: Readonly<Record<string, TaskLabel>> = {
  "function-approximation": { title: "Function approximation", loss: "mean squared error" },
  regulator: { title: "Regulator", loss: "mean squared error" },
  maze: { title: "Maze navigation", loss: "velocity error (mean squared)" },
  "path-integration": { title: "Path integration", loss: "mean squared error" },
  multitask: { title: "Multi-task suite", loss: "squared error per step (masked)", parts: multitaskParts },
  "mnist-rows": { title: "MNIST by rows", loss: "cross-entropy (nats)" },
  "mnist-sequential": { title: "MNIST by pixels", loss: "cross-entropy (nats)" },
  ecg5000: { title: "ECG5000 heartbeats", loss: "cross-entropy (nats)" },
};
