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
  const places = placesOf(found, panelOf);
  const intensities = distinct(rows.map((row) => Number(row.trainIntensity))).sort((a, b) => a - b);
  const color = isColoured
    ? {
        field: "trainIntensity",
        type: "nominal" as const,
        scale: levelColours(intensities),
        legend: { title: "Trained at:", symbolSize: 300 },
      }
    : { value: palette.blue };
  const isMany = [
    ...groups(found, (entry) => `${panelOf(entry)} ${entry.network.labels.trainIntensity}`).values(),
  ].some((members) => members.length > 1);
  const reading = `Share of all drives (arguments of the activation, without the noise of the step) per bin${places.length > 0 ? "; dashed: where the activation bends most" : ""}.${isMany ? " One line per seed." : ""}`;
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
    estimates: places,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: [...rows, ...places].map((row) => ({ ...row })) },
      ...panelled("panel", panels, panelSize(panels, 220), {
        layer: [
          {
            transform: [{ filter: "isValid(datum.share) && !datum.isOutermost" }],
            mark: { type: "line", interpolate: "step", strokeWidth: isMany ? 1 : 1.75 },
            encoding: {
              x: {
                field: "centre",
                type: "quantitative",
                scale: { nice: false },
                axis: { title: "Drive / deviation of the noise", grid: false, tickCount: 8 },
              },
              y: {
                field: "share",
                type: "quantitative",
                axis: { title: "Share of the drives", format: "~%", tickCount: 5 },
              },
              detail: { field: "seed" },
              color,
            },
          },
          ...bendLayers(places, color),
        ],
      }),
      config: theme,
    },
  };
}

/**
 * Where the activation bends most, in units of the noise: one row per panel and place, by the training intensity too where a
 * panel's networks have it at different places. Places beyond the histogram are left out.
 */
function placesOf(found: readonly FoundTable[], panelOf: (entry: FoundTable) => string): FigureRow[] {
  return [...groups(found, panelOf)].flatMap(([panel, entries]) => {
    const placed = entries.map(({ network, rows }) => {
      const reach = Math.max(...rows.map(({ centre }) => Math.abs(Number(centre))));
      const bends = network.tables.find(({ name }) => name === "nonlinearity")?.rows ?? [];
      const places = bends.map(({ place }) => Number(place)).filter((place) => Math.abs(place) < reach);
      return { trainIntensity: network.labels.trainIntensity ?? null, places };
    });
    const isShared = distinct(placed.map(({ places }) => places.join())).length === 1;
    const own = isShared ? [{ ...placed[0], trainIntensity: null }] : placed;
    const rows = own.flatMap(({ trainIntensity, places }) => places.map((place) => ({ panel, trainIntensity, place })));
    return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
  });
}

/** Black where all networks of a panel share a place, else in the colours of their lines. */
function bendLayers<Colour>(places: readonly FigureRow[], color: Colour) {
  const mark = { type: "rule" as const, strokeDash: [5, 3], strokeWidth: 1.25 };
  const x = { field: "place", type: "quantitative" as const };
  const isShared = ({ trainIntensity }: FigureRow): boolean => trainIntensity === null;
  const [shared, own] = ["!isValid(datum.trainIntensity)", "isValid(datum.trainIntensity)"].map((filter) => [
    { filter: `isValid(datum.place) && ${filter}` },
  ]);
  return [
    ...(places.some(isShared)
      ? [{ transform: shared, mark, encoding: { x, color: { value: palette.black } as const } }]
      : []),
    ...(places.every(isShared) ? [] : [{ transform: own, mark, encoding: { x, color } }]),
  ];
}

const quantities = {
  meanInSigma: "mean drive over the noise",
  shareWithinSigma: "share within one deviation of the nonlinearity",
  shareBelow: "share below it",
  shareBeyondReach: "share in the outermost bins because it lies beyond",
} as const;
