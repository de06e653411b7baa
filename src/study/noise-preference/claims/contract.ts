/** What a claim is: a statement of the paper, and a pure function from evidence to an answer. */
import type { Outcome } from "../../../figure/report.ts";
import type { FamilyEvidence } from "../evidence.ts";

/** What one family says to a claim. */
export interface FamilyAnswer {
  readonly outcome: Outcome;
  /** The numbers that decide it, with intervals over seeds; sentences. */
  readonly measured: readonly string[];
  /** Where in the family it holds; sentences. */
  readonly conditions: readonly string[];
  /** Figures of the family's page that show it. */
  readonly figures: readonly string[];
}

export interface Claim {
  readonly name: string;
  readonly statement: string;
  /** Where it is claimed. */
  readonly source: string;
  /** It speaks of every family of the paper: where some are not asked, it holds in part at most. */
  readonly isOfAllFamilies?: true;
  /** undefined: the family has nothing to say to it. */
  answer(evidence: FamilyEvidence): FamilyAnswer | undefined;
}

/** Where the statements come from. */
export const abstracts = {
  both: "Abstract, versions 1 and 2",
  second: "Abstract, version 2",
} as const;
