import { groups, median } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import {
  differingLabels,
  type FoundTable,
  labelText,
  networksText,
  numberOf,
  sharedText,
  tablesOf,
} from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix } from "./wording.ts";

const parts = ["squared bias", "variance"] as const;

/** How the loss at each test intensity splits into squared bias and variance over noise. */
export const biasVariance: FigureDefinition = {
  name: "bias-variance",
  summary: "How much of the loss at each noise intensity at test is bias, and how much variance?",
  analyses: ["preference"],
  draw: (data) => {
    const found = tablesOf(data, "preference", "curve").filter(({ rows }) =>
      rows.some(({ biasSquared }) => typeof biasSquared === "number"),
    );
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, warnings: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Loss as squared bias and variance${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const columns = differingLabels(networks);
  const panelOf = ({ network }: FoundTable): string =>
    columns.map((column) => labelText(column, network.labels[column] ?? null)).join(", ");
  const panels = groups(found, panelOf);
  const isMany = [...panels.values()].some((members) => members.length > 1);
  const isRelative = networks.every((network) => (numberOf(network, "trainIntensity") ?? 0) > 0);
  const x = isRelative ? "relativeIntensity" : "testIntensity";
  const rows: FigureRow[] = [...panels].flatMap(([panel, members]) => meanRows(panel, members));
  const reading = `Stacked: squared bias and variance over noise draws, together the loss${isMany ? ", means over seeds" : ""}. Dashed: the training intensity.`;
  const alternative = `${title}. ${[...panels].map(([panel, members]) => sentence(panel, members)).join(" ")}`;
  return {
    name: "bias-variance",
    title,
    caption: `${reading} ${networksText(networks)} The same trials and the same noise draws, scaled, at every intensity.`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled(
        "panel",
        [...panels.keys()],
        panelSize([...panels.keys()], 230, true),
        {
          layer: [
            {
              mark: { type: "area", line: false, opacity: 0.9 },
              encoding: {
                x: {
                  field: x,
                  type: "quantitative",
                  scale: { nice: false },
                  axis: {
                    title: isRelative ? "Noise at test / in training" : "Noise intensity at test",
                    grid: false,
                    tickCount: 5,
                  },
                },
                y: {
                  field: "value",
                  type: "quantitative",
                  stack: "zero",
                  axis: { title: "Mean squared error", format: ".4~g", tickCount: 6 },
                },
                color: {
                  field: "part",
                  type: "nominal",
                  scale: { domain: [...parts], range: [palette.blue, palette.orange] },
                  legend: { title: null, symbolType: "square", symbolSize: 150 },
                },
                // the first part at the bottom
                order: { field: "order", type: "quantitative" },
              },
            },
            {
              transform: [{ filter: "isValid(datum.trainIntensity) && datum.isFirst" }],
              mark: { type: "rule", strokeDash: [5, 3], strokeWidth: 1.5, color: palette.black },
              encoding: { x: { field: isRelative ? "trainedAt" : "trainIntensity", type: "quantitative" } },
            },
          ],
        },
        { y: "independent" },
      ),
      config: theme,
    },
  };
}

/** Means over the networks of a panel, of the intensities that all of them have. */
function meanRows(panel: string, members: readonly FoundTable[]): FigureRow[] {
  const trained = numberOf(members[0].network, "trainIntensity");
  const places = groups(
    members.flatMap(({ rows }) => rows),
    ({ testIntensity }) => String(testIntensity),
  );
  const common = [...places.values()].filter((rows) => rows.length === members.length);
  const keys = { "squared bias": "biasSquared", variance: "variance" } as const;
  return common.flatMap((rows, place) =>
    parts.map((part, order) => ({
      panel,
      testIntensity: rows[0].testIntensity,
      relativeIntensity: rows[0].relativeIntensity,
      part,
      value: rows.reduce((sum, row) => sum + Number(row[keys[part]]), 0) / rows.length,
      seeds: rows.length,
      order,
      trainIntensity: trained,
      trainedAt: 1,
      isFirst: place === 0 && order === 0,
    })),
  );
}

function sentence(panel: string, members: readonly FoundTable[]): string {
  const middle = (name: string): string => {
    const values = members.flatMap(({ network }) => numberOf(network, name) ?? []);
    return values.length === 0 ? "unknown" : numberText(median(values));
  };
  const subject = panel === "" ? "" : `${panel}: `;
  return `${subject}squared bias without noise ${middle("biasSquaredAtZero")}, variance at the training intensity ${middle("varianceAtTraining")}, predicted index ${middle("predictedIndex")}, measured index ${middle("preferenceIndex")}.`;
}
