/** A number against a column of a study, over seeds: lines with bands where the column is a quantity, else symbols with bars. */

import { distinct, groups, seedWarnings } from "./conditions.ts";
import type { Figure, FigureCell, FigureRow } from "./contract.ts";
import {
  columnTitle,
  drawnLevel,
  drawnOrder,
  isNumeric,
  levelColoursOf,
  levelFormat,
  levelPanels,
  levelShapesOf,
  levelsOf,
  levelText,
  levelTitle,
  spansFactors,
} from "./levels.ts";
import { panelWidth, theme } from "./theme.ts";
import { countText, figureTitle, listText, logTicks, lossScale, numberText, slug } from "./wording.ts";

/** Panels side by side. */
const columnLimit = 3;
/** Symbols on a line, at most: more hide it. */
const symbolLimit = 12;
/** In px. */
const panelHeight = 240;
/** In px. Room for symbols at the edge, which would push the headings of their panel up. */
const symbolRoom = 8;
/** Curves that the description tells of one by one. */
const sentenceLimit = 12;

/** How estimates over seeds are made. */
export interface EstimateKind {
  readonly centre: "mean" | "median";
  readonly interval: "t" | "bootstrap" | "none";
  /** Nominal coverage, in (0, 1). */
  readonly confidence: number;
}

