import { analyses } from "../../analysis/registry.ts";
import { cells } from "../../cell/cells/registry.ts";
import { schemes } from "../../cell/schemes/registry.ts";
import { CapabilityError, NoisyRnnError } from "../../core/errors.ts";
import { type OptionRules, type OptionValue, optionRange } from "../../core/options.ts";
import { unknownName } from "../../core/registry.ts";
import { formats } from "../../io/formats.ts";
import { tableFormats } from "../../io/table-formats/registry.ts";
import { laws } from "../../noise/laws.ts";
import { scalings } from "../../noise/scaling.ts";
import { sites } from "../../noise/sites/registry.ts";
import { packageStudyList } from "../../platform/node/study-files.ts";
import { studyAnalyses } from "../../study/analyses/registry.ts";
import { studyFigures } from "../../study/figures/registry.ts";
import { presets } from "../../study/presets/registry.ts";
import type { TaskDefinition } from "../../task/contract.ts";
import { tasks } from "../../task/registry.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { print, printJson, type TextRow, textTable } from "../output.ts";
import { reproductions } from "../reproductions.ts";

type Row = Readonly<Record<string, unknown>>;

/** What can be listed, and what is said about each member besides its name and summary. */
const families: Readonly<Record<string, () => readonly Row[] | Promise<readonly Row[]>>> = {
  studies: async () => [
    ...(await packageStudyList()).map((study) => ({ ...study, command: `noisy-rnn study run ${study.name}` })),
    ...reproductions.members.map((member) => ({ ...named(member), command: `noisy-rnn reproduce ${member.name}` })),
  ],
  cells: () =>
    cells.members.map((cell) => ({
      ...named(cell),
      settings: settingsText(cell.settings),
      sites: [...new Set(cell.sites.map((site) => site.split(":")[0]))].join(", "),
    })),
  schemes: () =>
    schemes.members.map((scheme) => {
      const { calculus, strongOrder, weakOrder: weak, cost } = scheme;
      return { ...named(scheme), calculus, ...strongOrder, weak, cost };
    }),
  tasks: () =>
    Promise.all(
      tasks.members.map(async (task) => ({
        ...named(task),
        data: task.dataset ?? "",
        ...(await taskSizes(task)),
        options: settingsText(task.defaults),
      })),
    ),
  noise: () => [
    ...sites.members.map((site) => ({ kind: "site", ...named(site) })),
    ...laws.members.map((law) => ({ kind: "law", ...named(law) })),
    ...scalings.members.map((scaling) => ({ kind: "scaling", ...named(scaling) })),
  ],
  presets: () =>
    presets.members.map((preset) => ({
      ...named(preset),
      source: preset.source,
      options: optionRows(preset.options),
    })),
  analyses: () => analyses.members.map((analysis) => ({ ...named(analysis), options: optionRows(analysis.options) })),
  "study-analyses": () =>
    studyAnalyses.members.map((analysis) => ({
      ...named(analysis),
      options: Object.keys(analysis.schema.shape).join(", "),
    })),
  figures: () =>
    studyFigures.members.map((figure) => ({
      ...named(figure),
      options: Object.keys(figure.schema.shape).join(", "),
    })),
  "table-formats": () => tableFormats.members.map((format) => ({ ...named(format), extension: format.extension })),
  formats: () =>
    formats.members.map((format) => ({
      ...named(format),
      extensions: format.extensions.join(" "),
      written: format.encode !== undefined,
    })),
};

/** What to know besides, and families that one may have meant: a line below the list. */
const footnotes: Readonly<Record<string, string>> = {
  schemes:
    "additive, commutative, general: strong order for such noise. –: refused. Choose with --set network.scheme=heun.",
  tasks: "dt: ms a step. –: known once the data are read; noisy-rnn trial <task> reads them and draws a trial.",
  presets:
    "Any of them: noisy-rnn train --preset NAME, or preset: NAME in a run or study file; an option is preset.sigma. What a file or an option says besides wins.",
  analyses: "These are of trained networks. What a study file takes under analyses: noisy-rnn list study-analyses.",
  "study-analyses":
    "These are tables of all runs of a study. Analyses of trained networks themselves: noisy-rnn list analyses.",
};

export const list: CommandDefinition = {
  name: "list",
  summary: "what there is to choose from",
  examples: [
    ["noisy-rnn list cells", "cells with their settings and noise sites"],
    ["noisy-rnn list noise --json", "sites, laws and scalings for a program"],
  ],
  define(command, act) {
    command
      .argument("<family>", Object.keys(families).join(", "))
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (family: string, { json }: { readonly json?: true }) => {
      const rowsOf = families[family];
      if (rowsOf === undefined) throw unknownName("family", family, Object.keys(families));
      const rows = await rowsOf();
      if (json) printJson({ [family]: rows });
      else {
        print(family === "analyses" || family === "presets" ? optionsTable(rows) : tableOf(rows));
        const footnote = footnotes[family];
        if (footnote !== undefined) print(`\n${footnote}`);
      }
      return exitCodes.ok;
    });
  },
};

function named({ name, summary }: { readonly name: string; readonly summary: string }): Row {
  return { name, summary };
}

/** Sizes of a task with its default options; null where they are known only once its data have been read. */
async function taskSizes(definition: TaskDefinition): Promise<Row> {
  const withoutFiles = (): Promise<never> =>
    Promise.reject(new CapabilityError({ place: definition.name, rule: "reads data", remedy: "draw a trial of it" }));
  try {
    const task = await definition.create({}, { dataset: withoutFiles, file: withoutFiles });
    const { inputSize: inputs, outputSize: outputs, stepCount: steps, dt, loss } = task;
    return { inputs, outputs, steps, dt, loss };
  } catch (error) {
    if (!(error instanceof NoisyRnnError)) throw error;
    return { inputs: null, outputs: null, steps: null, dt: null, loss: null };
  }
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value || '""' : JSON.stringify(value)}`)
    .join(", ");
}

interface OptionRow {
  readonly name: string;
  readonly default: OptionValue | undefined;
  readonly range: string;
}

function optionRows(rules: OptionRules): OptionRow[] {
  return Object.entries(rules).map(([name, rule]) => {
    const range = optionRange(rule);
    return { name, default: rule.default, range: rule.type === "text" ? `${range}: ${rule.remedy}` : range };
  });
}

/** A line with each member's summary, where it comes from if it says so, and its options below. */
function optionsTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ name, summary, source, options }): TextRow[] => [
    `${String(name)}: ${String(summary)}`,
    ...(source === undefined ? [] : [`  ${String(source)}`]),
    ...(options as readonly OptionRow[]).map((option) => [
      `  ${option.name}`,
      option.default === undefined ? "must be given" : String(option.default),
      option.range,
    ]),
  ]);
  return textTable([{ title: "  option" }, { title: "default" }, { title: "values" }], lines);
}

/** The longest come last: the summary, and before it options. */
function tableOf(rows: readonly Row[]): string {
  const longest = ["options", "summary"];
  const all = Object.keys(rows[0]);
  const keys = [...all.filter((key) => !longest.includes(key)), ...longest.filter((key) => all.includes(key))];
  const cells = rows.map((row): TextRow => keys.map((key) => cellText(row[key])));
  return textTable(
    keys.map((title) => ({ title })),
    cells,
  );
}

function cellText(value: unknown): string {
  if (value === null) return "–";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
