/** What was found as tables and numbers. */
import type { Task } from "../../task/contract.ts";
import type { FindingRow, FindingTable } from "../contract.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import type { BranchPoint } from "./continuation.ts";
import type { HeldInput, HeldInputs } from "./inputs.ts";
import { modulus } from "./linear.ts";
import type { Plane } from "./plane.ts";
import { type FixedPoint, timeConstant, unstableCount } from "./point.ts";
import type { Portrait, silentLevel, trainingLevel } from "./portrait.ts";
import type { MeasuredMeans, Trajectory } from "./visits.ts";

/** The portrait of one input with what was measured there. */
export interface InputPortrait {
  /** From 0. */
  readonly number: number;
  readonly held: HeldInput;
  readonly portrait: Portrait;
  /** By level, 0 and 1. */
  readonly sides: readonly PortraitSide[];
}

export interface PortraitSide {
  readonly level: number;
  readonly points: readonly FixedPoint[];
  /** The point that the network settles near: the stable one nearest to the measured mean state. */
  readonly visited: FixedPoint | undefined;
  readonly measured: MeasuredMeans;
}

export interface TableSetting {
  readonly task: Task;
  readonly held: HeldInputs;
  readonly plane: Plane;
  readonly readout: Dynamics["readout"];
}

type Columns = FindingTable["columns"];

const inputColumns = ({ held, task }: TableSetting): Columns => [
  { name: "input", meaning: "number of the input, from 0" },
  ...(held.condition === null ? [] : [{ name: "condition", meaning: `condition "${held.condition}" of its trial` }]),
  ...(task.parts === undefined ? [] : [{ name: "part", meaning: "part of the task that its trial belongs to" }]),
];

const inputCells = (
  { held, task }: TableSetting,
  { number, held: { condition, part } }: InputPortrait,
): FindingRow => ({
  input: number,
  ...(held.condition === null ? {} : { condition }),
  ...(task.parts === undefined ? {} : { part }),
});

const levelColumn = { name: "level", meaning: "noise in units of the training noise; 0 for none" };
const planeColumns: Columns = [
  { name: "pc1", meaning: "coordinate along the first principal component of the visited states" },
  { name: "pc2", meaning: "the same along the second" },
];

function planeCells({ plane }: TableSetting, state: Float64Array): FindingRow {
  const [pc1, pc2] = plane.coordinates(state);
  return { pc1, pc2 };
}

const outputColumns = ({ task }: TableSetting): Columns =>
  task.outputs.map(({ name }, o) => ({ name: `output${o + 1}`, meaning: `output "${name}" there` }));

const outputCells = (output: Float64Array): FindingRow =>
  Object.fromEntries([...output].map((value, o) => [`output${o + 1}`, value]));

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function pointsTable(setting: TableSetting, portraits: readonly InputPortrait[]): FindingTable {
  return {
    name: "fixed-points",
    meaning: "Fixed and slow points of the network at constant inputs, without noise and at the training noise.",
    columns: [
      ...inputColumns(setting),
      levelColumn,
      { name: "point", meaning: "number of the point at this input and level, from 0" },
      { name: "kind", meaning: "fixed, or slow: a local minimum of the speed that is not zero" },
      { name: "speed", meaning: "q = |F(x) - x|^2 / 2" },
      { name: "isStable", meaning: "all eigenvalues lie inside the unit circle" },
      { name: "unstableDirections", meaning: "eigenvalues outside the unit circle" },
      { name: "isOnKink", meaning: "the Jacobian jumps there" },
      { name: "largestModulus", meaning: "largest modulus of an eigenvalue" },
      { name: "isVisited", meaning: "the stable point nearest to the mean state of the network" },
      ...planeColumns,
      ...outputColumns(setting),
    ],
    rows: eachPoint(portraits, (portrait, side, point, index) => [
      {
        ...inputCells(setting, portrait),
        level: side.level,
        point: index,
        kind: point.kind,
        speed: point.speed,
        isStable: point.isStable,
        unstableDirections: point.unstableDirections,
        isOnKink: point.isOnKink,
        largestModulus: modulus(point.eigenvalues[0]),
        isVisited: point === side.visited,
        ...planeCells(setting, point.xStar),
        ...outputCells(point.output),
      },
    ]),
  };
}

