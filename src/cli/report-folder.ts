/** The report of a study as a folder: a page with tables, figures, data and queries, and all of them as files. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { groups } from "../figure/conditions.ts";
import { type Fact, type Reference, reportPage } from "../figure/report.ts";
import { countText, slug } from "../figure/wording.ts";
import { referenceText, referenceUrl } from "../io/bibtex.ts";
import { resultTable } from "../io/result-table.ts";
import { tableFormats } from "../io/table-formats/registry.ts";
import { bibliography } from "../platform/node/bibliography.ts";
import { writeFileAtomic } from "../platform/node/files.ts";
import { presentedTable } from "../study/analyses/presentation.ts";
import { studyAnalyses } from "../study/analyses/registry.ts";
import { checkedExpectations, expectationCount } from "../study/expected.ts";
import { drawnFigures } from "../study/figures/request.ts";
import { taskLabels } from "../study/figures/task-labels.ts";
import { mergedReferences, runReferences } from "../study/references.ts";
import type { RunSpec } from "../study/spec.ts";
import type { Study } from "../study/study.ts";
import { type StudyTable, studyReport } from "../study/study-report.ts";
import type { DrawingFormat } from "./drawing-formats.ts";
import type { OpenStudy } from "./study-results.ts";

/** Formats in which tables lie beside the page. */
const tableFiles = ["csv", "markdown", "latex"] as const;
/** Names the files of a report, so that the next one in the folder takes its place. */
const contents = "report.json";

export interface WrittenReport {
  readonly study: string;
  readonly runs: { readonly complete: number; readonly missing: number };
  readonly expected: string | null;
  readonly figures: readonly string[];
  readonly tables: readonly string[];
  readonly notes: readonly string[];
  /** Below the folder. */
  readonly files: readonly string[];
}

export interface ReportCall {
  readonly out: string;
  /** Files of each figure. */
  readonly formats: readonly DrawingFormat[];
  /** Command lines that make it again. */
  readonly commands: readonly string[];
  /** Sentences that stand first. */
  readonly warnings?: readonly string[];
}

/** Writes the page, and tables and figures as files; those of a report that stood in the folder before are replaced. */
export async function writeReport(
  open: OpenStudy,
  { out, formats, commands, warnings = [] }: ReportCall,
): Promise<WrittenReport> {
  const { study, database, results, tables } = open;
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("./figure-files.ts");
  const before = await writtenBefore(out);
  const specs = await someSpecs(open);
  const { figures, notes } = drawnFigures(study.figures, results, taskLabels(specs));
  const drawn = await writeFigures(figures, join(out, "figures"), formats);
  const tableNames = await writeTables(tables, out);
  const checked = checkedExpectations(study.expected, tables);
  const page = studyReport({
    study,
    runs: results.runs,
    open: results.open.length,
    tables,
    checked,
    figures: drawn.figures,
    figureNotes: notes,
    firstSpec: specs[0],
    warnings: [...warnings, ...database.warnings, ...(drawn.withoutPng === undefined ? [] : [drawn.withoutPng])],
    commands,
    facts: await makerFacts(open),
    references: referencesOf([study], specs),
    files: [
      ...(figures.length === 0
        ? []
        : [
            {
              name: "figures/",
              meaning: `Every figure as ${formats.join(", ")}, with specification (vl.json), data and estimates (csv) and query (sql).`,
            },
          ]),
      ...(tables.length === 0 ? [] : [{ name: "tables/", meaning: "Every table as CSV in full, Markdown and LaTeX." }]),
      { name: contents, meaning: "What was written, for programs." },
    ],
  });
  await writeFileAtomic(join(out, "report.html"), reportPage(page));
  const files = ["report.html", ...drawn.files.map((file) => `figures/${file}`), ...tableNames, contents];
  const written: WrittenReport = {
    study: study.name,
    runs: { complete: results.runs.length, missing: results.open.length },
    expected: checked.length === 0 ? null : expectationCount(checked),
    figures: figures.map(({ name }) => name),
    tables: tables.map(({ file }) => file),
    notes,
    files,
  };
  await writeFileAtomic(join(out, contents), `${JSON.stringify(written, null, 2)}\n`);
  for (const file of before) if (!files.includes(file)) await rm(join(out, file), { force: true });
  return written;
}

