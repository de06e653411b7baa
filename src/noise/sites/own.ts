import type { SiteDefinition } from "../contract.ts";

/**
 * A site that has its place inside the equations of the cell, or several: `inside` covers `inside:1`, `inside:2`, ...
 * where the equations name these.
 */
export function ownSite(definition: Pick<SiteDefinition, "name" | "summary" | "references">): SiteDefinition {
  const { name } = definition;
  return {
    ...definition,
    multiplicative: false,
    perTrial: false,
    leaves: (cell) => cell.sites.filter((site) => site === name || site.startsWith(`${name}:`)),
    onIncrement: () => false,
  };
}