export interface SeriesCall extends EstimateKind {
  /** Name of the figure. */
  readonly name: string;
  readonly title: string;
  /** One row per seed and place: the columns below, `seed` and the number. */
  readonly data: readonly FigureRow[];
  /** One row per place: the columns below, `seeds`, `centre`, `low`, `high`; low and high null without an interval. */
  readonly estimates: readonly FigureRow[];
  readonly x: string;
  readonly colour: string | null;
  readonly panel: string | null;
  /** Key of the number in `data`, and its name on the axis. */
  readonly number: { readonly key: string; readonly title: string };
  /** null: as the numbers ask for. */
  readonly logX: boolean | null;
  readonly logY: boolean | null;
  /** Whether single seeds are drawn. */
  readonly points: boolean;
  /** Ends of what the number can be; nothing is drawn beyond them. */
  readonly range: { readonly least: number; readonly most: number };
  /** A value that means something: 0 for a difference. */
  readonly rule: number | null;
  /** Sentences that stand on the figure. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly query: string;
}

/** @returns undefined where no number is finite */
export function seriesFigure(call: SeriesCall): Figure | undefined {
  const { x, colour, panel, number, range } = call;
  const hasPlace = (row: FigureRow) => row[x] !== null && row[x] !== undefined;
  const found = call.estimates.filter((row) => isFiniteNumber(row.centre) && hasPlace(row));
  if (found.length === 0) return undefined;
  const levels = levelsOf(x, found);
  const isLine = isNumeric(levels) && levels.length > 1;
  const placed = call.data.filter((row) => isFiniteNumber(row[number.key]) && hasPlace(row));
  const drawnNumbers = [...found.flatMap(({ centre, low, high }) => [centre, low, high]), ...seedNumbers(call, placed)];
  const isLogY = call.logY ?? (call.rule === null && lossScale(drawnNumbers.filter(isFiniteNumber)) === "log");
  const isLogX = isLine && isNumeric(levels) && (call.logX ?? spansFactors(levels)) && levels[0] > 0;
  const positive = found.filter((row) => !isLogY || Number(row.centre) > 0);
  if (positive.length === 0) return undefined;
  const floor = Math.min(...drawnNumbers.filter(isFiniteNumber).filter((value) => value > 0));
  const warnings = [
    ...seedWarnings(positive.map((row) => Number(row.seeds))),
    ...lostWarnings(call, { placed, isLogY, all: found.length, drawn: positive.length }),
    ...call.warnings,
  ];
  const isCut = positive.some(
    ({ low, high }) => isBelow(low, isLogY ? floor : range.least) || isBelow(range.most, high),
  );
  const reading = [readingOf(call, { isLine }), ...call.notes].join(" ");
  const panels = panel === null ? [] : levelsOf(panel, positive);
  const columns = Math.max(1, Math.min(columnLimit, panels.length));
  const width = panelWidth(columns);
  const named = (row: FigureRow): FigureRow => ({
    [x]: isLine ? row[x] : drawnLevel(row[x]),
    ...(colour === null ? {} : { [colour]: drawnLevel(row[colour]) }),
    ...(panel === null ? {} : { [panel]: drawnLevel(row[panel]) }),
  });
  const every = Math.ceil(levels.length / symbolLimit);
  const values: FigureRow[] = [
    ...positive.map(({ seeds, centre, low, high, ...row }) => ({
      ...named(row),
      seeds,
      centre,
      low: low === null ? null : Math.max(Number(low), isLogY ? floor : range.least),
      high: high === null ? null : Math.min(Number(high), range.most),
      hasSymbol: levels.indexOf(row[x] ?? null) % every === 0,
    })),
    // Numbers that are not drawn would make the specification of a large study unwieldy.
    ...(call.points ? placed : []).map((row) => ({ ...named(row), seed: row.seed, [number.key]: row[number.key] })),
  ];
  const alternative = `${call.title}. ${sentences(call, positive)}`;
  const isMany = !isLine && colour !== null;
  const encodedX = isLine
    ? {
        field: x,
        type: "quantitative" as const,
        scale: isLogX ? { type: "log" as const, nice: false } : { nice: false, zero: false },
        axis: {
          title: `${columnTitle(x)}${isLogX ? " (log scale)" : ""}`,
          grid: false,
          ...(isLogX
            ? { format: "~g", values: logTicks(levels.filter(isFiniteNumber)) }
            : { format: "~r", tickCount: 6 }),
        },
      }
    : {
        field: x,
        type: "ordinal" as const,
        sort: drawnOrder(levels),
        axis: {
          title: columnTitle(x),
          labelAngle: 0,
          grid: false,
          labelLimit: Math.floor(width / levels.length),
          ...levelFormat(levels),
        },
      };
  const offset = isMany ? { xOffset: { field: colour, type: "nominal" as const } } : {};
  const shown = [...values.flatMap((row) => [row.centre, row.low, row.high]), ...seedNumbers(call, placed), call.rule]
    .filter(isFiniteNumber)
    .filter((value) => !isLogY || value > 0);
  // Stated, because Vega-Lite looks for the ends of shared scales in some of the layers only.
  const domain = [Math.min(...shown), Math.max(...shown)];
  const scale = isLogY
    ? { domain, padding: symbolRoom, type: "log" as const, nice: false }
    : { domain: roomyDomain(domain, range), zero: false, nice: true };
  const axis = {
    title: `${number.title}${isLogY ? " (log scale)" : ""}`,
    grid: true,
    ...(isLogY ? { format: "~g", values: logTicks(shown) } : { format: "~r", tickCount: 6 }),
  };
  const y = (field: string) => ({ field, type: "quantitative" as const, scale, axis });
  const colours = colour === null ? [] : levelsOf(colour, positive);
  const legend = { title: `${columnTitle(colour ?? "")}:`, columns: 6, labelLimit: 140 };
  const hue =
    colour === null
      ? { color: { value: "#0072B2" } }
      : { color: { field: colour, type: "nominal" as const, scale: levelColoursOf(colour, colours), legend } };
  const shape =
    colour === null
      ? {}
      : { shape: { field: colour, type: "nominal" as const, scale: levelShapesOf(colour, colours), legend } };
  const layer = [
    ...(call.rule === null
      ? []
      : [
          {
            // One row, one line.
            data: { values: [{}] },
            mark: { type: "rule" as const, color: "#777777", strokeDash: [6, 4], strokeWidth: 1.25 },
            encoding: { y: { datum: call.rule, type: "quantitative" as const, scale, axis } },
          },
        ]),
    ...(call.points ? [seedLayer(isLine, { x: encodedX, y: y(number.key), ...offset, ...hue }, number.key)] : []),
    ...(call.interval === "none"
      ? []
      : [
          {
            transform: [{ filter: "isValid(datum.low) && isValid(datum.high)" }],
            mark: isLine ? { type: "area" as const, opacity: 0.2 } : { type: "rule" as const, strokeWidth: 2 },
            encoding: {
              x: encodedX,
              ...offset,
              y: { ...y("low"), ...(isLine ? { stack: null } : {}) },
              y2: { field: "high" },
              ...hue,
            },
          },
        ]),
    ...(isLine
      ? [
          {
            transform: [{ filter: "isValid(datum.centre)" }],
            mark: { type: "line" as const, strokeWidth: 2 },
            encoding: { x: encodedX, y: y("centre"), ...hue },
          },
        ]
      : []),
    {
      transform: [{ filter: `isValid(datum.centre)${isLine ? " && datum.hasSymbol" : ""}` }],
      mark: { type: "point" as const, filled: true, size: isLine ? 50 : 70, opacity: 1 },
      encoding: { x: encodedX, ...offset, y: y("centre"), ...hue, ...shape },
    },
  ];
  const drawing = { width, height: panelHeight, layer };
  return {
    name: slug(call.name),
    title: call.title,
    caption: [
      reading,
      `${countText(
        positive.map((row) => Number(row.seeds)),
        "seed",
      )} per ${isLine ? "point" : "symbol"}.`,
      ...(isCut
        ? [
            `${isLine ? "Bands" : "Bars"} end where ${isLogY ? "the axis does" : "no value can be"}; the intervals reach further.`,
          ]
        : []),
    ].join(" "),
    alternative,
    warnings,
    data: call.data,
    estimates: call.estimates,
    query: call.query,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(call.title, reading, warnings),
      data: { values },
      ...(panel === null ? drawing : levelPanels(panel, panels, columns, drawing)),
      config: theme,
    },
  };
}

