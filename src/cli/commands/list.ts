import { analyses } from "../../analysis/registry.ts";
import { cells } from "../../cell/cells/registry.ts";
import { unknownName } from "../../core/registry.ts";
import { formats } from "../../io/formats.ts";
import { tableFormats } from "../../io/table-formats/registry.ts";
import { laws } from "../../noise/laws.ts";
import { presets } from "../../noise/presets.ts";
import { scalings } from "../../noise/scaling.ts";
import { sites } from "../../noise/sites/registry.ts";
import { packageStudyList } from "../../platform/node/study-files.ts";
import { studyAnalyses } from "../../study/analyses/registry.ts";
import { studyFigures } from "../../study/figures/registry.ts";
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
      sites: cell.sites.join(", "),
    })),
  tasks: () =>
    tasks.members.map((task) => ({ ...named(task), data: task.dataset ?? "", options: settingsText(task.defaults) })),
  noise: () => [
    ...sites.members.map((site) => ({ kind: "site", ...named(site) })),
    ...laws.members.map((law) => ({ kind: "law", ...named(law) })),
    ...scalings.members.map((scaling) => ({ kind: "scaling", ...named(scaling) })),
    ...presets.members.map((preset) => ({ kind: "preset", ...named(preset) })),
  ],
  analyses: () => analyses.members.map(named),
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

/** Families that one may have meant: a line below the list. */
const elsewhere: Readonly<Record<string, string>> = {
  analyses: "These are of trained networks. What a study file takes under analyses: noisy-rnn list study-analyses.",
  "study-analyses":
    "These are tables of all runs of a study. Analyses of trained networks themselves: noisy-rnn list analyses.",
};

export const list: CommandDefinition = {
  name: "list",
  summary: "what there is to choose from",
  examples: [
    ["noisy-rnn list cells", "cells with their settings and noise sites"],
    ["noisy-rnn list noise --json", "sites, laws, scalings and presets for a program"],
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
        print(tableOf(rows));
        const other = elsewhere[family];
        if (other !== undefined) print(`\n${other}`);
      }
      return exitCodes.ok;
    });
  },
};

function named({ name, summary }: { readonly name: string; readonly summary: string }): Row {
  return { name, summary };
}

function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value || '""' : JSON.stringify(value)}`)
    .join(", ");
}

/** The summary comes last: it is the longest. */
function tableOf(rows: readonly Row[]): string {
  const keys = [...Object.keys(rows[0]).filter((key) => key !== "summary"), "summary"];
  const cells = rows.map((row): TextRow => keys.map((key) => cellText(row[key])));
  return textTable(
    keys.map((title) => ({ title })),
    cells,
  );
}

function cellText(value: unknown): string {
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}
