/** A report on made-up sweeps, with every part that a report may have. */

import { drawFigures } from "../../src/figure/registry.ts";
import type { Report, ReportFigure, ReportTable } from "../../src/figure/report.ts";
import { numberText } from "../../src/figure/wording.ts";
import { encodeCsv } from "../../src/io/csv.ts";
import { csvColumns, inferredColumns, resultTable } from "../../src/io/result-table.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { type SweepOptions, sweepData } from "./sweeps.ts";

export async function exampleReport(options: SweepOptions = {}): Promise<Report> {
  const data = sweepData(options);
  const figures: ReportFigure[] = [];
  for (const figure of drawFigures(data)) {
    const { svg } = await figureSvg(figure);
    const table = resultTable(figure.data, inferredColumns(figure.data));
    figures.push({ figure, svg, csv: new TextDecoder().decode(encodeCsv(csvColumns(table))) });
  }
  return {
    title: "Do recurrent networks prefer the noise they were trained with?",
    question: "Networks are trained with noise inside and outside the activation.",
    rule: "A claim holds when every condition says so.",
    method: [{ title: "What was trained", paragraphs: ["Networks."], code: "hiddenSize: 20" }],
    tables: [summaryTable(data)],
    figures,
    verdicts: [
      {
        statement: "Networks with noise inside the activation prefer about their training noise.",
        source: "Abstract, versions 1 and 2",
        rule: "The interval of the preferred intensity decides.",
        outcome: "holds",
        measured: ["At 0.5 and 1, the interval of the preferred intensity holds the training intensity on both tasks."],
        conditions: ["From training noise 0.5 on."],
        shown: [{ text: "Function approximation", href: "function-approximation/report.html#preference-curves" }],
      },
      {
        statement: "Networks with noise outside the activation prefer zero noise.",
        source: "Abstract, versions 1 and 2",
        rule: "The interval of the preferred intensity decides.",
        outcome: "does not hold",
        measured: ["At 1 the interval reaches 0.05."],
        conditions: [],
        shown: [],
      },
      {
        statement: "The same holds for heartbeats.",
        source: "ours",
        rule: "The interval of the preferred intensity decides.",
        outcome: "not testable",
        measured: ["ECG5000 was not at hand."],
        conditions: [],
        shown: [],
      },
    ],
    warnings: ["ECG5000 is not on this machine and was left out."],
    settings: [
      { scope: "all", name: "alpha", value: "0.2", origin: "ours" },
      { scope: "MNIST by rows", name: "trials", value: "60 000", origin: "data" },
      { scope: "all", name: "noise sites", value: "inside, outside", origin: "paper" },
    ],
    command: "npx noisy-rnn reproduce noise-preference --quick --seeds 3",
    facts: [
      { name: "noisy-rnn", value: "0.1.0" },
      { name: "Back end", value: "WebAssembly, relaxed SIMD, 2 workers" },
      { name: "Seeds", value: "0, 1, 2" },
      { name: "Duration", value: "96 s" },
    ],
    references: [
      {
        key: "eckstein2026",
        text: "Eckstein N. I., Srinivasan M. (2026). Paradoxical noise preference in RNNs. TMLR.",
        url: "https://arxiv.org/abs/2601.04539",
      },
    ],
    files: [
      { name: "results.parquet", meaning: "Loss of every network at every test intensity." },
      { name: "results.csv", meaning: "The same as text." },
    ],
  };
}

function summaryTable({ preferenceSummary = [] }: ReturnType<typeof sweepData>): ReportTable {
  const column = (title: string, kind: "text" | "number", isHeader = false) => ({
    title,
    meaning: `What ${title} means.`,
    kind,
    isHeader,
  });
  return {
    caption: "Preference",
    columns: [
      column("Task", "text", true),
      column("Noise", "text", true),
      column("Trained at", "number", true),
      column("Best at", "number"),
    ],
    rows: preferenceSummary.map((row) => [
      row.task,
      row.site,
      numberText(row.trainIntensity),
      numberText(row.preferredIntensity),
    ]),
  };
}
