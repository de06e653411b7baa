import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstPanels, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { lossLooks, theme } from "./theme.ts";
import { figureTitle, lossScale, settingSuffix } from "./wording.ts";

const mostPanels = 12;

/** The loss along lines through the trained weights. */
export const lossSlices: FigureDefinition = {
  name: "loss-slices",
  summary: "How does the loss rise around the trained weights, with and without noise?",
  analyses: ["landscape"],
  draw: (data) => {
    const found = tablesOf(data, "landscape", "slices");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Loss along lines through the trained weights${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const all = found.flatMap(({ heading, rows }): FigureRow[] =>
    rows.flatMap((row) => {
      if (typeof row.value !== "number") return [];
      // "random 1", "random 2": lines of one kind share a panel
      const kind = `${String(row.direction).replace(/ \d+$/, "")} directions`;
      return [{ panel: [...(found.length > 1 ? [heading] : []), kind].join(", "), ...row }];
    }),
  );
  const { shown, warnings: left } = firstPanels(distinct(all.map(({ panel }) => String(panel))), mostPanels, {
    what: "panels",
    networks: found.length,
  });
  const warnings = [...left, ...known];
  const rows = all.filter(({ panel }) => shown.includes(String(panel)));
  const scale = lossScale(rows.map(({ value }) => Number(value)));
  const reading = `A line for each direction. 1 moves the weights as far as they are from 0.`;
  const told = found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`);
  const alternative = `${title}. ${told.join(" ")}`;
  return {
    name: "loss-slices",
    title,
    caption: `${reading} Random directions are normalised filter by filter; eigenvectors are those of the Hessian of the clean loss. ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      // eigenvectors are followed less far than random directions
      ...panelled(
        "panel",
        shown,
        panelSize(shown, 190),
        {
          layer: [
            {
              mark: { type: "line", strokeWidth: 1.5 },
              encoding: {
                x: {
                  field: "distance",
                  type: "quantitative",
                  scale: { nice: false },
                  axis: { title: "Distance from the trained weights", grid: false, tickCount: 5 },
                },
                y: {
                  field: "value",
                  type: "quantitative",
                  scale: scale === "log" ? { type: "log", nice: false } : { zero: false, nice: true },
                  axis: { title: scale === "log" ? "Loss (log scale)" : "Loss", format: ".4~g", tickCount: 5 },
                },
                detail: { field: "direction", type: "nominal" },
                ...lossLooks(rows),
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
  loss: "loss at the trained weights",
  randomCurvature: "curvature along random directions",
  randomRise: "rise at their ends",
  lossNoisy: "with noise the loss",
  randomCurvatureNoisy: "the curvature",
  randomRiseNoisy: "and the rise",
} as const;
