/** The families of experiments on the noise preference. */
import { registry } from "../../core/registry.ts";
import type { Family } from "../reproduction/contract.ts";

const both = ["quick", "full"] as const;

export const families = registry<Family>("family of experiments", [
  { name: "function-approximation", title: "Function approximation", extents: both, isOfPaper: true },
  { name: "regulator", title: "Single-neuron regulator", extents: both, isOfPaper: true },
  { name: "maze", title: "Maze navigation", extents: ["full"], isOfPaper: true },
  { name: "path-integration", title: "2D path integration", extents: ["full"], isOfPaper: true },
  { name: "multitask", title: "Multi-task suite", extents: ["full"], isOfPaper: true },
  { name: "feedforward", title: "Feedforward networks", extents: both, isOfPaper: true },
  { name: "mnist-rows", title: "MNIST by rows", extents: both, isOfPaper: false, isOptional: true },
  { name: "ecg5000", title: "ECG5000 heartbeats", extents: both, isOfPaper: false, isOptional: true },
]);
