import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { apartText, type FoundTable, firstNetworks, firstPanels, networksText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix, slug } from "./wording.ts";

const mostNetworks = 4;
const mostPanels = 6;
const noisy = "noise throughout";
const silenced = "noise switched off";
const aim = "target, where it counts";

/** What the output does when the noise is switched off in the middle of a trial. */
export const noiseSwitchedOff: FigureDefinition = {
  name: "noise-switched-off",
  summary: "Where does the output go when the noise is switched off in the middle of a trial?",
  analyses: ["controls"],
  draw: (data) => {
    const found = tablesOf(data, "controls", "time-courses");
    const { shown, warnings } = firstNetworks(found, mostNetworks);
    return shown.map((entry) =>
      figure(entry, found.length > 1, apartText(data, found, entry), [...warnings, ...(data.warnings ?? [])]),
    );
  },
};

function figure(entry: FoundTable, isOneOfMany: boolean, shared: string, known: readonly string[]): Figure {
  const { network, heading, rows } = entry;
  const title = `Noise switched off in the middle of a trial${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const outputs = distinct(rows.map(({ output }) => output));
  const panelOf = ({ trial, output, outputName }: FigureRow): string =>
    outputs.length === 1 ? `trial ${trial}` : `trial ${trial}, output ${outputName ?? output}`;
  const { shown, warnings: left } = firstPanels(distinct(rows.map(panelOf)), mostPanels, {
    what: "time courses",
    networks: 1,
  });
  const warnings = [...left, ...known];
  const drawn = rows.map((row) => ({ panel: panelOf(row), ...row })).filter(({ panel }) => shown.includes(panel));
  // Times are those of the ends of steps: the second course begins where the last step with noise ends.
  const before = drawn.filter(({ isOff }: FigureRow) => isOff === false).map(({ time }: FigureRow) => Number(time));
  const switchedAt = Math.max(0, ...before);
  const courses: FigureRow[] = drawn.flatMap((row: FigureRow) => {
    const course = (kind: string, mean: FigureRow[string], deviation: FigureRow[string]): FigureRow => ({
      panel: row.panel,
      time: row.time,
      kind,
      mean,
      low: Number(mean) - Number(deviation),
      high: Number(mean) + Number(deviation),
    });
    return [
      course(noisy, row.mean, row.deviation),
      ...(Number(row.time) >= switchedAt ? [course(silenced, row.meanSwitchedOff, row.deviationSwitchedOff)] : []),
    ];
  });
  const reading = `Mean over noise draws, band: one standard deviation. Dashed upright: the noise is switched off.`;
  const alternative = `${title}. ${heading}: ${shown.map((panel) => sentence(panel, courses)).join(" ")}`;
  const x = {
    field: "time",
    type: "quantitative" as const,
    scale: { nice: false },
    axis: { title: "Time (ms)", grid: false, tickCount: 5 },
  };
  const y = (field: string) => ({
    field,
    type: "quantitative" as const,
    scale: { zero: false, nice: true },
    axis: { title: "Output", format: ".4~g", tickCount: 5 },
  });
  const color = {
    field: "kind",
    type: "nominal" as const,
    scale: { domain: [aim, noisy, silenced], range: [palette.sky, palette.vermillion, palette.black] },
    legend: { title: null, symbolType: "stroke" as const, symbolSize: 250 },
  };
  return {
    name: slug("noise-switched-off", ...(isOneOfMany ? [heading] : [])),
    title,
    caption: `${reading} It is off from ${numberText(switchedAt)} ms on. Both courses are the same trials and noise draws until then. ${networksText([network])}`,
    alternative,
    warnings,
    data: drawn,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: [...courses, ...targetRows(drawn), ...shown.map((panel) => ({ panel, off: switchedAt }))] },
      ...panelled("panel", shown, panelSize(shown, 180), {
        layer: [
          {
            transform: [{ filter: "isValid(datum.target)" }],
            mark: { type: "line", strokeWidth: 5 },
            encoding: { x, y: y("target"), color },
          },
          {
            transform: [{ filter: "isValid(datum.low)" }],
            mark: { type: "area", opacity: 0.18 },
            encoding: { x, y: { ...y("low"), stack: null }, y2: { field: "high" }, color },
          },
          {
            transform: [{ filter: "isValid(datum.mean)" }],
            mark: { type: "line", strokeWidth: 1.75 },
            encoding: { x, y: y("mean"), color },
          },
          {
            transform: [{ filter: "isValid(datum.off)" }],
            mark: { type: "rule", strokeDash: [5, 3], strokeWidth: 1.25, color: palette.black },
            encoding: { x: { ...x, field: "off" } },
          },
        ],
      }),
      config: theme,
    },
  };
}

const targetRows = (rows: readonly FigureRow[]): FigureRow[] =>
  rows.flatMap(({ panel, time, target, isCounted }) =>
    isCounted === true && typeof target === "number" ? [{ panel, time, kind: aim, target }] : [],
  );

function sentence(panel: string, courses: readonly FigureRow[]): string {
  const last = (kind: string): string => {
    const own = courses.filter((row) => row.panel === panel && row.kind === kind);
    const end = own.at(-1)?.mean;
    return typeof end === "number" ? numberText(end) : "unknown";
  };
  return `${panel} ends at ${last(noisy)} with noise and at ${last(silenced)} without.`;
}
