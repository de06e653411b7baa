import { type Onset, onset, onsetDefaults } from "../analysis/onset.ts";
import { ParameterError } from "../core/errors.ts";
import { distinct, groups, orderedSites } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow, NetworkFindings } from "./contract.ts";
import { differingLabels, labelText, networksText, numberOf, ordered, sharedText } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { siteColours, siteShapes, theme } from "./theme.ts";
import { countText, figureTitle, numberText, settingSuffix, siteTitle } from "./wording.ts";

interface Point {
  readonly panel: string;
  readonly site: string;
  readonly trainIntensity: number;
  readonly seed: number;
  readonly index: number;
  /** Loss against the noise at test. */
  readonly curve: readonly FigureRow[];
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
    const curve = network.tables.find(({ name }) => name === "curve")?.rows ?? [];
    return [{ panel, site: String(site), trainIntensity: Number(trainIntensity), seed: network.seed, index, curve }];
  });
}

/** Networks of one panel and site. */
interface Curve {
  readonly panel: string;
  readonly site: string;
  /** As the study analysis `onset` finds it; undefined where the networks' curves do not fit together. */
  readonly found: Onset | undefined;
  readonly warnings: readonly string[];
}

function curveOf(points: readonly Point[]): Curve {
  const [{ panel, site }] = points;
  const rowsOf = ({ seed, curve }: Point) =>
    curve.map(({ testIntensity, loss }) => ({ seed, testIntensity: Number(testIntensity), loss: Number(loss) }));
  const subject = subjectOf(panel, site);
  try {
    const found = onset(
      [...groups(points, ({ trainIntensity }) => String(trainIntensity)).values()].map((at) => ({
        trainIntensity: at[0].trainIntensity,
        rows: at.flatMap(rowsOf),
      })),
    );
    const lost = distinct(points.map(({ seed }) => seed)).length - found.seeds.length;
    const left = `${subject}: the mean curves are without ${countText([lost], "seed")} that one of the training intensities lacks.`;
    return { panel, site, found, warnings: lost > 0 ? [left] : [] };
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return { panel, site, found: undefined, warnings: [`${subject}: no mean curves, since ${error.rule}.`] };
  }
}

function figure(
  points: readonly Point[],
  networks: readonly NetworkFindings[],
  shared: string,
  known: readonly string[],
): Figure {
  const title = `Preference index against the noise in training${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const curves = [...groups(points, ({ panel, site }) => JSON.stringify([panel, site])).values()].map(curveOf);
  const warnings = [...curves.flatMap((curve) => curve.warnings), ...known];
  const panels = distinct(points.map(({ panel }) => panel));
  const sites = orderedSites(points.map(({ site }) => site));
  const data: FigureRow[] = points.map(({ curve: _, ...point }) => point);
  const estimates: FigureRow[] = curves.flatMap(({ panel, site, found }) =>
    (found?.indices ?? []).map(({ trainIntensity, index }) => ({
      panel,
      site,
      trainIntensity,
      indexOfMean: Number.isFinite(index) ? index : null,
      seeds: found?.seeds.length ?? 0,
      onset: found?.onset ?? null,
      onsetLow: found?.onsetLow ?? null,
      onsetHigh: found?.onsetHigh ?? null,
    })),
  );
  const onsets = curves.flatMap(({ panel, site, found }) =>
    found === undefined || found.onset === null ? [] : [{ panel, site, onset: found.onset }],
  );
  const reading = `Line: index of the mean curve over seeds; small symbols: networks. Dashed upright: onset, from which on the line is above ${onsetDefaults.threshold}.`;
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
    caption: `${reading} The study analysis onset finds it by the same rule. An index of 0 wants silence at test, 1 the noise of training. ${networksText(networks)}`,
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
            transform: [{ filter: "isValid(datum.indexOfMean)" }],
            mark: { type: "line", strokeWidth: 2 },
            encoding: { x: x("trainIntensity"), y: y("indexOfMean"), color },
          },
          {
            transform: [{ filter: "isValid(datum.indexOfMean)" }],
            mark: { type: "point", filled: true, size: 80, opacity: 1 },
            encoding: { x: x("trainIntensity"), y: y("indexOfMean"), color, shape },
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

function sentence({ panel, site, found }: Curve): string {
  if (found === undefined) return `${subjectOf(panel, site)}: networks alone.`;
  const { indices, onset: at, onsetLow, onsetHigh } = found;
  const told = indices.map(({ trainIntensity, index }) => `${numberText(index)} at ${numberText(trainIntensity)}`);
  const interval =
    onsetLow === null
      ? ""
      : ` (95 % interval over seeds: ${numberText(onsetLow)} to ${onsetHigh === null ? "beyond the largest" : numberText(onsetHigh)})`;
  const end = at === null ? "no onset" : `onset at ${numberText(at)}${interval}`;
  return `${subjectOf(panel, site)}: index of the mean curve ${told.join(", ")}; ${end}.`;
}

const subjectOf = (panel: string, site: string): string =>
  [panel, siteTitle(site)].filter((part) => part !== "").join(", ");
