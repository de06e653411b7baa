import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { SpecError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { resultTable } from "../../io/result-table.ts";
import type { Results } from "../../platform/node/results/open-results.ts";
import { readStudy } from "../../platform/node/study-files.ts";
import type { IntervalKind } from "../../study/analyses/contract.ts";
import { presentedTable } from "../../study/analyses/presentation.ts";
import { studyAnalyses } from "../../study/analyses/registry.ts";
import { analysisIssues, analysisTable, requestMetrics } from "../../study/analyses/request.ts";
import { groupingColumns } from "../../study/results/columns.ts";
import type { Request } from "../../study/study.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { assignments } from "../options.ts";
import { withStoreResults, withStudyResults } from "../stored-results.ts";
import { storeHelp } from "../studies.ts";
import { formatHelp, formatName, putTable, type TableFlags } from "../table-output.ts";

interface TableCommandFlags extends TableFlags {
  readonly store?: string;
  readonly analysis: string;
  readonly metric?: readonly string[];
  readonly by?: readonly string[];
  readonly at?: Readonly<Record<string, unknown>>;
  readonly where?: Readonly<Record<string, unknown>>;
  readonly against?: Readonly<Record<string, unknown>>;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly show?: readonly string[];
  readonly interval?: IntervalKind;
  readonly caption?: string;
}

export const table: CommandDefinition = {
  name: "table",
  summary: "tables of a study: means, differences and preferences with intervals over seeds",
  examples: [
    ["noisy-rnn table studies/preference.yaml", "the final metrics of every condition"],
    [
      "noisy-rnn table studies/preference.yaml --metric test-loss --by site,trainIntensity --at testIntensity=0 --against site=outside --format latex",
      "loss without noise, with the paired difference to noise outside, for a paper",
    ],
    ["noisy-rnn table runs --analysis preference --out preference.csv", "all runs of a store"],
  ],
  define(command, act) {
    command
      .argument("<results>", "study file, the folder of a study in a store, or a store")
      .option("--store <folder>", storeHelp)
      .option("--analysis <name>", studyAnalyses.names.join(", "), "summary")
      .option("--metric <names>", "metrics, separated by commas", names)
      .option("--by <columns>", "columns that tell rows apart, separated by commas (default: the axes)", names)
      .option("--at <place>", "testIntensity=0, testIntensity=[0, trained] or update=last", assignments)
      .option("--where <condition>", "only runs with column=value; may be repeated", assignments)
      .option("--against <reference>", "column=value that others are compared with, seed by seed", assignments)
      .option("--set <option>", "any other option of the analysis, as name=value; may be repeated", assignments)
      .option("--show <columns>", "estimates that are shown, such as mean,median", names)
      .option("--interval <kind>", "t or bootstrap (default: the usual one)", intervalKind)
      .option("--caption <text>", "first sentence of the caption")
      .option("--format <name>", formatHelp, formatName)
      .option("--out <file>", "write the table into a file")
      .option("--json", "the same as --format json");
    act(async (path: string, flags: TableCommandFlags) => {
      const request = requestOf(flags);
      const use = (results: Results): Promise<ExitCode> => put(results, request, flags);
      if (existsSync(join(path, "store.json"))) return withStoreResults(path, use);
      // Wrong options are answered before an index is built.
      const { axes } = await readStudy(path, []);
      checkRequest(request, groupingColumns(axes));
      return withStudyResults(path, flags.store, use);
    });
  },
};

async function put(results: Results, request: Request, flags: TableCommandFlags): Promise<ExitCode> {
  checkRequest(request, results.columns);
  const made = analysisTable(request, await results.results(requestMetrics(request)));
  const { show, interval, caption } = flags;
  await putTable(
    { data: resultTable(made.rows, made.columns), text: presentedTable(made, { show, interval, caption }) },
    flags,
  );
  return exitCodes.ok;
}

function requestOf({ analysis, metric, by, at, where, against, set }: TableCommandFlags): Request {
  const given = { metric, by, at, where, against };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { name: analysis, options: { ...set, ...options } };
}

/** @throws SpecError that names the options of the command */
function checkRequest(request: Request, columns: readonly string[]): void {
  if (!studyAnalyses.has(request.name))
    throw unknownName("study analysis", request.name, studyAnalyses.names, "--analysis");
  const issues = analysisIssues(request, "", { columns });
  if (issues.length === 0) return;
  throw new SpecError(
    `table, analysis ${request.name}`,
    issues.map((issue) => ({ ...issue, path: `--${issue.path.replace(/^\./, "")}` })),
  );
}

function names(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.includes("")) throw new InvalidArgumentError(`It must be names separated by commas, got "${text}".`);
  return parts;
}

function intervalKind(text: string): IntervalKind {
  if (text === "t" || text === "bootstrap") return text;
  throw new InvalidArgumentError(`It must be t or bootstrap, got "${text}".`);
}
