/** What `reproduce` leaves: a page per family, the first page with the claims, tables. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fewestNetworks } from "../../analysis/verdict.ts";
import { type Fact, type ReportFile, reportPage, type Verdict } from "../../figure/report.ts";
import { countText, listText } from "../../figure/wording.ts";
import { encodeCsv } from "../../io/csv.ts";
import { encodeParquet } from "../../io/parquet.ts";
import { csvColumns, inferredColumns, type ResultTable, resultTable } from "../../io/result-table.ts";
import { contentOf, writeFileAtomic } from "../../platform/node/files.ts";
import { thisMachine } from "../../platform/node/software.ts";
import { claimVerdicts } from "../../study/reproduction/claim-verdicts.ts";
import type { Family, FamilyResults, ReproducedPaper } from "../../study/reproduction/contract.ts";
import { familyColumns, familyRows, summaryColumns } from "../../study/reproduction/rows.ts";
import { isSound } from "../../study/results/rows.ts";
import { durationText } from "../output.ts";
import { type Plan, planId } from "../plan-folder.ts";
import { referencesOf, writeReport } from "../report-folder.ts";
import { studyRuns } from "../run-files.ts";
import type { ReadyPlan } from "../studies.ts";
import { openStudy } from "../study-results.ts";
import { claimTable } from "./claim-table.ts";
import type { ReproduceOptions } from "./contract.ts";

/** A family whose runs are complete. */
export interface MadeFamily {
  readonly family: Family;
  readonly ready: ReadyPlan;
  /** Folder of its study in the store. */
  readonly studyFolder: string;
  readonly complete: number;
  /** How many were there before. */
  readonly found: number;
}

export interface ResultCall<Evidence extends FamilyResults> {
  readonly paper: ReproducedPaper<Evidence>;
  /** What is printed of all conditions, for people. */
  readonly table: (evidence: readonly Evidence[]) => string;
  readonly options: ReproduceOptions;
  readonly made: readonly MadeFamily[];
  readonly owned: Plan;
  /** One sentence each: families that were left out. */
  readonly notes: readonly string[];
  /** By the clock of `performance.now`. */
  readonly startedAt: number;
}

type Row = Readonly<Record<string, string | number | boolean | null>>;

export interface WrittenResult {
  readonly rows: readonly Row[];
  readonly summary: readonly Row[];
  readonly claims: readonly Verdict[];
  /** Networks that failed, a sentence each. */
  readonly failures: readonly string[];
  /** For people. */
  readonly table: string;
  /** What lies beside the report. */
  readonly files: string;
}

/** Files of each figure on the pages. */
const formats = ["svg", "png"] as const;

