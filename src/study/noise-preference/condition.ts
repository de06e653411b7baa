/** What the networks of one group share; the seed tells them apart. */
import type { RunSpec } from "../spec.ts";

export interface Condition {
  readonly task: string;
  readonly cell: string;
  readonly site: string;
  readonly activation: string;
  readonly trainIntensity: number;
}

/** @param spec of a network with one noise source */
export function conditionOf({ task, network }: RunSpec): Condition {
  const [{ site, intensity }] = network.noise;
  return {
    task: task.name,
    cell: network.cell,
    site,
    activation: String(network.settings.activation),
    trainIntensity: intensity,
  };
}