function seedLayer<Encoding extends object>(isLine: boolean, encoding: Encoding, key: string) {
  const transform = [{ filter: `isValid(datum[${JSON.stringify(key)}])` }];
  return isLine
    ? {
        transform,
        mark: { type: "line" as const, strokeWidth: 0.75, opacity: 0.45 },
        encoding: { ...encoding, detail: { field: "seed" } },
      }
    : {
        transform,
        mark: { type: "point" as const, filled: false, shape: "circle", size: 22, opacity: 0.7, strokeWidth: 1 },
        encoding,
      };
}

/** The domain with room for symbols, but none beyond what can be. Its ends stay when the axis is rounded to nice ones. */
function roomyDomain([least, most]: readonly number[], range: SeriesCall["range"]): number[] {
  const room = ((most - least) * symbolRoom) / (panelHeight - 2 * symbolRoom);
  return [Math.max(least - room, range.least), Math.min(most + room, range.most)];
}

function isBelow(value: FigureCell, limit: FigureCell): boolean {
  return isFiniteNumber(value) && typeof limit === "number" && value < limit;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function seedNumbers({ points, number }: SeriesCall, rows: readonly FigureRow[]): FigureCell[] {
  return points ? rows.map((row) => row[number.key]) : [];
}

/** "95 % bootstrap interval of the mean". */
export function intervalText({ centre, interval, confidence }: EstimateKind): string {
  const share = Number((100 * confidence).toFixed(2));
  return `${share} % ${interval === "t" ? "t" : "bootstrap"} interval of the ${centre}`;
}

function readingOf(call: SeriesCall, { isLine }: { readonly isLine: boolean }): string {
  const parts = [`${isLine ? "Line" : "Symbol"}: ${call.centre} over seeds`];
  if (call.interval !== "none") parts.push(`${isLine ? "band" : "bar"}: ${intervalText(call)}`);
  if (call.points) parts.push(`${isLine ? "thin lines" : "small circles"}: single seeds`);
  return `${parts.join("; ")}.`;
}

/** Rows that cannot be drawn. */
function lostWarnings(
  { data, x, number }: SeriesCall,
  drawn: {
    readonly placed: readonly FigureRow[];
    readonly isLogY: boolean;
    readonly all: number;
    readonly drawn: number;
  },
): string[] {
  const notFinite = data.filter((row) => !isFiniteNumber(row[number.key])).length;
  const nowhere = data.length - notFinite - drawn.placed.length;
  const lost = drawn.all - drawn.drawn;
  return [
    ...(notFinite === 0 ? [] : [`${countText([notFinite], "number")} not finite; left out.`]),
    ...(nowhere === 0 ? [] : [`${countText([nowhere], "number")} without ${columnTitle(x).toLowerCase()}; not drawn.`]),
    ...(lost === 0 ? [] : [`${countText([lost], "place")} not above zero; a logarithmic axis cannot show it.`]),
  ];
}

/** One sentence per curve: its ends and its lowest place, with intervals. */
function sentences({ x, colour, panel, centre }: SeriesCall, rows: readonly FigureRow[]): string {
  const curves = [...groups(rows, (row) => JSON.stringify([panel && row[panel], colour && row[colour]])).values()];
  const told = curves.slice(0, sentenceLimit).map((curve) => {
    const ordered = levelsOf(x, curve).map((level) => curve.find((row) => (row[x] ?? null) === level) as FigureRow);
    const least = ordered.reduce((best, row) => (Number(row.centre) < Number(best.centre) ? row : best));
    const places = distinct([ordered[0], least, ordered[ordered.length - 1]]);
    const at = places.map((row) => `${numberText(Number(row.centre))}${intervalOf(row)} at ${levelText(row[x])}`);
    const names = [panel, colour].flatMap((name) => (name === null ? [] : [levelTitle(name, curve[0][name])]));
    const subject = names.length === 0 ? "" : `${names.join(", ")}: `;
    return `${subject}${centre} ${listText(at)}.`;
  });
  const more = curves.length - told.length;
  const all = `Over ${columnTitle(x).toLowerCase()}: ${told.join(" ")}`;
  return more === 0 ? all : `${all} And ${countText([more], "more curve")}.`;
}

function intervalOf({ low, high }: FigureRow): string {
  if (!isFiniteNumber(low) || !isFiniteNumber(high)) return "";
  return ` (${numberText(low)} to ${numberText(high)})`;
}
