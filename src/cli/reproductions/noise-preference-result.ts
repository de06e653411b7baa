/** What `reproduce noise-preference` leaves: tables, figures, report. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { InternalError } from "../../core/errors.ts";
import { preferenceReport } from "../../figure/preference-report.ts";
import { drawFigures } from "../../figure/registry.ts";
import { type Fact, type Reference, type ReportFile, reportPage } from "../../figure/report.ts";
import { listText } from "../../figure/wording.ts";
import { referenceText, referenceUrl } from "../../io/bibtex.ts";
import { encodeCsv } from "../../io/csv.ts";
import { encodeParquet } from "../../io/parquet.ts";
import { csvColumns, inferredColumns, resultTable } from "../../io/result-table.ts";
import { bibliography } from "../../platform/node/bibliography.ts";
import { contentOf, writeFileAtomic } from "../../platform/node/files.ts";
import { thisMachine } from "../../platform/node/software.ts";
import type { CompleteRun } from "../../study/export/complete-run.ts";
import { claimVerdicts } from "../../study/noise-preference/claims.ts";
import { conditionOf } from "../../study/noise-preference/condition.ts";
import { figureData } from "../../study/noise-preference/figure-data.ts";
import { studyReferences } from "../../study/noise-preference/references.ts";
import {
  type ResultRow,
  resultColumns,
  resultRows,
  type StudiedNetwork,
  type StudySummary,
  summaryRows,
} from "../../study/noise-preference/results.ts";
import { studySettings } from "../../study/noise-preference/settings.ts";
import { taskTitle } from "../../study/noise-preference/task-texts.ts";
import { seedWarnings } from "../../study/noise-preference/warnings.ts";
import { type RunSpec, runTitle } from "../../study/spec.ts";
import type { MadeRuns } from "../made-runs.ts";
import { durationText } from "../output.ts";
import { type Plan, planId } from "../plan-folder.ts";
import type { ReproduceOptions } from "../reproduction.ts";
import { studyRuns } from "../run-files.ts";
import { summaryTable } from "./noise-preference-table.ts";

export interface ResultCall {
  readonly options: ReproduceOptions;
  readonly made: Extract<MadeRuns, { kind: "complete" }>;
  readonly owned: Plan;
  /** One sentence each: tasks that were left out, networks that failed. */
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  /** By the clock of `performance.now`. */
  readonly startedAt: number;
}

export interface WrittenResult {
  readonly rows: readonly ResultRow[];
  readonly summary: readonly StudySummary[];
  /** For people. */
  readonly table: string;
  /** What lies beside the report. */
  readonly files: string;
}

export async function writeResult(call: ResultCall): Promise<WrittenResult> {
  const { options, made, owned, notes, failures } = call;
  const { out } = options;
  const networks = made.runs.map(
    ({ spec, metrics }): StudiedNetwork => ({
      condition: conditionOf(spec),
      seed: spec.seed,
      intensities: spec.evaluation?.intensities ?? [],
      sweep: metrics.sweep,
    }),
  );
  const rows = resultRows(networks);
  const summary = summaryRows(networks);
  const data = figureData(rows, summary);

  const figureFolder = join(out, "figures");
  for (const file of await contentOf(figureFolder)) await rm(join(figureFolder, file), { recursive: true });
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("../figure-files.ts");
  const { figures, withoutPng } = await writeFigures(drawFigures(data), figureFolder);

  const table = resultTable(rows, resultColumns);
  await writeFileAtomic(join(out, "results.csv"), encodeCsv(csvColumns(table)));
  const metadata = { study: owned.study, plan: planId(owned) };
  await writeFileAtomic(join(out, "results.parquet"), encodeParquet(table, metadata));
  const flat: readonly Readonly<Record<string, unknown>>[] = summary.map((row) => ({ ...row }));
  await writeFileAtomic(join(out, "summary.csv"), encodeCsv(csvColumns(resultTable(flat, inferredColumns(flat)))));

  const files: ReportFile[] = [
    { name: "results.csv", meaning: "Loss and accuracy of every network at every test intensity." },
    { name: "results.parquet", meaning: "The same with types, for Python, R and DuckDB." },
    { name: "summary.csv", meaning: "Preferred intensity, interval and verdict of every condition." },
    {
      name: "figures/",
      meaning: `Every figure as SVG${withoutPng === undefined ? ", PNG" : ""}, Vega-Lite specification and data.`,
    },
    {
      name: `${studyRuns}/`,
      meaning: "The store of all networks: specification, record, metrics and weights (safetensors) of each.",
    },
  ];
  const specs = made.runs.map(({ spec }) => spec);
  const [{ seed: firstSeed }] = specs;
  const report = preferenceReport(data, {
    figures,
    verdicts: claimVerdicts(summary, taskTitle),
    warnings: [
      ...seedWarnings(summary),
      ...notes,
      ...failures,
      ...divergences(made.runs),
      ...(withoutPng === undefined ? [] : [withoutPng]),
    ],
    settings: studySettings(specs),
    command: owned.command,
    facts: factsOf(call),
    references: referencesOf(specs.filter(({ seed }) => seed === firstSeed)),
    files,
  });
  await writeFileAtomic(join(out, "report.html"), reportPage(report));
  return { rows, summary, table: summaryTable(summary, taskTitle), files: listText(files.map((file) => file.name)) };
}

function divergences(runs: readonly CompleteRun[]): string[] {
  return runs.flatMap(({ spec, record: { outcome } }) => {
    if (outcome.kind !== "diverged") return [];
    const { update, quantity, advice } = outcome;
    return [`${runTitle(spec)}: training failed after ${update} updates, the ${quantity} is not finite; ${advice}.`];
  });
}

function referencesOf(specs: readonly RunSpec[]): Reference[] {
  const entries = bibliography();
  return studyReferences(specs).flatMap(({ key }) => {
    const entry = entries[key];
    if (entry === undefined) throw new InternalError("references", `"${key}" is not in docs/references.bib`);
    const url = referenceUrl(entry);
    return [{ key, text: referenceText(entry), ...(url === undefined ? {} : { url }) }];
  });
}

function factsOf({ options, made, startedAt }: ResultCall): Fact[] {
  const { runs, found } = made;
  const [{ spec, record }] = runs;
  const { version, fingerprint, variant } = record.software;
  const { backend, precision } = spec.engine;
  const trained = runs.reduce((sum, run) => sum + run.record.seconds, 0);
  const seeds = new Set(runs.map((run) => run.spec.seed)).size;
  const machine = Object.entries(thisMachine());
  return [
    { name: "noisy-rnn", value: `${version} (${fingerprint})` },
    { name: "Back end", value: `${backend}, ${variant}, ${precision}` },
    { name: "Seeds", value: seeds === 1 ? "0" : `0 to ${seeds - 1}` },
    { name: "Networks", value: `${runs.length}${found > 0 ? `, ${found} of them found finished` : ""}` },
    {
      name: "Duration",
      value: `${durationText((performance.now() - startedAt) / 1000)} with ${options.workers} workers; training and test of all networks ${durationText(trained)}`,
    },
    ...machine.map(([part, value]) => ({ name: part[0].toUpperCase() + part.slice(1), value })),
    { name: "Finished", value: new Date().toISOString() },
  ];
}
