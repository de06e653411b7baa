import { distinct, groups } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstPanels, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const kinds = { monteCarlo: "Monte Carlo", operator: "transfer operator", closure: "Gaussian closure" } as const;

/** Stationary density of units and outputs: sampled, by the exact operator, by the closure. */
export const stationaryDensity: FigureDefinition = {
  name: "stationary-density",
  summary: "How are the states of a network distributed under its noise, and does theory say so?",
  analyses: ["stationary-law"],
  draw: (data) => {
    const found = tablesOf(data, "stationary-law", "density");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Stationary density under noise${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = found.flatMap(({ heading, rows: bins }) =>
    // all inputs of a variable beside each other
    [...groups(bins, ({ variable }) => String(variable)).values()].flat().flatMap((bin) =>
      Object.entries(kinds).flatMap(([key, kind]) =>
        typeof bin[key] === "number"
          ? [
              {
                panel: [
                  ...(found.length > 1 ? [heading] : []),
                  `${variableText(bin.variable)}, input ${bin.input}`,
                ].join(", "),
                kind,
                value: bin.value,
                density: bin[key],
              },
            ]
          : [],
      ),
    ),
  );
  const panels = distinct(rows.map(({ panel }) => String(panel)));
  const { shown, warnings: left } = firstPanels(panels, mostPanels, { what: "densities", networks: found.length });
  const warnings = [...left, ...known];
  const drawn = rows.filter(({ panel }) => shown.includes(String(panel)));
  const reading =
    "Grey: many copies of the network under its own noise. Lines: theory of the same quantity, without sampling.";
  const alternative = `${title}. ${found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`).join(" ")}`;
  const present = Object.values(kinds).filter((kind) => drawn.some((row) => row.kind === kind));
  const look = { field: "kind", type: "nominal" as const };
  const x = {
    field: "value",
    type: "quantitative" as const,
    scale: { zero: false, nice: false },
    axis: { title: "Value", grid: false, tickCount: 5 },
  };
  const y = {
    field: "density",
    type: "quantitative" as const,
    axis: { title: "Density", format: ".4~g", tickCount: 5 },
  };
  const legend = { title: null, symbolSize: 250, symbolType: "stroke" as const };
  const looks = { "Monte Carlo": "#BBBBBB", "transfer operator": palette.vermillion, "Gaussian closure": palette.blue };
  const dashes = { "Monte Carlo": [1, 0], "transfer operator": [1, 0], "Gaussian closure": [5, 3] };
  return {
    name: "stationary-density",
    title,
    caption: `${reading} Inputs are held constant. The outermost bins hold what lies beyond them. ${networksText(networks)}`,
    alternative,
    warnings,
    data: drawn,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: drawn.map((row) => ({ ...row })) },
      ...panelled(
        "panel",
        shown,
        panelSize(shown, 190, true),
        {
          layer: [
            {
              transform: [{ filter: `datum.kind == '${kinds.monteCarlo}'` }],
              mark: { type: "area", interpolate: "step", color: looks["Monte Carlo"], opacity: 0.6 },
              encoding: { x, y },
            },
            {
              mark: { type: "line", interpolate: "step", strokeWidth: 1.75 },
              encoding: {
                x,
                y,
                color: { ...look, scale: { domain: present, range: present.map((kind) => looks[kind]) }, legend },
                strokeDash: { ...look, scale: { domain: present, range: present.map((kind) => dashes[kind]) }, legend },
              },
            },
          ],
        },
        { x: "independent", y: "independent" },
      ),
      config: theme,
    },
  };
}

function variableText(variable: FigureRow[string]): string {
  return typeof variable === "number" || /^\d+$/.test(String(variable)) ? `unit ${variable}` : String(variable);
}

const quantities = {
  operatorMeanError: "error of the operator's means in per cent",
  operatorVarianceError: "of its variances",
  closureMeanError: "of the closure's means",
  closureVarianceError: "of its variances",
} as const;
