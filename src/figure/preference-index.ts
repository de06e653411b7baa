import { distinct, groups, median, orderedSites } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow, NetworkFindings } from "./contract.ts";
import { differingLabels, labelText, networksText, numberOf, ordered, sharedText } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { siteColours, siteShapes, theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix, siteTitle } from "./wording.ts";

/** The index from which on a network is said to prefer its noise. */
const onsetIndex = 0.5;

interface Point {
  readonly panel: string;
  readonly site: string;
  readonly trainIntensity: number;
  readonly seed: number;
  readonly index: number;
}

/** The preference index against the noise in training, and where it sets in. */
export const preferenceIndex: FigureDefinition = {
  name: "preference-index",
  summary: "From which training noise on do networks prefer noise at test?",
  analyses: ["preference"],
  draw: (data) => {
    const networks = ordered(data.findings ?? []).filter(
      ({ analysis, labels }) => analysis === "preference" && typeof labels.trainIntensity === "number",
    );
    const points = pointsOf(networks);
    // One intensity has no onset.
    if (distinct(points.map(({ trainIntensity }) => trainIntensity)).length < 2) return [];
    return [figure(points, networks, sharedText(data, networks), data.warnings ?? [])];
  },
};

function pointsOf(networks: readonly NetworkFindings[]): Point[] {
  const columns = differingLabels(networks).filter((column) => column !== "trainIntensity" && column !== "site");
  return networks.flatMap((network) => {
    const index = numberOf(network, "preferenceIndex");
    if (index === null) return [];
    const panel = columns.map((column) => labelText(column, network.labels[column] ?? null)).join(", ");
    const { site, trainIntensity } = network.labels;
    return [{ panel, site: String(site), trainIntensity: Number(trainIntensity), seed: network.seed, index }];
  });
}

interface Curve {
  readonly panel: string;
  readonly site: string;
  /** Ascending. */
  readonly medians: readonly { readonly trainIntensity: number; readonly median: number; readonly seeds: number }[];
  /** Lowest training intensity from which on no median is below `onsetIndex`; null where there is none. */
  readonly onset: number | null;
}

function curvesOf(points: readonly Point[]): Curve[] {
  return [...groups(points, ({ panel, site }) => JSON.stringify([panel, site])).values()].map((own) => {
    const medians = [...groups(own, ({ trainIntensity }) => String(trainIntensity)).values()]
      .map((at) => ({
        trainIntensity: at[0].trainIntensity,
        median: median(at.map(({ index }) => index)),
        seeds: at.length,
      }))
      .sort((a, b) => a.trainIntensity - b.trainIntensity);
    const below = medians.findLastIndex((at) => at.median < onsetIndex);
    return { panel: own[0].panel, site: own[0].site, medians, onset: medians[below + 1]?.trainIntensity ?? null };
  });
}

function figure(
  points: readonly Point[],
  networks: readonly NetworkFindings[],
  shared: string,
  warnings: readonly string[],
): Figure {
  const title = `Preference index against the noise in training${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const curves = curvesOf(points);
  const panels = distinct(points.map(({ panel }) => panel));
  const sites = orderedSites(points.map(({ site }) => site));
  const data: FigureRow[] = points.map((point) => ({ ...point }));
  const estimates: FigureRow[] = curves.flatMap(({ panel, site, medians, onset }) =>
    medians.map((at) => ({ panel, site, ...at, onset })),
  );
  const onsets = curves.flatMap(({ panel, site, onset }) => (onset === null ? [] : [{ panel, site, onset }]));
  const reading = `Line: median over seeds; small symbols: networks. Dashed upright: onset, from which on the median stays at ${onsetIndex} or above.`;
  const alternative = `${title}. ${curves.map(sentence).join(" ")}`;
  const positive = points.every(({ trainIntensity }) => trainIntensity > 0);
  const x = (field: string) => ({
    field,
    type: "quantitative" as const,
    scale: positive
      ? { type: "log" as const, nice: false, padding: 10 }
      : { type: "sqrt" as const, nice: false, padding: 10 },
    axis: {
      title: `Noise intensity in training (${positive ? "log" : "square-root"} scale)`,
      grid: false,
      values: distinct(points.map(({ trainIntensity }) => trainIntensity)),
      format: ".4~g",
    },
  });
  const y = (field: string) => ({
    field,
    type: "quantitative" as const,
    scale: { zero: true, nice: true },
    axis: { title: "Preferred / training intensity", format: ".4~g", tickCount: 5 },
  });
  const legend = { title: null, labelExpr: siteNames(sites), labelLimit: 240 };
  const color = { field: "site", type: "nominal" as const, scale: siteColours(sites), legend };
  const shape = { field: "site", type: "nominal" as const, scale: siteShapes(sites), legend };
  return {
    name: "preference-index",
    title,
    caption: `${reading} An index of 0 wants silence at test, 1 the noise of training. ${networksText(networks)}`,
    alternative,
    warnings,
    data,
    estimates,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: [...data, ...estimates, ...onsets.map((row) => ({ ...row, isOnset: true }))] },
      ...panelled("panel", panels, panelSize(panels, 230), {
        layer: [
          {
            data: { values: [{ level: 0 }, { level: 1 }] },
            mark: { type: "rule", color: "#777777", strokeWidth: 1 },
            encoding: { y: { field: "level", type: "quantitative" } },
          },
          {
            transform: [{ filter: "datum.isOnset" }],
            mark: { type: "rule", strokeDash: [5, 3], strokeWidth: 1.5 },
            encoding: { x: x("onset"), color },
          },
          {
            transform: [{ filter: "isValid(datum.median)" }],
            mark: { type: "line", strokeWidth: 2 },
            encoding: { x: x("trainIntensity"), y: y("median"), color },
          },
          {
            transform: [{ filter: "isValid(datum.median)" }],
            mark: { type: "point", filled: true, size: 80, opacity: 1 },
            encoding: { x: x("trainIntensity"), y: y("median"), color, shape },
          },
          {
            transform: [{ filter: "isValid(datum.index)" }],
            mark: { type: "point", filled: false, size: 26, strokeWidth: 1 },
            encoding: { x: x("trainIntensity"), y: y("index"), color, shape },
          },
        ],
      }),
      config: theme,
    },
  };
}

const siteNames = (sites: readonly string[]): string =>
  `(${JSON.stringify(Object.fromEntries(sites.map((site) => [site, siteTitle(site)])))})[datum.label]`;

function sentence({ panel, site, medians, onset }: Curve): string {
  const at = medians.map((one) => `${numberText(one.median)} at ${numberText(one.trainIntensity)}`);
  const subject = [panel, siteTitle(site)].filter((part) => part !== "").join(", ");
  return `${subject}: median index ${at.join(", ")}; ${onset === null ? "no onset" : `onset at ${numberText(onset)}`}.`;
}
