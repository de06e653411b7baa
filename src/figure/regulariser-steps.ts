import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstNetworks, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const kinds = { p: "P: curvature of the dynamics", q: "Q: curvature of the loss" } as const;

/** P and Q by the step at which the noise enters. */
export const regulariserSteps: FigureDefinition = {
  name: "regulariser-steps",
  summary: "Noise of which steps costs the loss most, and through which curvature?",
  analyses: ["regulariser"],
  draw: (data) => {
    const found = tablesOf(data, "regulariser", "steps");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Second-order cost of noise by the step at which it enters${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const { shown, warnings: left } = firstNetworks(
    found.map(({ heading }) => heading),
    mostPanels,
  );
  const warnings = [...left, ...known];
  const rows: FigureRow[] = found.flatMap(({ heading, rows: steps }) =>
    shown.includes(heading)
      ? steps.flatMap((row) =>
          Object.entries(kinds).map(([key, kind]) => ({ panel: heading, kind, step: row.step, share: row[key] })),
        )
      : [],
  );
  const reading = "Shares of P and Q of the mean loss, at the training noise; their sums are P and Q.";
  const alternative = `${title}. ${found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`).join(" ")}`;
  const hasStart = rows.some(({ step }) => step === -1);
  return {
    name: "regulariser-steps",
    title,
    caption: `${reading}${hasStart ? " Step -1: what coloured noise starts from." : ""} ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled("panel", shown, panelSize(shown, 200), {
        layer: [
          {
            mark: { type: "line", strokeWidth: 1.75, point: { size: 18 } },
            encoding: {
              x: {
                field: "step",
                type: "quantitative",
                scale: { nice: false },
                axis: { title: "Step at which the noise enters", grid: false, tickCount: 6, format: "d" },
              },
              y: { field: "share", type: "quantitative", axis: { title: "Share", format: ".2~g", tickCount: 5 } },
              color: {
                field: "kind",
                type: "nominal",
                scale: { domain: Object.values(kinds), range: [palette.blue, palette.vermillion] },
                legend: { title: null, symbolSize: 250, symbolType: "stroke", labelLimit: 260 },
              },
            },
          },
        ],
      }),
      config: theme,
    },
  };
}

const quantities = { p: "P", q: "Q" } as const;
