/** Findings of analyses for people, and as files. */
import { join } from "node:path";
import type { AnalysisFindings, FindingCell, FindingTable } from "../analysis/contract.ts";
import { drawFigures } from "../figure/registry.ts";
import { numberText } from "../figure/wording.ts";
import { encodeCsv } from "../io/csv.ts";
import { encodeParquet } from "../io/parquet.ts";
import { type ColumnDefinition, csvColumns, type ResultTable, resultTable } from "../io/result-table.ts";
import { writeFileAtomic } from "../platform/node/files.ts";
import { taskTexts } from "../study/figures/task-texts.ts";
import { encodeFindings } from "../study/findings.ts";
import { runFiles } from "../study/record.ts";
import { networkFindings } from "../study/results/network-findings.ts";
import { askedOf } from "../study/results/rows.ts";
import { type RunSpec, runId, runTitle } from "../study/spec.ts";
import { textTable } from "./output.ts";

/** Sentences, numbers and warnings. */
export function findingsText({ analysis, numbers, sentences, warnings }: AnalysisFindings, title: string): string {
  const columns = [{ title: "number" }, { title: "value", align: "right" }, { title: "meaning" }] as const;
  const rows = numbers.map(({ name, value, meaning }) => [name, numberText(value), meaning]);
  return [
    `${analysis}: ${title}`,
    ...sentences,
    ...(rows.length > 0 ? ["", textTable(columns, rows)] : []),
    ...(warnings.length > 0 ? ["", ...warnings.map((warning) => `Warning: ${warning}`)] : []),
  ].join("\n");
}

/**
 * Writes findings.json, every table as CSV and Parquet, and the figures that the tables allow.
 *
 * @returns names of the files
 */
export async function writeFindings(spec: RunSpec, found: AnalysisFindings, folder: string): Promise<string[]> {
  const files: string[] = [];
  const write = async (name: string, content: Uint8Array): Promise<void> => {
    await writeFileAtomic(join(folder, name), content);
    files.push(name);
  };
  const id = runId(spec);
  const title = runTitle(spec);
  await write(runFiles.findings, encodeFindings(id, [found]));
  for (const table of found.tables) {
    const rows = typedTable(table);
    await write(`${table.name}.csv`, encodeCsv(csvColumns(rows)));
    await write(`${table.name}.parquet`, encodeParquet(rows, { run: id, title, analysis: found.analysis }));
  }
  const network = { title, seed: spec.seed, labels: askedOf(spec) };
  const figures = drawFigures({ findings: [networkFindings(network, found)], taskLabels: taskTexts });
  if (figures.length === 0) return files;
  // Loading vega takes a quarter of a second, which only those who draw shall wait for.
  const { writeFigures } = await import("./figure-files.ts");
  const drawn = await writeFigures(figures, join(folder, "figures"));
  return [...files, ...drawn.files.map((file) => join("figures", file))];
}

/** Columns with their types; a column of several is of texts, and so is one without a value. */
function typedTable({ columns, rows }: FindingTable): ResultTable {
  const typed = columns.map(({ name }): ColumnDefinition => {
    const kinds = new Set(
      rows
        .map((row) => row[name])
        .filter((cell) => cell !== null)
        .map((cell) => typeof cell),
    );
    const [kind] = kinds.size === 1 ? kinds : ["string"];
    return { name, type: kind === "number" ? "double" : kind === "boolean" ? "boolean" : "string", nullable: true };
  });
  const texts = new Set(typed.filter(({ type }) => type === "string").map(({ name }) => name));
  const cellOf = (name: string, cell: FindingCell): FindingCell =>
    cell !== null && texts.has(name) ? String(cell) : cell;
  const cells = rows.map((row) => Object.fromEntries(columns.map(({ name }) => [name, cellOf(name, row[name])])));
  return resultTable(cells, typed);
}
