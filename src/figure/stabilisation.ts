import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import {
  differingLabels,
  type FoundTable,
  firstNetworks,
  labelText,
  networksText,
  sharedText,
  tablesOf,
} from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix } from "./wording.ts";

const mostPanels = 12;
/** Columns of the table and how they are drawn. */
const kinds = {
  exponent: { words: "measured exponent", colour: palette.black, dash: [1, 0] },
  centredUpper: { words: "upper bound", colour: palette.vermillion, dash: [1, 0] },
  centredLower: { words: "lower bound", colour: palette.blue, dash: [1, 0] },
  meanSquare: { words: "bound of the mean square", colour: palette.orange, dash: [5, 3] },
} as const;

/** Largest Lyapunov exponent and its bounds against the noise. */
export const stabilisation: FigureDefinition = {
  name: "stabilisation",
  summary: "Does noise stabilise the network, as measured and as proved?",
  analyses: ["stability"],
  draw: (data) => {
    // a single level has no course
    const found = tablesOf(data, "stability", "levels").filter(({ rows }) => rows.length > 1);
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    const shared = sharedText(data, networks);
    const headed = withHeadings(found);
    return [
      figure("stabilisation", "Stability against the noise", kinds, headed, shared, data.warnings ?? []),
      // bounds are so wide that exponents are flat beside them
      figure(
        "stabilisation-exponents",
        "Largest Lyapunov exponent against the noise",
        { exponent: kinds.exponent },
        headed,
        shared,
        data.warnings ?? [],
      ),
    ];
  },
};

/** Headings without labels that follow from another: a site that each kind of noise has. */
function withHeadings(found: readonly FoundTable[]): FoundTable[] {
  const networks = found.map(({ network }) => network);
  const columns = differingLabels(networks);
  const pairs = (...names: string[]): number =>
    distinct(networks.map(({ labels }) => JSON.stringify(names.map((name) => labels[name] ?? null)))).length;
  const kept = columns.filter(
    (column, index) =>
      !columns.some(
        (other, place) =>
          other !== column && pairs(other, column) === pairs(other) && (pairs(other) > pairs(column) || place < index),
      ),
  );
  const hasSeeds = distinct(networks.map(({ seed }) => seed)).length > 1;
  return found.map((entry) => {
    const { labels, seed } = entry.network;
    const parts = kept.map((column) => {
      const value = labels[column] ?? null;
      return typeof value === "string" ? value : labelText(column, value);
    });
    const heading = [...parts, ...(hasSeeds ? [`seed ${seed}`] : [])].join(", ");
    return heading === "" ? entry : { ...entry, heading };
  });
}

function figure(
  name: string,
  words: string,
  shownKinds: Partial<typeof kinds>,
  found: readonly FoundTable[],
  shared: string,
  known: readonly string[],
): Figure {
  const title = `${words}${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = found.flatMap(({ heading, rows: levels }) =>
    levels.flatMap((row) =>
      Object.entries(shownKinds).flatMap(([column, kind]) =>
        typeof row[column] === "number"
          ? [{ panel: heading, level: row.level, kind: kind.words, value: row[column], ...errorOf(column, row) }]
          : [],
      ),
    ),
  );
  const panels = distinct(rows.map(({ panel }) => String(panel)));
  const { shown, warnings: left } = firstNetworks(panels, mostPanels);
  const warnings = [...left, ...known];
  const drawn = rows.filter(({ panel }) => shown.includes(String(panel)));
  const present = Object.values(shownKinds).filter((one) => drawn.some(({ kind }) => kind === one.words));
  const domain = present.map((one) => one.words);
  const reading =
    "Per unit of time; below 0, perturbations die. Bars: 2 standard errors." +
    (present.length > 1
      ? " Bounds are proved for every trajectory; mean squares may grow where single trajectories settle."
      : "");
  const told = found.slice(0, mostPanels).map(({ heading, rows: levels }) => {
    const exponents = levels.map(
      ({ level, exponent }) => `${numberText(asNumber(exponent))} at ${numberText(asNumber(level))}`,
    );
    return `${heading}: exponent ${exponents.join(", ")}.`;
  });
  const alternative = `${title}. ${told.join(" ")}`;
  const look = { field: "kind", type: "nominal" as const };
  const legend = { title: null, symbolSize: 250, symbolType: "stroke" as const };
  const x = {
    field: "level",
    type: "quantitative" as const,
    scale: { nice: false },
    axis: { title: "Noise", format: "~g", grid: false, tickCount: 5 },
  };
  const y = { field: "value", type: "quantitative" as const, axis: { title: "Growth rate", tickCount: 6 } };
  return {
    name,
    title,
    caption: `${reading} Noise is in units of the training noise, or the intensity of the source that was varied. ${networksText(found.map(({ network }) => network))}`,
    alternative,
    warnings,
    data: drawn,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: drawn.map((row) => ({ ...row })) },
      ...panelled("panel", shown, panelSize(shown, 200), {
        layer: [
          {
            mark: { type: "line", strokeWidth: 1.75 },
            encoding: {
              x,
              y,
              color: { ...look, scale: { domain, range: present.map(({ colour }) => colour) }, legend },
              strokeDash: { ...look, scale: { domain, range: present.map(({ dash }) => [...dash]) }, legend },
            },
          },
          {
            transform: [{ filter: "isValid(datum.low)" }],
            mark: { type: "rule", strokeWidth: 1.5, color: palette.black },
            encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
          },
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: "rule", strokeDash: [2, 3], color: palette.black },
            encoding: { y: { field: "zero", type: "quantitative" } },
          },
        ],
      }),
      config: theme,
    },
  };
}

function errorOf(column: string, { exponent, error }: FigureRow): FigureRow {
  if (column !== "exponent" || typeof exponent !== "number" || typeof error !== "number") return {};
  return { low: exponent - 2 * error, high: exponent + 2 * error };
}

const asNumber = (value: FigureRow[string]): number | null => (typeof value === "number" ? value : null);
