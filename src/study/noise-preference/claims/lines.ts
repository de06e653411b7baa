/** Words that claims about preferred intensities share. */

import { fewestNetworks } from "../../../analysis/verdict.ts";
import { countText, numberText } from "../../../figure/wording.ts";
import type { Judged } from "../../reproduction/answers.ts";
import { type Line, type PreferenceNumbers, prefersNoise } from "../evidence.ts";

export function isPreferring({ verdict }: PreferenceNumbers): boolean {
  return prefersNoise.includes(verdict);
}

/** Why nothing can be told of a row with the verdict `undecided`. */
export function undecidedText({ seeds }: PreferenceNumbers): string {
  return seeds < fewestNetworks ? `fewer than ${fewestNetworks} seeds` : "its own verdict is undecided";
}

/** Its rows with noise of which nothing can be told. */
export function undecidedRows(line: Line): Judged[] {
  return trained(line)
    .filter(({ verdict }) => verdict === "undecided")
    .map((row) => ({
      place: `${lineText(line)}, trained at ${numberText(row.trainIntensity)}`,
      outcome: "not testable",
      why: undecidedText(row),
    }));
}

/** Rows of networks that were trained with noise. */
export function trained({ rows }: Line): readonly PreferenceNumbers[] {
  return rows.filter(({ trainIntensity }) => trainIntensity > 0);
}

/**
 * The least training intensity from which on all of a line prefer noise; undefined when the strongest does not.
 */
export function onset(line: Line): number | undefined {
  let least: number | undefined;
  for (const row of trained(line).toReversed()) {
    if (!isPreferring(row)) break;
    least = row.trainIntensity;
  }
  return least;
}

/** "64 units, noise inside" */
export function lineText({ label, site }: Line): string {
  return [label, `noise ${site}`].filter((part) => part !== "").join(", ");
}

/** "trained at 0.5: index 0.94 (0.9 to 1), without noise 6.4 (5 to 8) times the loss, 5 seeds". */
export function rowText(row: PreferenceNumbers): string {
  const { trainIntensity, preferenceIndex, preferredLow, preferredHigh, preferenceRatio, seeds } = row;
  const index = `${numberText(preferenceIndex)}${between(scaled(preferredLow, trainIntensity), scaled(preferredHigh, trainIntensity))}`;
  const { preferenceRatioLow, preferenceRatioHigh } = row;
  const ratio = `${numberText(preferenceRatio)}${between(preferenceRatioLow, preferenceRatioHigh)}`;
  return `trained at ${numberText(trainIntensity)}: index ${index}, loss without noise ${ratio} times the lowest, ${countText([seeds], "seed")}`;
}

export function between(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : ` (${numberText(low)} to ${numberText(high)})`;
}

function scaled(value: number | null, unit: number): number | null {
  return value === null || unit === 0 ? null : value / unit;
}
