/** Value against noise at test, one panel per noise site, one colour per training intensity. */

import {
  type CurvePoint,
  conditionOf,
  distinct,
  groups,
  median,
  sameIntensity,
  type TaskSweeps,
} from "./conditions.ts";
import type { Figure, FigureRow } from "./contract.ts";
import { levelColours, levelShapes, panelSpacing, panelWidth, theme } from "./theme.ts";
import { countText, figureTitle, logTicks, numberText, siteTitle, slug } from "./wording.ts";

export interface CurvePanels {
  readonly sweeps: TaskSweeps;
  /** Name of the figure without the task. */
  readonly kind: string;
  readonly title: string;
  /** Key of the value in the rows, and its name in sentences. */
  readonly field: "loss" | "accuracy";
  readonly axisTitle: string;
  readonly axisFormat: string;
  readonly scale: "linear" | "log";
}

/** Largest test intensity over smallest positive training intensity beyond which a linear axis would hide the small ones. */
const linearSpan = 8;

export function curvePanels(panels: CurvePanels): Figure {
  const { sweeps, field } = panels;
  const { trainIntensities: levels } = sweeps;
  const manyNetworks = sweeps.networks.length > 1;
  const data: FigureRow[] = sweeps.points.map((point) => ({
    ...(manyNetworks ? { network: point.network } : {}),
    site: point.site,
    trainIntensity: point.trainIntensity,
    seed: point.seed,
    testIntensity: point.testIntensity,
    [field]: point.value,
    atTraining: sameIntensity(point.testIntensity, point.trainIntensity),
  }));
  const manySeeds = Math.max(...sweeps.seedCounts) > 1;
  const squareRoot = spansWidely(sweeps);
  const legend = { title: "Intensity in training:" };
  const colour = { field: "trainIntensity", type: "nominal" as const, scale: levelColours(levels), legend };
  const shape = { field: "trainIntensity", type: "nominal" as const, scale: levelShapes(levels), legend };
  const x = {
    field: "testIntensity",
    type: "quantitative" as const,
    scale: { type: squareRoot ? ("sqrt" as const) : ("linear" as const), nice: false },
    axis: {
      title: `Noise intensity at test${squareRoot ? " (square-root scale)" : ""}`,
      format: "~g",
      grid: false,
      ...(squareRoot ? { values: distinct([0, ...levels, largestTest(sweeps)]) } : { tickCount: 6 }),
    },
  };
  const isLog = panels.scale === "log";
  const scale = isLog ? { type: "log" as const, nice: false } : { zero: false, nice: true };
  const ticks = isLog ? { values: logTicks(sweeps.points.map((point) => point.value)) } : { tickCount: 6 };
  const axis = { title: panels.axisTitle, format: panels.axisFormat, grid: true, ...ticks };
  const value = (aggregate?: "median" | "q1" | "q3") => ({
    field,
    type: "quantitative" as const,
    ...(aggregate === undefined ? {} : { aggregate }),
    scale,
    axis,
  });
  const reading = manySeeds
    ? "Line: median over seeds; band: lower to upper quartile; thin lines: single networks; symbol: the curve's own training intensity."
    : "One network per curve; symbol: the curve's own training intensity.";
  const columns = sweeps.sites.length;
  const alternative = `${panels.title}. ${columns === 1 ? "One panel" : `${columns} panels`}. ${curveSentences(panels)}`;
  return {
    name: slug(panels.kind, sweeps.task),
    title: panels.title,
    caption:
      `Each curve is one training intensity, tested at many. ${reading} ${countText(sweeps.seedCounts, "seed")} per curve.` +
      `${manySeeds ? " The band is the spread between networks, not a confidence interval of the median. Estimates and tables rest on the mean over seeds." : ""}` +
      `${isLog ? ` The ${field} axis is logarithmic.` : ""}`,
    alternative,
    warnings: sweeps.warnings,
    data,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(panels.title, reading, sweeps.warnings),
      data: { values: [...data] },
      facet: {
        column: {
          field: "site",
          type: "nominal",
          sort: [...sweeps.sites],
          header: { labelExpr: siteLabels(sweeps.sites) },
        },
        ...(manyNetworks ? { row: { field: "network", type: "nominal", sort: [...sweeps.networks] } } : {}),
      },
      spacing: panelSpacing,
      spec: {
        width: panelWidth(columns, manyNetworks),
        height: 260,
        encoding: { x },
        layer: [
          ...(manySeeds
            ? [
                {
                  mark: { type: "area" as const, opacity: 0.18, line: false },
                  encoding: {
                    y: { ...value("q1"), stack: null },
                    y2: { field, aggregate: "q3" as const },
                    color: colour,
                  },
                },
                {
                  mark: { type: "line" as const, strokeWidth: 0.75, opacity: 0.4 },
                  encoding: { y: value(), color: colour, detail: { field: "seed" } },
                },
              ]
            : []),
          { mark: { type: "line", strokeWidth: 2 }, encoding: { y: value("median"), color: colour } },
          {
            transform: [{ filter: "datum.atTraining" }],
            mark: { type: "point", filled: true, size: 90, opacity: 1, stroke: "#FFFFFF", strokeWidth: 1 },
            encoding: { y: value("median"), color: colour, shape },
          },
        ],
      },
      config: theme,
    },
  };
}

/** A Vega expression that turns a site's name into its heading. */
export function siteLabels(sites: readonly string[]): string {
  const headings = Object.fromEntries(sites.map((site) => [site, siteTitle(site)]));
  return `(${JSON.stringify(headings)})[datum.value]`;
}

function spansWidely(sweeps: TaskSweeps): boolean {
  const smallest = Math.min(...sweeps.trainIntensities.filter((level) => level > 0));
  return largestTest(sweeps) / smallest > linearSpan;
}

function largestTest(sweeps: TaskSweeps): number {
  return sweeps.points.reduce((most, point) => Math.max(most, point.testIntensity), 0);
}

/** One sentence per curve: where it starts, where it is lowest (or highest), where it trained. */
function curveSentences(panels: CurvePanels): string {
  const highestIsBest = panels.field === "accuracy";
  return [...groups(panels.sweeps.points, conditionOf).values()]
    .map((points) => {
      const curve = medianCurve(points);
      const better = (a: number, b: number) => (highestIsBest ? a > b : a < b);
      const best = curve.reduce((found, point) => (better(point.value, found.value) ? point : found));
      const first = curve[0];
      const network = panels.sweeps.networks.length > 1 ? ` (${points[0].network})` : "";
      const { site, trainIntensity } = points[0];
      return (
        `${siteTitle(site)}, trained at ${numberText(trainIntensity)}${network}: ` +
        `median ${panels.field} ${numberText(first.value)} at test intensity ${numberText(first.testIntensity)}, ` +
        `best ${numberText(best.value)} at ${numberText(best.testIntensity)}.`
      );
    })
    .join(" ");
}

function medianCurve(points: readonly CurvePoint[]): { testIntensity: number; value: number }[] {
  return [...groups(points, (point) => String(point.testIntensity)).values()]
    .map((group) => ({ testIntensity: group[0].testIntensity, value: median(group.map((point) => point.value)) }))
    .sort((a, b) => a.testIntensity - b.testIntensity);
}
