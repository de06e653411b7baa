/** The tables of the study as figures and report take them. */
import type { FigureData } from "../../figure/contract.ts";
import type { ResultRow, StudySummary } from "./results.ts";
import { taskTexts } from "./task-texts.ts";

export function figureData(rows: readonly ResultRow[], summary: readonly StudySummary[]): FigureData {
  return { preferenceRows: rows, preferenceSummary: summary, taskLabels: taskTexts };
}
