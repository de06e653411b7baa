import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow, NetworkFindings } from "./contract.ts";
import { apartText, type FoundTable, firstNetworks, networksText, numbersText, tablesOf } from "./network-findings.ts";
import { mutedInk, palette, theme } from "./theme.ts";
import { countText, figureTitle, numberText, settingSuffix, slug } from "./wording.ts";

const mostNetworks = 4;
const mostPictured = 3;
const wide = { width: 620, height: 300 };
const narrow = { width: 184, height: 184 };
/** Length in px of the longest arrow of the vector field. */
const longestArrow = 15;

type Place = { readonly pc1: number; readonly pc2: number };

/** Fixed points in the plane of the principal components as the noise grows, with trajectories and the vector field. */
export const fixedPointsPlane: FigureDefinition = {
  name: "fixed-points-plane",
  summary: "How do fixed points slide through state space as the noise grows, and what do states do around them?",
  analyses: ["fixed-points"],
  draw: (data) => {
    const found = tablesOf(data, "fixed-points", "branches");
    const { shown, warnings } = firstNetworks(found, mostNetworks);
    return shown.map((entry) =>
      figure(entry, found.length > 1, apartText(data, found, entry), [...warnings, ...(data.warnings ?? [])]),
    );
  },
};

function figure(entry: FoundTable, isOneOfMany: boolean, shared: string, warnings: readonly string[]): Figure {
  const { network, heading } = entry;
  const rowsOf = (table: string): readonly FigureRow[] => network.tables.find(({ name }) => name === table)?.rows ?? [];
  const branches = entry.rows;
  const trajectories = rowsOf("trajectories");
  const field = rowsOf("vector-field");
  const pictured = distinct(trajectories.map(({ input }) => Number(input))).slice(0, mostPictured);
  const levels = branches.map(({ level }) => Number(level));
  const largest = Math.max(...levels);
  const title = `Fixed points as the noise grows${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const reading =
    "Colour: noise in units of the training noise; circle: none, diamond: training noise. Below: single trials, solid under the training noise, dashed without; arrows: mean change of a state in one step.";
  const alternative = `${title}. ${heading}: ${numbersText(network, quantities)}.`;
  const data: FigureRow[] = [
    ...tagged("branch", branches),
    ...tagged(
      "trajectory",
      trajectories.filter(({ input }) => pictured.includes(Number(input))),
    ),
    ...tagged(
      "vector field",
      field.filter(({ input, level }) => pictured.includes(Number(input)) && level === 1),
    ),
  ];
  const overview = {
    title: {
      text: inputsText(distinct(branches.map(({ input }) => input)).length, network),
      fontSize: 12,
      anchor: "start" as const,
    },
    ...wide,
    layer: branchLayers(branches, extentOf(branches as unknown as Place[]), largest),
  };
  const single = pictured.map((input) => {
    const own = (rows: readonly FigureRow[]) => rows.filter((row) => row.input === input);
    const seen = [...own(trajectories), ...own(branches)] as unknown as Place[];
    const extent = extentOf([...seen, ...(own(field) as unknown as Place[])]);
    const [first] = own(trajectories);
    const name =
      typeof first?.condition === "number"
        ? `trial with ${conditionName(network)} ${numberText(first.condition)}`
        : `input ${input}`;
    return {
      title: { text: name, fontSize: 12, anchor: "start" as const },
      ...narrow,
      layer: [
        ...arrowLayers(
          own(field).filter(({ level }) => level === 1),
          extent,
        ),
        ...trajectoryLayers(own(trajectories), extent),
        ...branchLayers(own(branches), extent, largest),
      ],
    };
  });
  return {
    name: slug("fixed-points-plane", ...(isOneOfMany ? [heading] : [])),
    title,
    caption: `${reading} Axes: principal components of the states that the network visits under its training noise. Below, single inputs: grey dashed, a trial without noise; grey solid, the same trial under the training noise; longer arrows are faster (square root), on the plane through the mean state, at the training noise. Crosses: unstable points. ${networksText([network])}`,
    alternative,
    warnings,
    data,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      spacing: 16,
      vconcat: [overview, ...(single.length === 0 ? [] : [{ hconcat: single, spacing: 20 }])],
      resolve: { scale: { color: "shared" } },
      config: theme,
    },
  };
}

/** Inputs without a fixed point have no branch. */
function inputsText(shown: number, { numbers }: NetworkFindings): string {
  const asked = numbers.find(({ name }) => name === "inputs")?.value ?? shown;
  return shown === asked
    ? `All ${countText([shown], "input")}`
    : `${shown} of ${asked} inputs: those with fixed points`;
}

/** Name of the condition variable, which need not be the input that is held. */
function conditionName({ tables }: NetworkFindings): string {
  const columns = tables.find(({ name }) => name === "trajectories")?.columns;
  const meaning = columns?.find(({ name }) => name === "condition")?.meaning;
  return /^condition "(.+)" of its trial$/.exec(meaning ?? "")?.[1] ?? "condition";
}

const tagged = (kind: string, rows: readonly FigureRow[]): FigureRow[] => rows.map((row) => ({ kind, ...row }));

type Extent = Readonly<Record<"pc1" | "pc2", readonly [number, number]>>;

function extentOf(places: readonly Place[]): Extent {
  const range = (axis: "pc1" | "pc2"): [number, number] => {
    const values = places.map((place) => place[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = 0.06 * (high - low) || 1;
    return [low - room, high + room];
  };
  return { pc1: range("pc1"), pc2: range("pc2") };
}

const axisOf = (field: string, axis: "pc1" | "pc2", extent: Extent) => ({
  field,
  type: "quantitative" as const,
  scale: { domain: [...extent[axis]], nice: false, zero: false },
  axis: { title: `Principal component ${axis === "pc1" ? 1 : 2}`, tickCount: 4, grid: false, format: ".4~g" },
});

function branchLayers(rows: readonly FigureRow[], extent: Extent, largest: number) {
  const x = axisOf("pc1", "pc1", extent);
  const y = axisOf("pc2", "pc2", extent);
  const color = {
    field: "level",
    type: "quantitative" as const,
    scale: { scheme: "viridis" as const, domain: [0, largest], reverse: true },
    legend: { title: "Noise / training noise:", gradientLength: 180, tickCount: 4, format: ".4~g" },
  };
  const marked = rows.filter(({ level }) => level === 0 || level === 1);
  return [
    {
      data: { values: rows.map((row) => ({ ...row, line: `${row.input} ${row.branch}` })) },
      mark: { type: "line" as const, strokeWidth: 1, color: "#999999" },
      encoding: { x, y, detail: { field: "line" }, order: { field: "arclength", type: "quantitative" as const } },
    },
    {
      data: { values: rows.map((row) => ({ ...row })) },
      mark: { type: "point" as const, filled: true, size: 20, opacity: 1 },
      encoding: {
        x,
        y,
        color,
        shape: { condition: { test: "datum.isStable", value: "circle" }, value: "cross" },
      },
    },
    {
      data: { values: marked.map((row) => ({ ...row })) },
      mark: { type: "point" as const, filled: true, size: 70, opacity: 1, stroke: palette.black, strokeWidth: 1 },
      encoding: {
        x,
        y,
        color,
        shape: { condition: { test: "datum.level == 0", value: "circle" }, value: "diamond" },
      },
    },
  ];
}

function trajectoryLayers(rows: readonly FigureRow[], extent: Extent) {
  return [
    {
      data: { values: rows.map((row) => ({ ...row })) },
      mark: { type: "line" as const, strokeWidth: 1, color: mutedInk },
      encoding: {
        x: axisOf("pc1", "pc1", extent),
        y: axisOf("pc2", "pc2", extent),
        detail: { field: "level" },
        order: { field: "step", type: "quantitative" as const },
        strokeDash: { condition: { test: "datum.level == 0", value: [4, 3] }, value: [1, 0] },
      },
    },
  ];
}

/** Arrows of lengths in px, so that the axes need not have one scale. */
function arrowLayers(rows: readonly FigureRow[], extent: Extent) {
  const pixels = (axis: "pc1" | "pc2"): number =>
    (axis === "pc1" ? narrow.width : narrow.height) / (extent[axis][1] - extent[axis][0]);
  const flows = rows.map((row) => {
    const [dx, dy] = [Number(row.flow1) * pixels("pc1"), Number(row.flow2) * pixels("pc2")];
    return { row, dx, dy, size: Math.hypot(dx, dy) };
  });
  const fastest = Math.max(...flows.map(({ size }) => size), 1e-300);
  const arrows = flows
    .filter(({ size }) => size > 0)
    .map(({ row, dx, dy, size }) => {
      const length = longestArrow * Math.sqrt(size / fastest);
      return {
        pc1: row.pc1,
        pc2: row.pc2,
        tip1: Number(row.pc1) + (dx / size) * (length / pixels("pc1")),
        tip2: Number(row.pc2) + (dy / size) * (length / pixels("pc2")),
        // clockwise from upwards, in degrees
        angle: (Math.atan2(dx, dy) * 180) / Math.PI,
      };
    });
  const arrowInk = "#B5B5B5";
  return [
    {
      data: { values: arrows },
      mark: { type: "rule" as const, strokeWidth: 1, color: arrowInk },
      encoding: {
        x: axisOf("pc1", "pc1", extent),
        y: axisOf("pc2", "pc2", extent),
        x2: { field: "tip1" },
        y2: { field: "tip2" },
      },
    },
    {
      data: { values: arrows },
      mark: { type: "point" as const, shape: "triangle-up", filled: true, size: 14, color: arrowInk, opacity: 1 },
      encoding: {
        x: axisOf("tip1", "pc1", extent),
        y: axisOf("tip2", "pc2", extent),
        angle: { field: "angle", type: "quantitative" as const, scale: null },
      },
    },
  ];
}

const quantities = {
  displacement: "the visited point moves from no noise to the training noise by (root mean square per unit)",
  displacementAlongReadout: "along the readout by",
  bifurcations: "bifurcations on the branches:",
} as const;
