import { distinct, groups } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstNetworks, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

const mostNetworks = 12;
const mostOutputs = 6;

const series = { target: "target", silent: "no noise", noisy: "training noise" } as const;

/** What the readout says at the fixed points over the inputs, without noise and at the training noise, over the target. */
export const readoutMap: FigureDefinition = {
  name: "readout-map",
  summary: "What does the network say at its fixed points, with and without its noise, and what should it say?",
  analyses: ["fixed-points"],
  draw: (data) => {
    const found = tablesOf(data, "fixed-points", "readout-map");
    if (found.length === 0) return [];
    const { shown, warnings } = firstNetworks(found, mostNetworks);
    const networks = found.map(({ network }) => network);
    return [figure(shown, sharedText(data, networks), [...warnings, ...(data.warnings ?? [])])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const title = `Readout at the fixed points${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const all = distinct(found.flatMap(({ rows }) => rows.map(({ output }) => String(output))));
  const outputs = all.slice(0, mostOutputs);
  const left = all.length - outputs.length;
  const warnings = [...(left === 0 ? [] : [`${left} of ${all.length} outputs are not drawn.`]), ...known];
  const hasCondition = found.every(({ rows }) => rows.every(({ condition }) => typeof condition === "number"));
  const meaning = found[0].network.tables
    .find(({ name }) => name === "readout-map")
    ?.columns.find(({ name }) => name === "condition")?.meaning;
  const xTitle = hasCondition && meaning !== undefined ? capitalised(meaning) : "Number of the input";
  const rows = withFunctions(found.flatMap((entry) => drawnRows(entry, outputs, found.length, hasCondition)));
  const hasScatter = rows.some(({ isFunction }) => !isFunction);
  const panels = distinct(rows.map(({ panel }) => String(panel)));
  const reading = `Symbols: readout at fixed points, filled at the stable one nearest to the mean state. Dashed${hasScatter ? ", or crosses" : ""}: mean output.`;
  const told = found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`);
  const alternative = `${title}. ${told.join(" ")}`;
  const names = Object.values(series);
  const look = { field: "series", type: "nominal" as const };
  const legend = { title: null, symbolSize: 120 };
  const colours = ["#999999", palette.black, palette.vermillion];
  const x = {
    field: "x",
    type: "quantitative" as const,
    scale: { nice: false, padding: 6 },
    axis: { title: xTitle, grid: false, tickCount: 5 },
  };
  const y = {
    field: "value",
    type: "quantitative" as const,
    scale: { zero: false, nice: true },
    axis: { title: outputs.length === 1 ? `Output ${outputs[0]}` : "Output", format: ".4~g", tickCount: 6 },
  };
  const color = { ...look, scale: { domain: names, range: colours }, legend };
  return {
    name: "readout-map",
    title,
    caption: `${reading} Inputs are held constant. The noise is averaged out of a step in the search for fixed points at the training noise; the means are over noise draws of trials. A filled symbol far from the mean output tells that the trials do not settle at this point. ${networksText(found.map(({ network }) => network))}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled("panel", panels, panelSize(panels, 240), {
        layer: [
          {
            transform: [{ filter: `datum.series == '${series.target}' && datum.isFunction` }],
            mark: { type: "line", strokeWidth: 6, opacity: 0.55 },
            encoding: { x, y, color },
          },
          {
            transform: [{ filter: "datum.isLine && datum.isFunction" }],
            mark: { type: "line", strokeWidth: 1.5, strokeDash: [5, 3] },
            encoding: { x, y, color },
          },
          ...(hasScatter ? scatterLayers({ x, y, color }) : []),
          {
            transform: [{ filter: "datum.isPoint" }],
            mark: { type: "point", size: 34, strokeWidth: 1.25, opacity: 1 },
            encoding: {
              x,
              y,
              color,
              shape: {
                ...look,
                scale: { domain: names, range: ["circle", "circle", "square"] },
                legend,
              },
              fillOpacity: { condition: { test: "datum.isVisited", value: 1 }, value: 0 },
              fill: { ...look, scale: { domain: names, range: colours }, legend },
            },
          },
        ],
      }),
      config: theme,
    },
  };
}

/** Targets and mean outputs as symbols: a line through them would join inputs that are no neighbours. */
function scatterLayers<Encoding extends object>(encoding: Encoding) {
  return [
    {
      transform: [{ filter: `datum.series == '${series.target}' && !datum.isFunction` }],
      mark: { type: "point" as const, filled: true, size: 90, opacity: 0.55 },
      encoding,
    },
    {
      transform: [{ filter: "datum.isLine && !datum.isFunction" }],
      mark: { type: "point" as const, shape: "cross", size: 30, strokeWidth: 1 },
      encoding,
    },
  ];
}

/** Fewer points are joined whatever they are. */
const leastPoints = 6;

/**
 * Marks rows of panels whose target is a function of the input shown. Where other inputs decide, neighbours differ as much as
 * any two: their mean squared difference is twice the variance (von Neumann's ratio is 2); of a function it is far less.
 */
function withFunctions(rows: readonly FigureRow[]): FigureRow[] {
  const scattered = new Set(
    [...groups(rows, ({ panel }) => String(panel))]
      .filter(([, members]) => isScattered(members.filter((row) => row.series === series.target)))
      .map(([panel]) => panel),
  );
  return rows.map((row) => ({ ...row, isFunction: !scattered.has(String(row.panel)) }));
}

function isScattered(targets: readonly FigureRow[]): boolean {
  if (targets.length < leastPoints) return false;
  const values = [...targets].sort((a, b) => Number(a.x) - Number(b.x)).map(({ value }) => Number(value));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const steps = values.slice(1).reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  return steps > spread;
}

function drawnRows(
  { heading, rows }: FoundTable,
  outputs: readonly string[],
  count: number,
  hasCondition: boolean,
): FigureRow[] {
  return rows
    .filter(({ output }) => outputs.includes(String(output)))
    .flatMap((row): FigureRow[] => {
      const name = row.kind === "target" ? series.target : row.level === 0 ? series.silent : series.noisy;
      const isPoint = row.kind === "fixed" || row.kind === "slow";
      const panel = [...(count > 1 ? [heading] : []), ...(outputs.length > 1 ? [`output ${row.output}`] : [])].join(
        ", ",
      );
      return [
        {
          panel,
          series: name,
          x: hasCondition ? row.condition : row.input,
          value: row.value,
          isPoint,
          isLine: row.kind === "measured",
          isVisited: row.isVisited === true,
          isStable: row.isStable,
        },
      ];
    });
}

const quantities = {
  readoutErrorAtZero: "root mean square distance of the readout from the target without noise",
  readoutErrorAtTraining: "at the training noise",
  theoryError: "from the measured mean",
} as const;

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
