import { numberText } from "../../figure/wording.ts";
import type { ResultColumn, ResultTable } from "../../io/result-table.ts";
import type { TextTable } from "../../io/table-formats/contract.ts";
import type { Results } from "../../platform/node/results/open-results.ts";
import { sqlError } from "../../platform/node/results/sql-error.ts";
import type { View } from "../../platform/node/results/views.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { namedStore } from "../found-store.ts";
import { print, printJson, textTable } from "../output.ts";
import { withStoreResults, withStudyResults } from "../stored-results.ts";
import { chosenFormat, formatHelp, formatName, putTable, type TableFlags } from "../table-output.ts";

interface QueryFlags extends TableFlags {
  readonly store?: string;
  readonly study?: string;
}

export const query: CommandDefinition = {
  name: "query",
  summary: "questions in SQL about the runs of a store",
  examples: [
    ["noisy-rnn query --store runs", "what may be asked for: views and their columns"],
    [
      "noisy-rnn query \"select site, seed, value from metrics where metric = 'test-loss' and testIntensity = 0\"",
      "numbers of single runs",
    ],
    [
      'noisy-rnn query "select * from curves" --study studies/preference.yaml --out curves.csv',
      "means and intervals of a study's conditions, into a file",
    ],
  ],
  define(command, act) {
    command
      .argument("[sql]", "the question; without it, the views and their columns are listed")
      .option(
        "--store <folder>",
        "folder with the runs, or one that holds it in runs (default: runs, or runs beside the study file)",
      )
      .option("--study <file>", "only the runs of this study: its file, or its folder in a store")
      .option("--format <name>", formatHelp, formatName)
      .option("--out <file>", "write the table into a file")
      .option("--json", "the same as --format json");
    act(async (sql: string | undefined, flags: QueryFlags) => {
      chosenFormat(flags);
      const use = (results: Results): Promise<ExitCode> =>
        sql === undefined ? listed(results.views, flags) : answered(results, sql, flags);
      if (flags.study !== undefined) return withStudyResults(flags.study, flags.store, use);
      const folder = flags.store ?? "runs";
      return withStoreResults(await namedStore(folder), use);
    });
  },
};

async function answered(results: Results, sql: string, flags: QueryFlags): Promise<ExitCode> {
  let data: ResultTable;
  try {
    data = await results.query(sql);
  } catch (error) {
    throw sqlError(error, sql, results.views);
  }
  await putTable({ data, text: textOf(data) }, flags);
  return exitCodes.ok;
}

function textOf({ rowCount, columns }: ResultTable): TextTable {
  return {
    columns: columns.map(({ name, type }) => ({ title: name, align: isNumber(type) ? "right" : "left" })),
    rows: Array.from({ length: rowCount }, (_, row) => columns.map(({ values }) => cellText(values[row]))),
    caption: null,
    notes: [],
  };
}

function cellText(value: ResultColumn["values"][number]): string {
  if (value === null) return numberText(null);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : value;
}

const typeNames = { string: "text", double: "number", int32: "whole number", boolean: "yes or no" } as const;

async function listed(views: readonly View[], { json }: QueryFlags): Promise<ExitCode> {
  if (json) {
    printJson({ views });
    return exitCodes.ok;
  }
  for (const { name, summary, columns } of views) {
    print(`${name}: ${summary}`);
    const rows = columns.map((column) => [`  ${column.name}`, typeNames[column.type], column.meaning]);
    print(`${textTable([{ title: "  column" }, { title: "type" }, { title: "meaning" }], rows)}\n`);
  }
  return exitCodes.ok;
}

function isNumber(type: ResultColumn["type"]): boolean {
  return type === "double" || type === "int32";
}
