/** The families of experiments on noisy RNNs. */
import { registry } from "../../core/registry.ts";
import type { Family } from "../reproduction/contract.ts";

const both = ["quick", "full"] as const;

export const families = registry<Family>("family of experiments", [
  { name: "ecg5000", title: "ECG5000 heartbeats", extents: both, isOfPaper: true, isOptional: true },
  {
    name: "ecg5000-models",
    title: "ECG5000 heartbeats, other cells",
    extents: ["full"],
    isOfPaper: false,
    isOptional: true,
  },
  { name: "mnist-rows", title: "MNIST by rows", extents: both, isOfPaper: false, isOptional: true },
  { name: "mnist-ordered", title: "MNIST pixel by pixel", extents: ["full"], isOfPaper: true, isOptional: true },
  {
    name: "mnist-permuted",
    title: "Permuted MNIST pixel by pixel",
    extents: ["full"],
    isOfPaper: true,
    isOptional: true,
  },
  { name: "stabilisation", title: "Stochastic stabilisation", extents: both, isOfPaper: true },
]);