export function statesTable(portraits: readonly InputPortrait[]): FindingTable {
  return {
    name: "states",
    meaning: "The states of the fixed and slow points, unit by unit.",
    columns: [
      { name: "input", meaning: "number of the input, from 0" },
      levelColumn,
      { name: "point", meaning: "number of the point in the table fixed-points" },
      { name: "unit", meaning: "number of the unit, from 0; those of further states of the cell follow" },
      { name: "value", meaning: "x* of the unit" },
    ],
    rows: eachPoint(portraits, ({ number }, { level }, { xStar }, point) =>
      [...xStar].map((value, unit) => ({ input: number, level, point, unit, value })),
    ),
  };
}

export function eigenvaluesTable(portraits: readonly InputPortrait[], dt: number): FindingTable {
  return {
    name: "eigenvalues",
    meaning: "Eigenvalues of the Jacobian at the fixed and slow points, largest modulus first.",
    columns: [
      { name: "input", meaning: "number of the input, from 0" },
      levelColumn,
      { name: "point", meaning: "number of the point in the table fixed-points" },
      { name: "rank", meaning: "by modulus, from 0" },
      { name: "real", meaning: "real part" },
      { name: "imaginary", meaning: "imaginary part" },
      { name: "modulus", meaning: "modulus: factor of a step" },
      { name: "steps", meaning: "time constant 1 / |ln modulus|, in steps; empty where it has no end" },
      { name: "time", meaning: "time constant, ms" },
    ],
    rows: eachPoint(portraits, ({ number }, { level }, { eigenvalues }, point) =>
      eigenvalues.map((eigenvalue, rank) => {
        const steps = finite(timeConstant(eigenvalue));
        return {
          input: number,
          level,
          point,
          rank,
          real: eigenvalue.real,
          imaginary: eigenvalue.imaginary,
          modulus: modulus(eigenvalue),
          steps,
          time: steps === null ? null : steps * dt,
        };
      }),
    ),
  };
}

export function branchesTable(setting: TableSetting, portraits: readonly InputPortrait[]): FindingTable {
  return {
    name: "branches",
    meaning: "Fixed points followed over the noise level, each branch in the order of its arclength.",
    columns: [
      ...inputColumns(setting),
      { name: "branch", meaning: "number of the branch at this input, from 0" },
      { name: "arclength", meaning: "length from where the branch was begun, in (x / spread of the states, level)" },
      levelColumn,
      { name: "speed", meaning: "q = |F(x) - x|^2 / 2" },
      { name: "isStable", meaning: "all eigenvalues lie inside the unit circle" },
      { name: "largestModulus", meaning: "largest modulus of an eigenvalue" },
      ...planeColumns,
      ...outputColumns(setting),
      {
        name: "event",
        meaning:
          "fold, branch-point, flip, neimark-sacker or boundary-collision; or why the branch ends: end-of-range, far-away, lost, too-long, closed",
      },
    ],
    rows: portraits.flatMap((portrait) =>
      portrait.portrait.branches.flatMap((branch, number) =>
        branch.map((point) => ({
          ...inputCells(setting, portrait),
          branch: number,
          ...branchCells(setting, point),
        })),
      ),
    ),
  };
}

function branchCells(setting: TableSetting, point: BranchPoint): FindingRow {
  return {
    arclength: point.arclength,
    level: point.parameter,
    speed: point.speed,
    isStable: unstableCount(point.eigenvalues) === 0,
    largestModulus: modulus(point.eigenvalues[0]),
    ...planeCells(setting, point.xStar),
    ...outputCells(setting.readout(point.xStar)),
    event: point.events.length === 0 ? null : point.events.join(", "),
  };
}

export function trajectoriesTable(
  setting: TableSetting,
  portraits: readonly InputPortrait[],
  trajectories: readonly Trajectory[],
): FindingTable {
  const { stateSize } = { stateSize: setting.plane.axes[0].length };
  return {
    name: "trajectories",
    meaning: "Trajectories of single trials from their first state on, without noise and under the training noise.",
    columns: [
      ...inputColumns(setting),
      levelColumn,
      { name: "step", meaning: "steps made" },
      { name: "time", meaning: "time, ms" },
      ...planeColumns,
    ],
    rows: trajectories.flatMap(({ row, level, states }) =>
      Array.from({ length: states.length / stateSize }, (_, step) => ({
        ...inputCells(setting, portraits[row]),
        level,
        step,
        time: step * setting.task.dt,
        ...planeCells(setting, states.subarray(step * stateSize, (step + 1) * stateSize)),
      })),
    ),
  };
}

/** Where the vector field is drawn, beyond the trajectories, in parts of their extent. */
const margin = 0.15;

