import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstPanels, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { levelColours, theme } from "./theme.ts";
import { figureTitle, logTicks, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const quantities = { spectral: "final state by state", gradient: "loss by state" } as const;
const told = {
  spectralRate: "logarithm of the largest factor per step",
  gradientRatio: "gradient at the first state over that at the last",
} as const;

/** Norms of state-to-state Jacobians and of the loss's gradient against the distance from the end. */
export const jacobianProfile: FigureDefinition = {
  name: "jacobian-profile",
  summary: "Do gradients vanish or explode over the length of a trial?",
  analyses: ["jacobians"],
  draw: (data) => {
    const found = tablesOf(data, "jacobians", "profile");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const title = `Jacobians over time${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = found.flatMap(({ heading, rows: lags }) =>
    Object.entries(quantities).flatMap(([quantity, words]) =>
      lags.flatMap((row) => {
        const [low, median, high] = ["Low", "Median", "High"].map((place) => row[`${quantity}${place}`]);
        // a logarithmic axis has no place for 0
        if (typeof median !== "number" || !(Number(low) > 0)) return [];
        const panel = [...(found.length > 1 ? [heading] : []), words].join(", ");
        return [{ panel, level: row.level, lag: row.lag, low, median, high }];
      }),
    ),
  );
  const { shown, warnings: left } = firstPanels(distinct(rows.map(({ panel }) => String(panel))), mostPanels, {
    what: "panels",
    networks: found.length,
  });
  const warnings = [...left, ...known];
  const drawn = rows.filter(({ panel }) => shown.includes(String(panel)));
  const levels = distinct(drawn.map(({ level }) => Number(level))).sort((a, b) => a - b);
  const reading = "Norms of derivatives (spectral; logarithmic). Line: median over trials; band: 10 % to 90 %.";
  const lines = found.slice(0, mostPanels).map(({ heading, network }) => `${heading}: ${numbersText(network, told)}.`);
  const alternative = `${title}. ${lines.join(" ")}`;
  const x = {
    field: "lag",
    type: "quantitative" as const,
    scale: { nice: false, zero: false },
    axis: { title: "Steps before the end", format: "d", tickMinStep: 1, grid: false, tickCount: 5 },
  };
  const values = drawn.flatMap(({ low, high }) => [Number(low), Number(high)]);
  const y = {
    type: "quantitative" as const,
    scale: { type: "log" as const, nice: false },
    axis: { title: "Norm", format: "~g", values: logTicks(values) },
  };
  const color = {
    field: "level",
    type: "nominal" as const,
    scale: levelColours(levels),
    legend: { title: "Noise:", symbolSize: 120 },
  };
  return {
    name: "jacobian-profile",
    title,
    caption: `${reading} The end is the state after the last step that counts. Noise is in units of the training noise, or the intensity of the source that was varied. ${networksText(found.map(({ network }) => network))}`,
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
            mark: { type: "area", opacity: 0.18, line: false },
            encoding: { x, y: { ...y, field: "low", stack: null }, y2: { field: "high" }, color },
          },
          { mark: { type: "line", strokeWidth: 1.75 }, encoding: { x, y: { ...y, field: "median" }, color } },
        ],
      }),
      config: theme,
    },
  };
}
