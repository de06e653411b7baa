/** The families of experiments on the noise preference: each is a study file per extent. */
import { registry } from "../../core/registry.ts";

/** How much is run: small networks in about a minute, or what evidence is made of. */
export type Extent = "quick" | "full";

export interface Family {
  /** Name of its study files. */
  readonly name: string;
  readonly title: string;
  /** Extents that it has a study file for. */
  readonly extents: readonly Extent[];
  /** Whether the paper speaks of it; others are this project's. */
  readonly isOfPaper: boolean;
  /** It needs data that may not be at hand, and is left out then. */
  readonly isOptional?: true;
}

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

/** Families that an extent holds, in the order of a report. */
export function familiesOf(extent: Extent): readonly Family[] {
  return families.members.filter(({ extents }) => extents.includes(extent));
}

/** Name of the study of a family, as `noisy-rnn study run` takes it. */
export function studyName(family: Pick<Family, "name">, extent: Extent): string {
  return `${extent === "quick" ? "noise-preference-quick" : "noise-preference"}/${family.name}`;
}
