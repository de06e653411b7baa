import type { AnalysisFindings } from "../../analysis/contract.ts";
import type { NetworkFindings } from "../../figure/contract.ts";

/** Findings as figures are drawn from them. */
export function networkFindings(
  network: Pick<NetworkFindings, "title" | "seed" | "labels">,
  { analysis, numbers, tables, warnings }: AnalysisFindings,
): NetworkFindings {
  return { analysis, ...network, numbers, tables, warnings };
}
