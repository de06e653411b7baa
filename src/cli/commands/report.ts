import { join } from "node:path";
import { countText } from "../../figure/wording.ts";
import { checkWritableFolder } from "../../platform/node/files.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { type DrawingFormat, drawingFormats } from "../drawing-formats.ts";
import { formatList } from "../options.ts";
import { print, printJson, quoted, remark } from "../output.ts";
import { checkNoPlan } from "../plan-folder.ts";
import { type WrittenReport, writeReport } from "../report-folder.ts";
import { storeHelp } from "../studies.ts";
import { overridesHelp } from "../study-arguments.ts";
import { openStudy } from "../study-results.ts";

interface ReportFlags {
  readonly store?: string;
  readonly out?: string;
  readonly formats: readonly DrawingFormat[];
  readonly json?: true;
}

export const report: CommandDefinition = {
  name: "report",
  summary: "write what a store has of a study as a page with tables, figures, data and queries",
  examples: [
    ["noisy-rnn report studies/preference.yaml", "report-preference/report.html, and every figure and table as a file"],
    ["noisy-rnn report studies/preference.yaml --formats pdf --out paper", "figures for a paper"],
    ["noisy-rnn report runs/studies/preference-1f2e3d4c5b6a", "by the study's folder in its store"],
  ],
  define(command, act) {
    command
      .argument("<study>", "study file, or folder of a study in a store")
      .argument("[overrides...]", overridesHelp)
      .option("--store <folder>", storeHelp)
      .option("--out <folder>", "where the report goes (default: report- and the name of the study)")
      .option("--formats <list>", "files of each figure, of svg, png and pdf", formatList, ["svg", "png", "pdf"])
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (path: string, overrides: string[], flags: ReportFlags) => {
      const open = await openStudy(path, overrides, flags.store);
      try {
        const { out = `report-${open.study.name}`, formats } = flags;
        await checkWritableFolder("--out", out);
        await checkNoPlan(out);
        const commands = commandLines(path, overrides, { ...flags, out });
        const written = await writeReport(open, { out, formats, commands });
        if (flags.json) printJson(written);
        else for (const line of writtenLines(written, out)) print(line);
        for (const note of written.notes) remark(note);
        return exitCodes.ok;
      } finally {
        await open.database.close();
      }
    });
  },
};

function commandLines(
  path: string,
  overrides: readonly string[],
  { store, out, formats }: ReportFlags & { readonly out: string },
): string[] {
  const target = [quoted(path), ...overrides.map(quoted), ...(store === undefined ? [] : [`--store ${quoted(store)}`])];
  const shown = formats.length === drawingFormats.length ? "" : ` --formats ${formats.join(",")}`;
  return [
    `npx noisy-rnn study run ${target.join(" ")}`,
    `npx noisy-rnn report ${target.join(" ")} --out ${quoted(out)}${shown}`,
  ];
}

function writtenLines({ runs, expected, figures, tables }: WrittenReport, out: string): string[] {
  const missing = runs.missing === 0 ? "" : `, ${runs.missing} missing`;
  return [
    `${join(out, "report.html")}: ${countText([figures.length], "figure")}, ${countText([tables.length], "table")}, of ${countText([runs.complete], "run")}${missing}.`,
    ...(expected === null ? [] : [`Expected results: ${expected}.`]),
  ];
}