export async function writeResult<Evidence extends FamilyResults>(call: ResultCall<Evidence>): Promise<WrittenResult> {
  const { paper, options, made, owned, notes } = call;
  const { out } = options;
  for (const file of await contentOf(out)) if (paper.families.has(file)) await rm(join(out, file), { recursive: true });
  const evidence: Evidence[] = [];
  const rows: Row[] = [];
  const summary: Row[] = [];
  const axes: string[] = [];
  const failures: string[] = [];
  const divergences: string[] = [];
  for (const { family, studyFolder } of made) {
    const open = await openStudy(studyFolder, [], join(out, studyRuns));
    try {
      const { figures } = await writeReport(open, {
        out: join(out, family.name),
        formats: [...formats],
        commands: [owned.command],
      });
      const results = await open.database.results(paper.metrics);
      const one = paper.evidence({ family, results, page: `${family.name}/report.html`, figures });
      evidence.push(one);
      rows.push(...familyRows(family, results));
      axes.push(...results.axes);
      summary.push(...paper.summaryRows(one).map((row) => ({ family: family.name, ...row })));
      for (const { outcome, title, cause } of results.runs.filter((run) => !isSound(run))) {
        // A network that diverges is a result, one that could not be made is not.
        (outcome === "failed" ? failures : divergences).push(`${title}: ${cause ?? outcome}.`);
      }
    } finally {
      await open.database.close();
    }
  }

  const tables = {
    results: resultTable(rows, inferredColumns(rows, familyColumns(axes))),
    summary: resultTable(summary, inferredColumns(summary, summaryColumns(axes))),
  };
  const files = await writeTables(out, tables, { study: owned.study, plan: planId(owned) });
  const claims = claimVerdicts(paper, evidence);
  await writeFileAtomic(join(out, "claims.json"), `${JSON.stringify(claims, null, 2)}\n`);
  const listed: readonly ReportFile[] = [
    ...evidence.map(({ family, page }) => ({ name: page, meaning: `${family.title}: tables, figures, method.` })),
    { name: "results.csv", meaning: "Loss and accuracy of every network at every test intensity." },
    { name: "results.parquet", meaning: "The same with types, for Python, R and DuckDB." },
    { name: "summary.csv", meaning: "Preferred intensity, interval and verdict of every condition." },
    { name: "claims.json", meaning: "The claims with their verdicts, for programs." },
    {
      name: `${studyRuns}/`,
      meaning: "The store of all networks: specification, record, metrics, weights (safetensors) and findings of each.",
    },
  ];
  const specs = made.flatMap(({ ready }) => ready.plan.runs.map(({ spec }) => spec));
  const studies = made.map(({ ready }) => ready.plan.study);
  const page = reportPage({
    title: paper.text.title,
    question: paper.text.question,
    verdicts: claims,
    rule: paper.text.rule,
    warnings: [...seedWarning(summary), ...notes, ...failures, ...divergences],
    tables: paper.tables?.(evidence) ?? [],
    figures: [],
    method: paper.text.method,
    settings: [],
    command: owned.command,
    facts: factsOf(call),
    references: referencesOf(studies, specs),
    files: listed,
  });
  await writeFileAtomic(join(out, "report.html"), page);
  return {
    rows,
    summary,
    claims,
    failures,
    table: `${call.table(evidence)}\n\n${claimTable(claims)}`,
    files: listText([...evidence.map(({ family }) => `${family.name}/`), ...files, "claims.json", `${studyRuns}/`]),
  };
}

async function writeTables(
  out: string,
  { results, summary }: { readonly results: ResultTable; readonly summary: ResultTable },
  metadata: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await writeFileAtomic(join(out, "results.csv"), encodeCsv(csvColumns(results)));
  await writeFileAtomic(join(out, "results.parquet"), encodeParquet(results, metadata));
  await writeFileAtomic(join(out, "summary.csv"), encodeCsv(csvColumns(summary)));
  return ["results.csv", "results.parquet", "summary.csv"];
}

/** Fewer networks say nothing about networks in general. */
function seedWarning(summary: readonly Row[]): string[] {
  const few = summary.filter(({ seeds }) => Number(seeds) < fewestNetworks);
  if (few.length === 0) return [];
  const counts = countText(
    few.map(({ seeds }) => Number(seeds)),
    "network",
  );
  const single = few.some(({ resampled }) => resampled === "repeats")
    ? " The interval of a single network is over its noise draws and says nothing about other networks."
    : "";
  return [
    `${few.length} of ${countText([summary.length], "condition")} ${few.length === 1 ? "rests" : "rest"} on ${counts}: below ${fewestNetworks} no verdict is given, and five or more are better.${single}`,
  ];
}

function factsOf({
  options,
  made,
  startedAt,
}: Pick<ResultCall<FamilyResults>, "options" | "made" | "startedAt">): Fact[] {
  const [{ ready }] = made;
  const { version, fingerprint, variant } = ready.software;
  const runs = made.reduce((sum, { ready: { plan } }) => sum + plan.runs.length, 0);
  const found = made.reduce((sum, family) => sum + family.found, 0);
  const machine = Object.entries(thisMachine());
  return [
    { name: "noisy-rnn", value: `${version} (${fingerprint})` },
    { name: "Back end", value: `${ready.backend}, ${variant}, ${ready.precision}` },
    { name: "Networks", value: `${runs}${found > 0 ? `, ${found} of them found finished` : ""}` },
    {
      name: "Duration",
      value: `${durationText((performance.now() - startedAt) / 1000)} with ${options.workers} workers`,
    },
    ...machine.map(([part, value]) => ({ name: part[0].toUpperCase() + part.slice(1), value })),
    { name: "Finished", value: new Date().toISOString() },
  ];
}
