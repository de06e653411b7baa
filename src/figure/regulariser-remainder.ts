import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstNetworks, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const kinds = { rise: "rise of the loss", penalty: "second-order penalty", remainder: "remainder" } as const;

/** What noise adds to the loss, the second-order penalty and what it leaves, over the noise, on logarithmic scales. */
export const regulariserRemainder: FigureDefinition = {
  name: "regulariser-remainder",
  summary: "Does the second-order penalty say what noise adds to the loss, and how fast does the rest fall?",
  analyses: ["regulariser"],
  draw: (data) => {
    const found = tablesOf(data, "regulariser", "levels");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `What noise adds to the loss${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const { shown, warnings: left } = firstNetworks(
    found.map(({ heading }) => heading),
    mostPanels,
  );
  const warnings = [...left, ...known];
  const rows: FigureRow[] = found.flatMap(({ heading, rows: levels }) =>
    shown.includes(heading)
      ? levels.flatMap((level) =>
          Object.entries(kinds).map(([key, kind]) => ({
            panel: heading,
            kind,
            eps: level.eps,
            value: level[key],
            size: Math.abs(Number(level[key])),
            direction: Number(level[key]) < 0 ? "lowers it" : "raises the loss",
          })),
        )
      : [],
  );
  // zero has no place on a logarithmic scale
  const drawn = rows.filter(({ size }) => Number(size) > 0);
  const reading =
    "Sizes on logarithmic scales. Where the expansion holds, the remainder falls with the fourth power of the noise, the penalty with the second.";
  const alternative = `${title}. ${found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`).join(" ")}`;
  const x = {
    field: "eps",
    type: "quantitative" as const,
    scale: { type: "log" as const, nice: false },
    axis: { title: "Noise / training noise", grid: false, tickCount: 5 },
  };
  const y = {
    field: "size",
    type: "quantitative" as const,
    scale: { type: "log" as const },
    axis: { title: "Size of the change of the loss", format: ".0~e", tickCount: 6 },
  };
  const color = {
    field: "kind",
    type: "nominal" as const,
    scale: { domain: Object.values(kinds), range: [palette.black, palette.blue, palette.vermillion] },
    legend: { title: null, symbolSize: 250, symbolType: "stroke" as const },
  };
  return {
    name: "regulariser-remainder",
    title,
    caption: `${reading} Rise: Monte Carlo over antithetic pairs; penalty: eps squared / 2 times (P + Q); remainder: along the same draws. ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: drawn.map((row) => ({ ...row })) },
      ...panelled("panel", shown, panelSize(shown, 220), {
        layer: [
          { mark: { type: "line", strokeWidth: 1.5 }, encoding: { x, y, color } },
          {
            mark: { type: "point", size: 45, filled: true },
            encoding: {
              x,
              y,
              color,
              shape: {
                field: "direction",
                type: "nominal",
                scale: { domain: ["raises the loss", "lowers it"], range: ["circle", "triangle-down"] },
                legend: { title: null, symbolSize: 60 },
              },
            },
          },
        ],
      }),
      config: theme,
    },
  };
}

const quantities = {
  p: "P",
  q: "Q",
  rise: "rise of the loss at the largest noise",
  order: "power of the noise with which the remainder falls",
} as const;
