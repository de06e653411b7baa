/** Figures: from rows to Vega-Lite specifications, and a report page that can be read offline. */
export type {
  Figure,
  FigureCell,
  FigureData,
  FigureDefinition,
  FigureRow,
  PreferenceRow,
  PreferenceSummary,
  TaskLabel,
} from "./contract.ts";
export { type PreferenceReportParts, preferenceReport } from "./preference-report.ts";
export { drawFigures, figures } from "./registry.ts";
export { type Report, reportPage } from "./report.ts";
export { specificationText } from "./specification-text.ts";
export { theme } from "./theme.ts";
