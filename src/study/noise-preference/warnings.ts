/** What a reader must know about the amount of evidence before believing it. */
import { fewestNetworks } from "../../analysis/verdict.ts";
import { countText } from "../../figure/wording.ts";
import type { StudySummary } from "./results.ts";

/** One sentence when conditions rest on too few networks for a verdict. */
export function seedWarnings(summary: readonly StudySummary[]): string[] {
  const few = summary.filter(({ seeds }) => seeds < fewestNetworks);
  if (few.length === 0) return [];
  const counts = countText(
    few.map(({ seeds }) => seeds),
    "network",
  );
  const single = few.some(({ resampled }) => resampled === "repeats")
    ? " The interval of a single network is over its noise draws and says nothing about other networks."
    : "";
  return [
    `${few.length} of ${summary.length} conditions rest on ${counts}: below ${fewestNetworks} no verdict is given, and five or more are better.${single}`,
  ];
}
