import { byNetwork, distinct, type NetworkConditions, orderedSites, seedOptima, seedWarnings } from "./conditions.ts";
import type { Figure, FigureData, FigureDefinition, FigureRow, PreferenceSummary } from "./contract.ts";
import { panelSpacing, panelWidth, siteColours, siteShapes, theme } from "./theme.ts";
import { countText, figureTitle, logTicks, numberText, settingSuffix, siteTitle, slug, taskTitle } from "./wording.ts";

/** How much worse networks get without noise than with the noise they prefer. */
export const preferenceRatio: FigureDefinition = {
  name: "preference-ratio",
  summary: "By what factor does the loss grow when the noise is taken away?",
  draw: (data) => {
    return byNetwork(data.preferenceSummary ?? []).flatMap((conditions) => {
      const ratios = conditions.items.flatMap((row) => {
        const ratio = ratioOf(row.lossAtZero, row.lossAtPreferred);
        return ratio === null ? [] : [{ row, ratio }];
      });
      return ratios.length === 0 ? [] : [figure(data, conditions, ratios)];
    });
  },
};

/** The axis reaches to this ratio at least, so that differences of a hundredth look small. */
const leastTop = 1.1;
/** Room above the highest symbol. */
const headroom = 1.05;
/** Powers of ten and their simple multiples are too far apart for an axis that has fewer of them. */
const fewestTicks = 3;

/** In px; a single panel need not fill the page. */
const widestPanel = 420;

interface Ratio {
  readonly row: PreferenceSummary;
  readonly ratio: number;
}

/** null where a loss is missing or zero: a logarithmic axis has no place for it. */
function ratioOf(zero: number | null, best: number | null): number | null {
  return zero === null || best === null || !(zero > 0) || !(best > 0) ? null : zero / best;
}

function figure(
  data: FigureData,
  { items, network, nameParts }: NetworkConditions<PreferenceSummary>,
  summary: readonly Ratio[],
): Figure {
  const panelOf = (row: { readonly task: string }) => taskTitle(data, row.task);
  const conditions = summary.map(({ row }) => row);
  const panels = distinct(conditions.map(panelOf));
  const sites = orderedSites(conditions.map((row) => row.site));
  const subject = panels.length === 1 ? `${panels[0]}: cost` : "Cost";
  const title = `${subject} of taking the noise away${settingSuffix(network, data.setting)}`;
  const seeds = seedOptima(data.preferenceRows ?? [], conditions);
  const rows: FigureRow[] = [
    ...summary.map(({ row, ratio }) => ({
      kind: "condition",
      panel: panelOf(row),
      site: row.site,
      trainIntensity: row.trainIntensity,
      seed: null,
      ratio,
    })),
    ...seeds.flatMap((seed) => {
      const ratio = ratioOf(seed.zeroLoss, seed.bestLoss);
      if (ratio === null) return [];
      const { site, trainIntensity } = seed;
      return [{ kind: "seed", panel: panelOf(seed), site, trainIntensity, seed: seed.seed, ratio }];
    }),
  ];
  const seedCounts = conditions.map((row) => row.seeds);
  const left = items.length - summary.length;
  const warnings = [
    ...seedWarnings(seedCounts),
    ...(left === 0 ? [] : [`not drawn for want of two positive losses: ${countText([left], "condition")}.`]),
    ...(data.warnings ?? []),
  ];
  const reading =
    "Large symbol: ratio of mean losses over seeds" +
    `${rows.length > summary.length ? "; small circles: single networks" : ""}; at 1, noise at test is of no use.`;
  const columns = Math.min(3, panels.length);
  const width = Math.min(widestPanel, panelWidth(columns));
  const x = {
    field: "trainIntensity",
    type: "ordinal" as const,
    axis: { title: "Noise intensity in training", labelAngle: 0, grid: false, ticks: false },
  };
  const offset = { field: "site", type: "nominal" as const, sort: sites };
  const ratios = rows.map((row) => Number(row.ratio));
  const domain = [Math.min(1, ...ratios), Math.max(leastTop, headroom * Math.max(...ratios))];
  const ticks = logTicks(domain);
  const scale = { type: "log" as const, domain, nice: false, padding: 8 };
  const axis = {
    title: "Ratio of losses (log scale)",
    format: "~g",
    grid: true,
    ...(ticks.length < fewestTicks ? { tickCount: 5 } : { values: ticks }),
  };
  const y = { field: "ratio", type: "quantitative" as const, scale, axis };
  const headings = Object.fromEntries(sites.map((site) => [site, siteTitle(site)]));
  const legend = { title: null, labelExpr: `(${JSON.stringify(headings)})[datum.label]` };
  const colour = { field: "site", type: "nominal" as const, scale: siteColours(sites), legend };
  const shape = { field: "site", type: "nominal" as const, scale: siteShapes(sites), legend };
  const alternative = `${title}. ${summary.map(({ row, ratio }) => `${panelOf(row)}, ${siteTitle(row.site).toLowerCase()}, trained at ${numberText(row.trainIntensity)}: ratio of mean losses ${numberText(ratio)}.`).join(" ")}`;
  return {
    name: slug("preference-ratio", ...nameParts),
    title,
    caption:
      "The loss with zero noise at test divided by the lowest loss at any tested intensity, on a logarithmic axis: 1 means that noise " +
      `at test is of no use, 10 that the loss is ten times higher without it. ${reading} ` +
      `${countText(seedCounts, "seed")} per condition.`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      facet: { field: "panel", type: "nominal", sort: panels, header: { labelLimit: width } },
      columns,
      spacing: panelSpacing,
      spec: {
        width,
        height: 240,
        layer: [
          {
            mark: { type: "rule", color: "#777777", strokeDash: [6, 4], strokeWidth: 1.25 },
            encoding: { y: { datum: 1, type: "quantitative", scale, axis } },
          },
          {
            transform: [{ filter: "datum.kind == 'seed'" }],
            mark: { type: "point", filled: false, shape: "circle", size: 22, opacity: 0.7, strokeWidth: 1 },
            encoding: { x, xOffset: offset, y, color: colour },
          },
          {
            transform: [{ filter: "datum.kind == 'condition'" }],
            mark: { type: "point", filled: true, size: 70, opacity: 1 },
            encoding: { x, xOffset: offset, y, color: colour, shape },
          },
        ],
      },
      config: theme,
    },
  };
}