/** @param maps dynamics by level */
export function fieldTable(
  setting: TableSetting,
  portraits: readonly InputPortrait[],
  trajectories: readonly Trajectory[],
  maps: readonly { readonly level: number; readonly dynamics: Dynamics }[],
  gridPoints: number,
): FindingTable {
  const { plane } = setting;
  const [first, second] = plane.axes;
  const size = first.length;
  const rows = [...new Set(trajectories.map(({ row }) => row))].flatMap((row) => {
    const portrait = portraits[row];
    const own = trajectories.filter((trajectory) => trajectory.row === row);
    const seen = own.flatMap(({ states }) =>
      Array.from({ length: states.length / size }, (_, t) =>
        plane.coordinates(states.subarray(t * size, (t + 1) * size)),
      ),
    );
    const ticks = [0, 1].map((axis) => {
      const [low, high] = [Math.min(...seen.map((c) => c[axis])), Math.max(...seen.map((c) => c[axis]))];
      if (high === low) return [low];
      const [from, to] = [low - margin * (high - low), high + margin * (high - low)];
      return Array.from({ length: gridPoints }, (_, i) => from + ((to - from) * i) / (gridPoints - 1));
    });
    return maps.flatMap(({ level, dynamics }) => {
      // The plane through the mean state of this input: arrows elsewhere would be of states that it does not visit.
      const centre = (portrait.sides.find((side) => side.level === level) ?? portrait.sides[0]).measured.state;
      const [at1, at2] = plane.coordinates(centre);
      return ticks[0].flatMap((pc1) =>
        ticks[1].map((pc2) => {
          const state = centre.map((value, i) => value + (pc1 - at1) * first[i] + (pc2 - at2) * second[i]);
          const next = plane.coordinates(dynamics.step(state, portrait.held.input));
          return { ...inputCells(setting, portrait), level, pc1, pc2, flow1: next[0] - pc1, flow2: next[1] - pc2 };
        }),
      );
    });
  });
  return {
    name: "vector-field",
    meaning: "Change of a state in one step of the mean dynamics, on the plane of the principal components.",
    columns: [
      ...inputColumns(setting),
      levelColumn,
      ...planeColumns,
      { name: "flow1", meaning: "change of pc1 in one step" },
      { name: "flow2", meaning: "change of pc2 in one step" },
    ],
    rows,
  };
}

export function readoutTable(setting: TableSetting, portraits: readonly InputPortrait[]): FindingTable {
  const { task } = setting;
  const rows = portraits.flatMap((portrait) =>
    task.outputs.flatMap(({ name: output }, o) => {
      const cells = { ...inputCells(setting, portrait), output };
      const { target } = portrait.held;
      const single = { point: null, isStable: null, isVisited: null };
      return [
        ...(target === null ? [] : [{ ...cells, kind: "target", level: null, ...single, value: target[o] }]),
        ...portrait.sides.flatMap(({ level, points, visited, measured }) => [
          { ...cells, kind: "measured", level, ...single, value: measured.output[o] },
          ...points.map((point, index) => ({
            ...cells,
            kind: point.kind,
            level,
            point: index,
            isStable: point.isStable,
            isVisited: point === visited,
            value: point.output[o],
          })),
        ]),
      ];
    }),
  );
  return {
    name: "readout-map",
    meaning: "Readout at the fixed points over the inputs, beside what was measured and the target.",
    columns: [
      ...inputColumns(setting),
      { name: "output", meaning: "output channel" },
      { name: "kind", meaning: "fixed or slow: at such a point; measured: mean of the trial; target" },
      levelColumn,
      { name: "point", meaning: "number of the point in the table fixed-points" },
      { name: "isStable", meaning: "whether the point is stable" },
      { name: "isVisited", meaning: "the stable point nearest to the mean state of the network" },
      { name: "value", meaning: "output" },
    ],
    rows,
  };
}

function eachPoint(
  portraits: readonly InputPortrait[],
  rowsOf: (portrait: InputPortrait, side: PortraitSide, point: FixedPoint, index: number) => readonly FindingRow[],
): FindingRow[] {
  return portraits.flatMap((portrait) =>
    portrait.sides.flatMap((side) => side.points.flatMap((point, index) => rowsOf(portrait, side, point, index))),
  );
}

export const sideAt = (portrait: InputPortrait, level: typeof silentLevel | typeof trainingLevel) =>
  portrait.sides.find((side) => side.level === level);
