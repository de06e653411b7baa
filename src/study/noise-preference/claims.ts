/** What was claimed about noise preference, and what the summary says to it. */
import type { Verdict as Preferred } from "../../analysis/verdict.ts";
import { groups } from "../../figure/conditions.ts";
import type { Outcome, Verdict } from "../../figure/report.ts";
import { listText, numberText } from "../../figure/wording.ts";
import type { StudySummary } from "./results.ts";

/** Verdicts of conditions that do better with noise than without. */
const prefersNoise: readonly Preferred[] = [
  "prefers its training noise",
  "prefers less noise than trained",
  "prefers more noise",
  "prefers noise, level undecided",
];

interface Claim {
  readonly statement: string;
  /** The conditions that it speaks of; without any it is not made. */
  readonly about: (row: StudySummary, group: readonly StudySummary[]) => boolean;
  /** Verdicts that agree and that disagree with it; with any other it stays undecided. */
  readonly agrees: readonly Preferred[];
  readonly disagrees: readonly Preferred[];
}

const largest = (group: readonly StudySummary[], site: string): number =>
  Math.max(...group.filter((row) => row.site === site).map(({ trainIntensity }) => trainIntensity));

/**
 * Eckstein and Srinivasan speak of "large enough training noise" without a number: the largest intensity of the plan
 * decides, the others are shown.
 */
const claims: readonly Claim[] = [
  {
    statement: "Noise inside the activation, much of it in training: networks do better with noise at test than without.",
    about: (row, group) => row.site === "inside" && row.trainIntensity > 0 && row.trainIntensity === largest(group, "inside"),
    agrees: prefersNoise,
    disagrees: ["prefers silence"],
  },
  {
    statement: "And they do best at about the intensity of their training.",
    about: (row, group) => row.site === "inside" && row.trainIntensity > 0 && row.trainIntensity === largest(group, "inside"),
    agrees: ["prefers its training noise"],
    disagrees: ["prefers silence", "prefers less noise than trained", "prefers more noise"],
  },
  {
    statement: "Noise outside the activation: networks do best without noise at test, whatever they were trained with.",
    about: (row) => row.site === "outside" && row.trainIntensity > 0,
    agrees: ["prefers silence"],
    disagrees: prefersNoise,
  },
  {
    statement: "Trained without noise, networks do best without noise: the preference is learnt, it is no stochastic resonance.",
    about: (row) => row.trainIntensity === 0,
    agrees: ["prefers silence"],
    disagrees: prefersNoise,
  },
];

/**
 * Every claim on every task, in the order of the tasks.
 *
 * @param titleOf name of a task for people
 */
export function claimVerdicts(summary: readonly StudySummary[], titleOf: (task: string) => string): Verdict[] {
  const byNetwork = groups(summary, ({ task, activation }) => JSON.stringify([task, activation]));
  const activations = new Set(summary.map(({ activation }) => activation));
  return [...byNetwork.values()].flatMap((group) => {
    const { task, activation } = group[0];
    const name = activations.size > 1 ? `${titleOf(task)}, ${activation}` : titleOf(task);
    return claims.flatMap((claim) => {
      const rows = group.filter((row) => claim.about(row, group));
      if (rows.length === 0) return [];
      const statement = `${name}. ${claim.statement}`;
      return [{ statement, outcome: outcomeOf(claim, rows), evidence: evidenceOf(rows) }];
    });
  });
}

/** One disagreement decides against a claim; it holds when all conditions agree. */
function outcomeOf({ agrees, disagrees }: Claim, rows: readonly StudySummary[]): Outcome {
  if (rows.some(({ verdict }) => disagrees.includes(verdict))) return "disagrees";
  return rows.every(({ verdict }) => agrees.includes(verdict)) ? "agrees" : "undecided";
}

function evidenceOf(rows: readonly StudySummary[]): string {
  return rows
    .map((row) => {
      const { trainIntensity, preferredIntensity, preferredLow, preferredHigh, preferenceRatio, site } = row;
      const trained = trainIntensity === 0 ? `Trained without noise, swept ${site}` : `Trained at ${numberText(trainIntensity)}`;
      const best = `best at ${numberText(preferredIntensity)}${between(preferredLow, preferredHigh)}`;
      const ratio = `loss without noise ${numberText(preferenceRatio)} times the lowest${between(row.preferenceRatioLow, row.preferenceRatioHigh)}`;
      return `${trained}: ${listText([best, ratio])}.`;
    })
    .join(" ");
}

function between(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : ` (${numberText(low)} to ${numberText(high)})`;
}