/** Files of the report that stood here before; names that lead out of the folder are not ours. */
async function writtenBefore(out: string): Promise<readonly string[]> {
  const { files } = await readFile(join(out, contents), "utf8")
    .then((text) => JSON.parse(text) as Partial<WrittenReport>)
    .catch((): Partial<WrittenReport> => ({}));
  return (files ?? []).filter((file) => /^(figures|tables)\/[\w.-]+$/.test(file));
}

async function writeTables(tables: readonly StudyTable[], out: string): Promise<string[]> {
  const names: string[] = [];
  for (const { file, table } of tables) {
    const document = { data: resultTable(table.rows, table.columns), text: presentedTable(table) };
    for (const format of tableFiles) {
      const { extension, encode } = tableFormats.get(format);
      const name = `tables/${file}${extension}`;
      await writeFileAtomic(join(out, name), encode(document));
      names.push(name);
    }
  }
  return names;
}

/** Specifications of runs that differ in what sources are cited for; the first is that of the first run. */
async function someSpecs({ database, results }: OpenStudy): Promise<RunSpec[]> {
  const worded = results.columns.filter((column) =>
    results.runs.some((run) => typeof run[column] !== "number" && run[column] !== null),
  );
  const chosen = new Map(
    results.runs.toReversed().map((run) => [JSON.stringify(worded.map((column) => run[column])), run.id]),
  );
  const ids = [...chosen.values()].reverse();
  if (ids.length === 0) return [];
  const listed = ids.map((id) => `'${id}'`).join(", ");
  const { columns } = await database.query(`select id, spec::varchar as spec from specs where id in (${listed})`);
  const [found, texts] = columns.map(({ values }) => values.map(String));
  const byId = new Map(found.map((id, index) => [id, JSON.parse(texts[index]) as RunSpec]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

async function makerFacts({ standing: { store, study, ids }, results }: OpenStudy): Promise<Fact[]> {
  const summaries = await store.summaries(new Set(ids));
  const hosts = groups(results.runs, ({ id }) => summaries.get(id)?.host ?? "unknown");
  const counted = [...hosts].map(([host, made]) => `${host} (${countText([made.length], "run")})`);
  return [
    { name: "Study", value: `${study.name}, asked for by version ${study.software.version}` },
    ...(counted.length === 0 ? [] : [{ name: "Machines", value: counted.sort().join(", ") }]),
  ];
}

/** Sources of studies: their own, and those of what their runs and tables use. */
export function referencesOf(studies: readonly Study[], specs: readonly RunSpec[]): Reference[] {
  const entries = bibliography();
  const used = mergedReferences([
    ...studies.map(({ references }) => ["the study", references] as const),
    ...studies.map(
      ({ expected }) =>
        [
          "expected results",
          expected.flatMap(({ source }) => (source !== null && source in entries ? [source] : [])),
        ] as const,
    ),
    ...specs.flatMap((spec) =>
      runReferences(spec).flatMap(({ key, uses }) => uses.map((use) => [use, [key]] as const)),
    ),
    ...studies
      .flatMap(({ analyses }) => analyses)
      .map(({ name }) => [`analysis ${name}`, studyAnalyses.get(name).references] as const),
  ]);
  return used.map(({ key }) => {
    const entry = entries[key];
    if (entry === undefined) return { key: slug(key), text: key };
    const url = referenceUrl(entry);
    return { key, text: referenceText(entry), ...(url === undefined ? {} : { url }) };
  });
}
