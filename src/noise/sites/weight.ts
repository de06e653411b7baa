import { add } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";

/**
 * Added to the weights, one draw per trial that holds over its steps: (W + Xi) x.
 *
 * `weight` covers every matrix of the cell (not the readout), `weight:wRec` one of them. The intensity is the standard
 * deviation of each weight, the same for all of them. A weight that a mask holds at zero is perturbed like the others.
 */
export const weight: SiteDefinition = {
  name: "weight",
  summary: "added to the weights of the cell, one draw per trial",
  references: [],
  multiplicative: false,
  perTrial: true,
  leaves: (cell) =>
    Object.entries(cell.parameters)
      .filter(([, axes]) => axes.length === 2)
      .map(([name]) => `weight:${name}`),
  onIncrement: () => false,
  wrapper: (_source, covered) => ({
    product: (value, name, axes, x, tracer) =>
      covered.includes(`weight:${name}`) ? add(value, tracer.noiseProduct(`weight:${name}`, axes, x)) : value,
  }),
};
