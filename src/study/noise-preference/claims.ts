/** What was claimed about noise preference, and what the summary says to it. */
import { aboveZeroLevel } from "../../analysis/preference.ts";
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
  /** The conditions that it speaks of, shown as evidence; without any it is not made. */
  readonly about: (row: StudySummary) => boolean;
  /** What is told of each: its best intensity, what the wrong one costs, or both. */
  readonly tells: "optimum" | "cost" | "both";
  /** Of these, whether all decide, or the one with the most noise in training; then the statement says where it holds. */
  readonly decidedBy: "all" | "most noise";
  /** Verdicts that agree and that disagree with it; with any other it stays undecided. */
  readonly agrees: readonly Preferred[];
  readonly disagrees: readonly Preferred[];
}

const trainedInside = (row: StudySummary): boolean => row.site === "inside" && row.trainIntensity > 0;

/** The paper speaks of "large enough training noise" without a number, so the largest of the plan decides. */
const claims: readonly Claim[] = [
  {
    statement:
      "with enough noise inside the activation in training, networks do better with noise at test than without",
    about: trainedInside,
    tells: "cost",
    decidedBy: "most noise",
    agrees: prefersNoise,
    disagrees: ["prefers silence"],
  },
  {
    statement:
      "with enough noise inside the activation in training, the best intensity at test is about that of training",
    about: trainedInside,
    tells: "optimum",
    decidedBy: "most noise",
    agrees: ["prefers its training noise"],
    disagrees: ["prefers silence", "prefers less noise than trained", "prefers more noise"],
  },
  {
    statement: "with noise outside the activation in training, networks do best without noise at test",
    about: (row) => row.site === "outside" && row.trainIntensity > 0,
    tells: "both",
    decidedBy: "all",
    agrees: ["prefers silence"],
    disagrees: prefersNoise,
  },
  {
    statement:
      "networks trained without noise do best without noise, so the preference is learnt and not stochastic resonance",
    about: (row) => row.trainIntensity === 0,
    tells: "optimum",
    decidedBy: "all",
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
    const name = activations.size > 1 ? `${titleOf(task)} (${activation})` : titleOf(task);
    return claims.flatMap((claim) => {
      const rows = group.filter(claim.about);
      if (rows.length === 0) return [];
      return [
        {
          statement: `${name}: ${claim.statement}${extentOf(claim, rows)}.`,
          outcome: outcomeOf(claim, rows),
          evidence: evidenceOf(claim, rows),
        },
      ];
    });
  });
}

/** One disagreement decides against a claim; it holds when all that decide agree. */
function outcomeOf({ decidedBy, agrees, disagrees }: Claim, rows: readonly StudySummary[]): Outcome {
  const most = Math.max(...rows.map(({ trainIntensity }) => trainIntensity));
  const deciding = decidedBy === "all" ? rows : rows.filter(({ trainIntensity }) => trainIntensity === most);
  if (deciding.some(({ verdict }) => disagrees.includes(verdict))) return "disagrees";
  return deciding.every(({ verdict }) => agrees.includes(verdict)) ? "agrees" : "undecided";
}

/** Where a claim about enough noise holds, when it does: at which of the intensities that were trained with. */
function extentOf(claim: Claim, rows: readonly StudySummary[]): string {
  if (claim.decidedBy === "all" || outcomeOf(claim, rows) !== "agrees") return "";
  const holding = rows.filter(({ verdict }) => claim.agrees.includes(verdict));
  const only = holding.length < rows.length ? " only" : "";
  return ` (at ${listText(holding.map(({ trainIntensity }) => numberText(trainIntensity)))}${only})`;
}

function evidenceOf({ tells }: Claim, rows: readonly StudySummary[]): string {
  return rows
    .map((row) => {
      const { trainIntensity, preferredIntensity, preferredLow, preferredHigh, site } = row;
      const trained = trainIntensity === 0 ? `Swept ${site}` : `Trained at ${numberText(trainIntensity)}`;
      const optimum = `best at ${numberText(preferredIntensity)}${between(preferredLow, preferredHigh)}`;
      const told = { optimum: [optimum], cost: [costText(row)], both: [optimum, costText(row)] }[tells];
      return `${trained}: ${told.join(", ")}; ${verdictText(row)}.`;
    })
    .join(" ");
}

/** The verdict, and where the interval alone would suggest another, the test that was not passed. */
function verdictText({ verdict, preferredLow, aboveZeroP }: StudySummary): string {
  const looksDecided = verdict === "undecided" && preferredLow !== null && preferredLow > 0;
  const level = aboveZeroLevel();
  if (!looksDecided || aboveZeroP === null || aboveZeroP < level) return verdict;
  return `${verdict}, as p = ${numberText(aboveZeroP)} that noise helps is not below ${numberText(level)}`;
}

/** What the wrong intensity costs: silence where noise is preferred, else the training noise. */
function costText(row: StudySummary): string {
  const { verdict, lossAtZero, lossAtTraining, preferenceRatio } = row;
  if (prefersNoise.includes(verdict)) {
    const { preferenceRatioLow, preferenceRatioHigh } = row;
    return `without noise ${numberText(preferenceRatio)}${between(preferenceRatioLow, preferenceRatioHigh)} times the loss`;
  }
  if (lossAtZero === null || lossAtTraining === null) return "no finite loss";
  return `with its training noise ${numberText(lossAtTraining / lossAtZero)} times the loss without`;
}

function between(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : ` (${numberText(low)} to ${numberText(high)})`;
}
