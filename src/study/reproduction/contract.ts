/** What the reproduction of a paper is: families of experiments, claims about them, and the words of its report. */
import type { Registry } from "../../core/registry.ts";
import type { Outcome, ReportSection, ReportTable } from "../../figure/report.ts";
import type { MetricName } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import type { AxisValue } from "../study.ts";

/** How much is run: small networks in minutes, or what evidence is made of. */
export type Extent = "quick" | "full";

/** Experiments that belong together: a study file per extent, a page of the report. */
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

/** The results of a family. */
export interface FamilyResults {
  readonly family: Family;
  /** With the measurements of the reproduction's `metrics`. */
  readonly results: StudyResults;
  /** Its page, below the folder of the report. */
  readonly page: string;
  /** Names of the figures on that page. */
  readonly figures: readonly string[];
}

/** What one family says to a claim. */
export interface FamilyAnswer {
  readonly outcome: Outcome;
  /** The numbers that decide it, with intervals over seeds; sentences. */
  readonly measured: readonly string[];
  /** Where in the family it holds and where not, with what is met in part or cannot be told; sentences. */
  readonly conditions: readonly string[];
  /** Figures of the family's page that show it. */
  readonly figures: readonly string[];
}

/** A statement of the paper, and a pure function from evidence to an answer. */
export interface Claim<Evidence extends FamilyResults = FamilyResults> {
  readonly name: string;
  readonly statement: string;
  /** Where it is claimed. */
  readonly source: string;
  /** What a family must show for it to hold, and for it to hold in part; one sentence. */
  readonly rule: string;
  /** It speaks of every family of the paper: where some are not asked, it holds in part at most. */
  readonly isOfAllFamilies?: true;
  /** undefined: the family has nothing to say to it. */
  answer(evidence: Evidence): FamilyAnswer | undefined;
}

/** A line of the summary, told from others by the columns that come first. */
export type SummaryRow = Readonly<Record<string, AxisValue>>;

/** @typeParam Evidence results of a family with what claims read of them */
export interface ReproducedPaper<Evidence extends FamilyResults = FamilyResults> {
  readonly name: string;
  /** One sentence: the question, with the paper. */
  readonly summary: string;
  readonly families: Registry<Family>;
  /** What the results of a family must hold for all claims. */
  readonly metrics: readonly MetricName[];
  readonly claims: Registry<Claim<Evidence>>;
  evidence(of: FamilyResults): Evidence;
  /** What `summary.csv` holds of a family. */
  summaryRows(evidence: Evidence): readonly SummaryRow[];
  /** Tables of the first page; none by default. */
  tables?(evidence: readonly Evidence[]): readonly ReportTable[];
  /** Sentences of the first page that do not depend on its numbers. */
  readonly text: {
    readonly title: string;
    readonly question: string;
    /** How a verdict is reached. */
    readonly rule: string;
    readonly method: readonly ReportSection[];
  };
}

/** Families that an extent holds, in the order of a report. */
export function familiesOf({ families }: Pick<ReproducedPaper, "families">, extent: Extent): readonly Family[] {
  return families.members.filter(({ extents }) => extents.includes(extent));
}

/** Name of the study of a family, as `noisy-rnn study run` takes it. */
export function studyName(
  { name }: Pick<ReproducedPaper, "name">,
  family: Pick<Family, "name">,
  extent: Extent,
): string {
  return `${extent === "quick" ? `${name}-quick` : name}/${family.name}`;
}
