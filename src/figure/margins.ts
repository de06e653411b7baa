import { colouredByCondition } from "./condition-colours.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

/** Networks that the description tells of one by one. */
const sentenceLimit = 12;

/** Columns of the table, with the headings of their panels. */
const kinds = {
  certified: "certified lower bound",
  firstOrder: "first-order margin",
  attack: "smallest change found",
} as const;

/** Distributions of margins: the share of the trials whose margin is at least so large. */
export const marginDistributions: FigureDefinition = {
  name: "margins",
  summary: "How far may inputs change before the decision does, over the trials of a data set?",
  analyses: ["margin"],
  draw: (data) => {
    const found = tablesOf(data, "margin", "margins");
    const rightly = found.filter(({ rows }) => rows.some(({ isRight }) => isRight === true));
    const shared = sharedText(
      data,
      rightly.map(({ network }) => network),
    );
    return rightly.length === 0 ? [] : [figure(rightly, shared, data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const { shown, hasSeeds, warnings: left, color } = colouredByCondition(found);
  const warnings = [...left, ...known];
  const title = `Margins of the trials${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = shown.flatMap(({ network, condition, rows: trials }) =>
    Object.entries(kinds).flatMap(([column, panel]) => {
      const margins = trials.map((trial) => trial[column]).filter((value) => typeof value === "number");
      margins.sort((a, b) => a - b);
      const at = (margin: number, share: number): FigureRow => ({
        panel,
        condition,
        seed: network.seed,
        margin,
        share,
      });
      if (margins.length === 0) return [];
      return [at(0, 1), ...margins.map((margin, rank) => at(margin, 1 - (rank + 1) / margins.length))];
    }),
  );
  const panels = Object.values(kinds).filter((panel) => rows.some((row) => row.panel === panel));
  const reading = `Share of the rightly decided trials whose margin, an l2 norm over the whole input, is larger.${hasSeeds ? " One line per network." : ""}`;
  const alternative = `${title}. ${shown
    .slice(0, sentenceLimit)
    .map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`)
    .join(" ")}`;
  return {
    name: "margins",
    title,
    caption: `${reading} True margins lie between the certified bound and the smallest change that attacks found; the first-order margin is an estimate. ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled(
        "panel",
        panels,
        panelSize(panels, 200, true),
        {
          layer: [
            {
              mark: { type: "line", interpolate: "step-after", strokeWidth: hasSeeds ? 1 : 1.75 },
              encoding: {
                x: {
                  field: "margin",
                  type: "quantitative",
                  scale: { nice: false },
                  axis: { title: "Margin", grid: false, tickCount: 4, format: ".3~g" },
                },
                y: {
                  field: "share",
                  type: "quantitative",
                  axis: { title: "Share of the trials", format: "~%", tickCount: 5 },
                },
                detail: { field: "seed" },
                color,
              },
            },
          ],
        },
        { x: "independent" },
      ),
      config: theme,
    },
  };
}

const quantities = {
  medianCertified: "median certified bound",
  medianFirstOrder: "first-order margin",
  medianAttack: "smallest change found",
} as const;
