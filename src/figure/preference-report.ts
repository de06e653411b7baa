import { distinct, networkName, orderedSites } from "./conditions.ts";
import type { FigureData, PreferenceSummary } from "./contract.ts";
import type { Report, ReportColumn, ReportTable } from "./report.ts";
import { preferenceText } from "./report-text.ts";
import { lossName, numberText, taskTitle } from "./wording.ts";

/** What a report on noise preference needs beyond the rows: how the run was made, and what it means. */
export type PreferenceReportParts = Pick<
  Report,
  "verdicts" | "warnings" | "figures" | "settings" | "command" | "facts" | "references" | "files"
>;

/** The report of the main job: one summary table per task, the figures, and the method in plain words. */
export function preferenceReport(data: FigureData, parts: PreferenceReportParts): Report {
  const summary = data.preferenceSummary ?? [];
  return {
    ...parts,
    title: preferenceText.title,
    question: preferenceText.question,
    rule: preferenceText.rule,
    method: preferenceText.method,
    tables: distinct(summary.map((row) => row.task)).map((task) =>
      taskTable(
        `${taskTitle(data, task)}: ${lossName(data, task)}, mean over seeds`,
        summary.filter((row) => row.task === task),
      ),
    ),
  };
}

interface Column extends ReportColumn {
  text(row: PreferenceSummary): string;
}

function taskTable(caption: string, summary: readonly PreferenceSummary[]): ReportTable {
  const columns = columnsFor(summary);
  const sites = orderedSites(summary.map((row) => row.site));
  const networks = distinct(summary.map(networkName));
  const sorted = [...summary].sort(
    (a, b) =>
      networks.indexOf(networkName(a)) - networks.indexOf(networkName(b)) ||
      sites.indexOf(a.site) - sites.indexOf(b.site) ||
      a.trainIntensity - b.trainIntensity,
  );
  return {
    caption,
    columns: columns.map(({ title, meaning, kind, isHeader }) => ({
      title,
      meaning,
      kind,
      isHeader: isHeader ?? false,
    })),
    rows: sorted.map((row) => columns.map((column) => column.text(row))),
  };
}

/** Columns that say something: networks where there are several, accuracies and verdicts where there are any. */
function columnsFor(summary: readonly PreferenceSummary[]): Column[] {
  const words = preferenceText.columns;
  const hasAccuracy = summary.some((row) => typeof (row.accuracyAtZero ?? row.accuracyAtTraining) === "number");
  const hasVerdict = summary.some((row) => row.verdict !== undefined);
  return [
    ...(distinct(summary.map(networkName)).length > 1
      ? [{ ...words.network, kind: "text" as const, isHeader: true, text: networkName }]
      : []),
    { ...words.site, kind: "text", isHeader: true, text: (row) => row.site },
    { ...words.trainIntensity, kind: "number", isHeader: true, text: (row) => numberText(row.trainIntensity) },
    { ...words.seeds, kind: "number", text: (row) => String(row.seeds) },
    { ...words.preferred, kind: "number", text: preferredText },
    { ...words.lossAtZero, kind: "number", text: (row) => numberText(row.lossAtZero) },
    { ...words.lossAtTraining, kind: "number", text: (row) => numberText(row.lossAtTraining) },
    { ...words.lossAtPreferred, kind: "number", text: (row) => numberText(row.lossAtPreferred) },
    { ...words.ratio, kind: "number", text: ratioText },
    ...(hasAccuracy
      ? [
          {
            ...words.accuracyAtZero,
            kind: "number" as const,
            text: (row: PreferenceSummary) => percentText(row.accuracyAtZero),
          },
          {
            ...words.accuracyAtTraining,
            kind: "number" as const,
            text: (row: PreferenceSummary) => percentText(row.accuracyAtTraining),
          },
        ]
      : []),
    ...(hasVerdict
      ? [{ ...words.verdict, kind: "text" as const, text: (row: PreferenceSummary) => row.verdict ?? "" }]
      : []),
  ];
}

/** Keeps an interval in one line; before it the cell may break, so that a wide table fits the page. */
const noBreak = "\u00a0";

function preferredText(row: PreferenceSummary): string {
  const preferred = numberText(row.preferredIntensity);
  if (row.preferredIntensity === null || row.preferredLow === null || row.preferredHigh === null) return preferred;
  return `${preferred} (${numberText(row.preferredLow)}${noBreak}to${noBreak}${numberText(row.preferredHigh)})`;
}

function ratioText(row: PreferenceSummary): string {
  const isKnown = row.lossAtZero !== null && row.lossAtPreferred !== null && row.lossAtPreferred > 0;
  return numberText(isKnown ? Number(row.lossAtZero) / Number(row.lossAtPreferred) : null);
}

function percentText(share: number | null | undefined): string {
  return share === null || share === undefined ? numberText(null) : `${(100 * share).toFixed(1)}${noBreak}%`;
}
