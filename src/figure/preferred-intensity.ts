import { byNetwork, distinct, type NetworkConditions, orderedSites, seedOptima, seedWarnings } from "./conditions.ts";
import type { Figure, FigureData, FigureDefinition, FigureRow, PreferenceSummary } from "./contract.ts";
import { siteLabels } from "./curve-panels.ts";
import { panelSpacing, panelWidth, siteColours, siteShapes, theme } from "./theme.ts";
import { countText, figureTitle, numberText, settingSuffix, siteTitle, slug, taskTitle } from "./wording.ts";

/** Where networks do best at test against where they were trained, for every task and site. */
export const preferredIntensity: FigureDefinition = {
  name: "preferred-intensity",
  summary: "Do networks prefer the noise they were trained with, silence, or something between?",
  draw: (data) => {
    const summary = (data.preferenceSummary ?? []).filter((row) => row.preferredIntensity !== null);
    return byNetwork(summary).map((conditions) => figure(data, conditions));
  },
};

function figure(
  data: FigureData,
  { items: summary, network, nameParts }: NetworkConditions<PreferenceSummary>,
): Figure {
  const panelOf = (row: { readonly task: string }) => taskTitle(data, row.task);
  const panels = distinct(summary.map(panelOf));
  const sites = orderedSites(summary.map((row) => row.site));
  const subject = panels.length === 1 ? `${panels[0]}: preferred` : "Preferred";
  const title = `${subject} noise at test against noise in training${settingSuffix(network, data.setting)}`;
  const seeds = seedOptima(data.preferenceRows ?? [], summary);
  const rows: FigureRow[] = [
    ...summary.map((row) => ({
      kind: "condition",
      panel: panelOf(row),
      site: row.site,
      trainIntensity: row.trainIntensity,
      seed: null,
      preferredIntensity: row.preferredIntensity,
      preferredLow: row.preferredLow,
      preferredHigh: row.preferredHigh,
    })),
    ...seeds.map((seed) => ({
      kind: "seed",
      panel: panelOf(seed),
      site: seed.site,
      trainIntensity: seed.trainIntensity,
      seed: seed.seed,
      preferredIntensity: seed.bestIntensity,
      preferredLow: null,
      preferredHigh: null,
    })),
  ];
  const seedCounts = summary.map((row) => row.seeds);
  const warnings = [...seedWarnings(seedCounts), ...(data.warnings ?? [])];
  const single = seedCounts.includes(1) ? " (of a single seed: over its noise draws)" : "";
  const reading =
    `Large symbol, bar: optimum of the mean over seeds, 95 % bootstrap interval${single}` +
    `${seeds.length > 0 ? "; small circles: best tested intensity of single networks" : ""}.`;
  const largest = Math.max(...summary.map((row) => row.trainIntensity));
  const widest = largest > 0 ? 1.06 * largest : 1;
  const highest = 1.06 * Math.max(widest, ...rows.map((row) => Number(row.preferredHigh ?? row.preferredIntensity)));
  const x = {
    field: "trainIntensity",
    type: "quantitative" as const,
    scale: { domain: [0, widest], nice: false },
    axis: { title: "Noise intensity in training", grid: false, tickCount: 6, format: "~g" },
  };
  const y = {
    field: "preferredIntensity",
    type: "quantitative" as const,
    scale: { domain: [0, highest], nice: false },
    axis: { title: "Preferred intensity at test", tickCount: 5, format: "~g" },
  };
  const height = panels.length > 1 ? 170 : 240;
  const colour = { field: "site", type: "nominal", scale: siteColours(sites), legend: null } as const;
  const shape = { field: "site", type: "nominal", scale: siteShapes(sites), legend: null } as const;
  const alternative = `${title}. ${summary.map((row) => sentence(row, panelOf(row))).join(" ")}`;
  return {
    name: slug("preferred-intensity", ...nameParts),
    title,
    caption:
      "The noise intensity at test at which the loss is lowest, against the intensity in training: on the diagonal a network " +
      `does best with the noise it was trained with, on the zero line without noise. ${reading} ` +
      `${countText(seedCounts, "seed")} per condition.`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      facet: {
        column: { field: "site", type: "nominal", sort: sites, header: { labelExpr: siteLabels(sites) } },
        ...(panels.length > 1
          ? { row: { field: "panel", type: "nominal", sort: panels, header: { labelLimit: height } } }
          : {}),
      },
      spacing: panelSpacing,
      spec: {
        width: panelWidth(sites.length, panels.length > 1),
        height,
        layer: [
          referenceLine("prefers its training noise", widest, widest, x, y),
          referenceLine("prefers zero noise", widest, 0, x, y),
          {
            transform: [{ filter: "datum.kind == 'seed'" }],
            mark: { type: "point", filled: false, shape: "circle", size: 22, opacity: 0.7, strokeWidth: 1 },
            encoding: { x, y, color: colour },
          },
          {
            transform: [{ filter: "isValid(datum.preferredLow) && isValid(datum.preferredHigh)" }],
            mark: { type: "rule", strokeWidth: 2 },
            encoding: { x, y: { ...y, field: "preferredLow" }, y2: { field: "preferredHigh" }, color: colour },
          },
          {
            transform: [{ filter: "datum.kind == 'condition'" }],
            mark: { type: "point", filled: true, size: 70, opacity: 1 },
            encoding: { x, y, color: colour, shape },
          },
        ],
      },
      config: theme,
    },
  };
}

const referenceNames = ["prefers its training noise", "prefers zero noise"] as const;

/** A line from the origin that says what a network on it prefers; the legend names it. */
function referenceLine<X extends object, Y extends object>(
  name: (typeof referenceNames)[number],
  endX: number,
  endY: number,
  x: X,
  y: Y,
) {
  return {
    data: {
      values: [
        { x: 0, y: 0 },
        { x: endX, y: endY },
      ],
    },
    mark: { type: "line" as const, color: "#777777", strokeWidth: 1.25 },
    encoding: {
      x: { ...x, field: "x" as const },
      y: { ...y, field: "y" as const },
      strokeDash: {
        datum: name,
        type: "nominal" as const,
        scale: {
          domain: [...referenceNames],
          range: [
            [6, 4],
            [1.5, 3],
          ],
        },
        legend: { title: null, symbolSize: 400 },
      },
    },
  };
}

function sentence(row: PreferenceSummary, panel: string): string {
  const interval =
    row.preferredLow === null || row.preferredHigh === null
      ? ""
      : ` (interval ${numberText(row.preferredLow)} to ${numberText(row.preferredHigh)})`;
  return (
    `${panel}, ${siteTitle(row.site).toLowerCase()}, trained at ${numberText(row.trainIntensity)}: ` +
    `mean loss lowest at ${numberText(row.preferredIntensity)}${interval}.`
  );
}
