import { distinct, groups } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import {
  differingLabels,
  type FoundTable,
  labelText,
  networksText,
  numbersText,
  sharedText,
  tablesOf,
} from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { levelColours, palette, theme } from "./theme.ts";
import { figureTitle, settingSuffix } from "./wording.ts";

/** Networks that the description tells of one by one. */
const sentenceLimit = 12;

/** Where the units work: drives in units of the noise, one panel per kind of network, one colour per training intensity. */
export const operatingPointHistogram: FigureDefinition = {
  name: "operating-point",
  summary: "How far from their nonlinearity do the units work, in units of the noise?",
  analyses: ["operating-point"],
  draw: (data) => {
    const found = tablesOf(data, "operating-point", "histogram");
    if (found.length === 0) return [];
    return [
      figure(
        found,
        sharedText(
          data,
          found.map(({ network }) => network),
        ),
        data.warnings ?? [],
      ),
    ];
  },
};

function figure(found: readonly FoundTable[], shared: string, warnings: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Drives of the units in units of the noise${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const columns = differingLabels(networks);
  const isColoured = columns.includes("trainIntensity");
  const panelOf = ({ network }: FoundTable): string =>
    columns
      .filter((column) => column !== "trainIntensity")
      .map((column) => labelText(column, network.labels[column] ?? null))
      .join(", ");
  const panels = distinct(found.map(panelOf));
  const rows: FigureRow[] = found.flatMap((entry) =>
    entry.rows.map(({ centre, share }, bin) => ({
      panel: panelOf(entry),
      trainIntensity: entry.network.labels.trainIntensity ?? null,
      seed: entry.network.seed,
      centre,
      share,
      isOutermost: bin === 0 || bin === entry.rows.length - 1,
    })),
  );
  const intensities = distinct(rows.map((row) => Number(row.trainIntensity))).sort((a, b) => a - b);
  const isMany = [
    ...groups(found, (entry) => `${panelOf(entry)} ${entry.network.labels.trainIntensity}`).values(),
  ].some((members) => members.length > 1);
  const reading = `Share of all drives (arguments of the activation, without the noise of the step) per bin; dashed: drive 0.${isMany ? " One line per seed." : ""}`;
  const told = found
    .slice(0, sentenceLimit)
    .map(({ network, heading }) => `${heading}: ${numbersText(network, quantities)}.`);
  const alternative = `${title}. ${told.join(" ")}`;
  return {
    name: "operating-point",
    title,
    caption: `${reading} Counted are all trials, noise draws, steps and units, under the training noise. The outermost bins, which also hold what lies beyond them, are in the data and not drawn. ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled("panel", panels, panelSize(panels, 220), {
        layer: [
          {
            transform: [{ filter: "!datum.isOutermost" }],
            mark: { type: "line", interpolate: "step", strokeWidth: isMany ? 1 : 1.75 },
            encoding: {
              x: {
                field: "centre",
                type: "quantitative",
                scale: { nice: false },
                axis: { title: "Drive / standard deviation of the noise", grid: false, tickCount: 8 },
              },
              y: {
                field: "share",
                type: "quantitative",
                axis: { title: "Share of the drives", format: "~%", tickCount: 5 },
              },
              detail: { field: "seed" },
              color: isColoured
                ? {
                    field: "trainIntensity",
                    type: "nominal",
                    scale: levelColours(intensities),
                    legend: { title: "Trained at:", symbolSize: 300 },
                  }
                : { value: palette.blue },
            },
          },
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: "rule", strokeDash: [5, 3], strokeWidth: 1.25, color: palette.black },
            encoding: { x: { field: "zero", type: "quantitative" } },
          },
        ],
      }),
      config: theme,
    },
  };
}

const quantities = {
  meanInSigma: "mean drive over the noise",
  shareWithinSigma: "share within one deviation of the nonlinearity",
  shareBelow: "share below it",
  shareBeyondReach: "share in the outermost bins because it lies beyond",
} as const;
