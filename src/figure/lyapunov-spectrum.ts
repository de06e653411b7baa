import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstPanels, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { levelColours, palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const quantities = {
  largestConstant: "largest exponent per step under constant inputs",
  largestStream: "along a stream of trials",
  largestTrials: "over single trials",
} as const;
const driveWords: Readonly<Record<string, string>> = {
  constant: "constant inputs",
  stream: "stream of trials",
  trials: "single trials",
};

/** All Lyapunov exponents, and the finite-time exponents of single trajectories. */
export const lyapunovSpectrum: FigureDefinition = {
  name: "lyapunov-spectrum",
  summary: "How fast do perturbations grow or die in each direction, and how much do single trajectories differ?",
  analyses: ["lyapunov"],
  draw: (data) => {
    const spectra = tablesOf(data, "lyapunov", "spectrum");
    if (spectra.length === 0) return [];
    const shared = sharedText(
      data,
      spectra.map(({ network }) => network),
    );
    const known = data.warnings ?? [];
    return [
      spectrumFigure(spectra, shared, known),
      distributionFigure(tablesOf(data, "lyapunov", "trajectories"), shared, known),
    ];
  },
};

function panelRows(found: readonly FoundTable[], column: string): FigureRow[] {
  return found.flatMap(({ heading, rows }) =>
    rows
      .filter((row) => typeof row[column] === "number")
      .map((row) => ({
        ...row,
        panel: [...(found.length > 1 ? [heading] : []), driveWords[String(row.drive)]].join(", "),
      })),
  );
}

interface Part {
  readonly name: string;
  readonly title: string;
  readonly reading: string;
  readonly found: readonly FoundTable[];
  readonly column: string;
  readonly known: readonly string[];
  readonly height: number;
  layers(levels: readonly number[], legend: object): Parameters<typeof panelled>[3]["layer"];
}

function partFigure(part: Part): Figure {
  const rows = panelRows(part.found, part.column);
  const { shown, warnings: left } = firstPanels(distinct(rows.map(({ panel }) => String(panel))), mostPanels, {
    what: "panels",
    networks: part.found.length,
  });
  const warnings = [...left, ...part.known];
  const drawn = rows.filter(({ panel }) => shown.includes(String(panel)));
  const levels = distinct(drawn.map(({ level }) => Number(level))).sort((a, b) => a - b);
  const told = part.found
    .slice(0, mostPanels)
    .map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`);
  const alternative = `${part.title}. ${told.join(" ")}`;
  return {
    name: part.name,
    title: part.title,
    caption: `${part.reading} Noise is in units of the training noise, or the intensity of the source that was varied. ${networksText(part.found.map(({ network }) => network))}`,
    alternative,
    warnings,
    data: drawn,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(part.title, part.reading, warnings),
      data: { values: drawn.map((row) => ({ ...row })) },
      ...panelled(
        "panel",
        shown,
        panelSize(shown, part.height, true),
        {
          layer: part.layers(levels, { title: "Noise:", symbolSize: 120 }),
        },
        { x: "independent", y: "independent" },
      ),
      config: theme,
    },
  };
}

const zeroRule = (channel: "x" | "y") => ({
  data: { values: [{ zero: 0 }] },
  mark: { type: "rule" as const, strokeDash: [2, 3], color: palette.black },
  encoding: { [channel]: { field: "zero", type: "quantitative" as const } },
});

function spectrumFigure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  return partFigure({
    name: "lyapunov-spectrum",
    title: `Lyapunov spectrum${settingSuffix(...(shared === "" ? [] : [shared]))}`,
    reading:
      "Exponents per step in descending order; above 0, perturbations grow. Directions that die in a step are left out.",
    found,
    column: "perStep",
    known,
    height: 190,
    layers: (levels, legend) => [
      {
        mark: { type: "line", strokeWidth: 1.5, point: { size: 18, filled: true } },
        encoding: {
          x: {
            field: "index",
            type: "quantitative",
            scale: { nice: false, zero: false },
            axis: { title: "Exponent", format: "d", tickMinStep: 1, grid: false, tickCount: 5 },
          },
          y: { field: "perStep", type: "quantitative", axis: { title: "Per step", tickCount: 5 } },
          color: { field: "level", type: "nominal", scale: levelColours(levels), legend },
        },
      },
      zeroRule("y"),
    ],
  });
}

function distributionFigure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  return partFigure({
    name: "lyapunov-distribution",
    title: `Largest finite-time Lyapunov exponents${settingSuffix(...(shared === "" ? [] : [shared]))}`,
    reading: "One line per trajectory: inputs, starting states and trials. Large symbol: their median.",
    found,
    column: "largest",
    known,
    height: 110,
    layers: (levels, legend) => {
      const x = {
        field: "largest",
        type: "quantitative" as const,
        scale: { zero: false },
        axis: { title: "Largest exponent per step", grid: false, tickCount: 4 },
      };
      const y = { field: "level", type: "nominal" as const, axis: { title: "Noise" } };
      const color = { field: "level", type: "nominal" as const, scale: levelColours(levels), legend };
      return [
        { mark: { type: "tick", thickness: 1.25 }, encoding: { x, y, color } },
        {
          mark: { type: "point", filled: true, size: 90, stroke: "#FFFFFF", strokeWidth: 1, opacity: 1 },
          encoding: { x: { ...x, aggregate: "median" }, y, color },
        },
      ];
    },
  });
}
