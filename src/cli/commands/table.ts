import { InvalidArgumentError } from "commander";
import { SpecError, type SpecIssue } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { resultTable } from "../../io/result-table.ts";
import type { Results } from "../../platform/node/results/open-results.ts";
import { readStudy } from "../../platform/node/study-files.ts";
import type { IntervalKind } from "../../study/analyses/contract.ts";
import { presentedTable } from "../../study/analyses/presentation.ts";
import { studyAnalyses } from "../../study/analyses/registry.ts";
import { analysisIssues, analysisTable, requestMetrics } from "../../study/analyses/request.ts";
import { unknownValueIssues } from "../../study/analyses/unknown-values.ts";
import { groupingColumns } from "../../study/results/columns.ts";
import type { Request, StudyAxis } from "../../study/study.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { storeAt } from "../found-store.ts";
import { assignments } from "../options.ts";
import { withStoreResults, withStudyResults } from "../stored-results.ts";
import { storeHelp } from "../studies.ts";
import { chosenFormat, formatHelp, formatName, putTable, type TableFlags } from "../table-output.ts";

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
      .argument("<results>", "study file, the folder of a study in a store, a store, or a folder with a store in runs")
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
      chosenFormat(flags);
      const request = requestOf(flags);
      const use =
        (axes: readonly StudyAxis[]) =>
        (results: Results): Promise<ExitCode> =>
          put(results, axes, { request, flags });
      const store = await storeAt(path);
      if (store !== undefined) return withStoreResults(store, use([]));
      // Wrong options are answered before an index is built.
      const { axes } = await readStudy(path, []);
      checkRequest(request, groupingColumns(axes));
      return withStudyResults(path, flags.store, use(axes));
    });
  },
};

async function put(
  results: Results,
  axes: readonly StudyAxis[],
  { request, flags }: { readonly request: Request; readonly flags: TableCommandFlags },
): Promise<ExitCode> {
  checkRequest(request, results.columns);
  const found = await results.results(requestMetrics(request));
  refuse(request, unknownValueIssues(request, found, axes));
  const made = analysisTable(request, found);
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
  refuse(request, analysisIssues(request, "", { columns }));
}

function refuse(request: Request, issues: readonly SpecIssue[]): void {
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
