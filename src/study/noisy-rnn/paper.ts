import { analysisTable } from "../analyses/request.ts";
import { findingName } from "../metrics.ts";
import type { FamilyResults, ReproducedPaper, SummaryRow } from "../reproduction/contract.ts";
import { claims } from "./claims/registry.ts";
import { families } from "./families.ts";
import { publishedTables } from "./published.ts";
import { reportText } from "./text.ts";

/** Lim, Erichson, Hodgkinson and Mahoney 2021. */
export const noisyRnnPaper: ReproducedPaper = {
  name: "noisy-rnn",
  summary: "what does noise in training do to minima, dynamics, margins and robustness? (Lim et al. 2021)",
  families,
  metrics: ["test-loss", "test-accuracy", findingName],
  claims,
  evidence: (of) => of,
  summaryRows,
  tables: publishedTables,
  text: reportText,
};

/** Accuracy, loss and findings of every condition, mean and interval over seeds. */
export function summaryRows({ results }: FamilyResults): readonly SummaryRow[] {
  const metrics = results.measurements.some(({ metric }) => metric === "test-accuracy")
    ? ["test-loss", "test-accuracy", findingName]
    : ["test-loss", findingName];
  return analysisTable({ name: "summary", options: { metric: metrics } }, results).rows;
}
