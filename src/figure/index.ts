/** Figures: from rows to Vega-Lite specifications, and a report page that can be read offline. */
export type {
  Figure,
  FigureCell,
  FigureData,
  FigureDefinition,
  FigureRow,
  FindingsTable,
  NetworkFindings,
  PreferenceRow,
  PreferenceSummary,
  TaskLabel,
} from "./contract.ts";
export { drawFigures, figures } from "./registry.ts";
export { type Report, reportPage } from "./report.ts";
export { specificationText } from "./specification-text.ts";
export { theme } from "./theme.ts";
