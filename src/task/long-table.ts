/** Trials from the long form of a table: one row per trial and step. */
import { FormatError } from "../core/errors.ts";
import { type Tensor, tensor, toFloat64 } from "../core/tensor.ts";
import type { ArrayFile } from "../io/contract.ts";
import type { Channel } from "./contract.ts";

/** The trials of a file, before shapes and values are checked. */
export interface TableTrials {
  readonly input: Tensor;
  readonly target?: Tensor;
  readonly label?: Tensor;
  readonly mask?: Tensor;
  readonly split?: Tensor;
  /** ms. */
  readonly dt?: number;
  /** How the file itself calls a step of a trial; absent where its arrays are indexed as they are here. */
  readonly place?: TrialPlace;
  readonly inputChannels?: readonly Channel[];
  readonly targetChannels?: readonly Channel[];
}

/** What a message calls a trial, and the line in the file of one of its steps, which is the trial's first by default. */
export interface TrialPlace {
  readonly trial: (trial: number) => number;
  /** Begins with a comma; empty where the file has no lines. */
  readonly line: (trial: number, step?: number) => string;
}

const splitCodes: Readonly<Record<string, number>> = { train: 0, validation: 1, test: 2 };

/** Steps may differ from the common spacing by this share of it: times are often written with few digits. */
const timeTolerance = 1e-3;

/**
 * Trials in ascending order of `trial`, steps in ascending order of `time`; rows may come in any order.
 *
 * @throws FormatError for missing columns, words where numbers belong, trials of unequal steps or unequal times, and
 *   labels or splits that change within a trial
 */
export function longTable({ arrays, words, lines }: ArrayFile, path: string): TableTrials {
  const names = [...Object.keys(arrays), ...Object.keys(words)];
  const lineOf = (row: number): string => (lines === undefined ? "" : `, line ${lines[row]}`);
  const columns = new Map(Object.entries(arrays).map(([column, values]) => [column, toFloat64(values)]));
  for (const [column, cells] of Object.entries(words)) {
    if (column === "split") columns.set(column, splitColumn(cells, path, lineOf));
    else
      throw fault(
        path,
        `column "${column}" must hold numbers, got "${cells[0]}" in its first row${lineOf(0)}`,
        "number its values",
      );
  }
  const columnOf = (column: string): Float64Array => {
    const values = columns.get(column);
    if (values === undefined) throw fault(path, `a column ${column} is needed, found ${names.join(", ")}`, "add it");
    return values;
  };
  const trialColumn = columnOf("trial");
  const { order, trialCount, stepCount, dt } = grid(trialColumn, columnOf("time"), path, lineOf);

  const channelsOf = (channels: readonly string[]): Tensor => {
    const values = new Float64Array(order.length * channels.length);
    for (const [c, channel] of channels.entries()) {
      const column = columnOf(channel);
      for (let i = 0; i < order.length; i++) values[i * channels.length + c] = column[order[i]];
    }
    return tensor([trialCount, stepCount, channels.length], values);
  };
  const perStep = (column: string): Tensor => {
    const values = columnOf(column);
    return tensor(
      [trialCount, stepCount],
      Float64Array.from(order, (row) => values[row]),
    );
  };
  const perTrial = (column: string): Tensor => {
    const values = columnOf(column);
    for (let i = 0; i < order.length; i++) {
      const first = values[order[i - (i % stepCount)]];
      if (Object.is(values[order[i]], first)) continue;
      throw fault(
        path,
        `${column} must be constant within a trial, got ${first} and ${values[order[i]]} in trial ${trialColumn[order[i]]}${lineOf(order[i])}`,
        column === "label" ? "a label per step needs .npz with label [trial, time]" : "mend it",
      );
    }
    return tensor(
      [trialCount],
      Float64Array.from({ length: trialCount }, (_, i) => values[order[i * stepCount]]),
    );
  };

  const targets = names.filter((column) => column === "target" || column.startsWith("target."));
  const reserved = ["trial", "time", "label", "mask", "split", ...targets];
  const inputs = names.filter((column) => !reserved.includes(column));
  return {
    input: channelsOf(inputs),
    inputChannels: inputs.map(channelNamed),
    ...(targets.length > 0 && { target: channelsOf(targets), targetChannels: targets.map(channelNamed) }),
    ...(columns.has("label") && { label: perTrial("label") }),
    ...(columns.has("mask") && { mask: perStep("mask") }),
    ...(columns.has("split") && { split: perTrial("split") }),
    ...(dt !== undefined && { dt }),
    place: {
      trial: (trial) => trialColumn[order[trial * stepCount]],
      line: (trial, step = 0) => lineOf(order[trial * stepCount + step]),
    },
  };
}

/** Rows in order of trial, then time, after the checks that make them a grid. */
function grid(
  trial: Float64Array,
  time: Float64Array,
  path: string,
  lineOf: (row: number) => string,
): {
  readonly order: Uint32Array;
  readonly trialCount: number;
  readonly stepCount: number;
  readonly dt: number | undefined;
} {
  for (const [column, values] of Object.entries({ trial, time })) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw fault(
        path,
        `${column} must be finite, got ${values[wrong]} in row ${wrong + 1}${lineOf(wrong)}`,
        "fill it in",
      );
    }
  }
  if (trial.length === 0) throw fault(path, "at least one row is needed below the names, found none", "add trials");
  const order = Uint32Array.from(trial.keys()).sort((a, b) => trial[a] - trial[b] || time[a] - time[b]);
  const firstTrial = trial[order[0]];
  const stepOther = order.findIndex((row) => trial[row] !== firstTrial);
  const stepCount = stepOther < 0 ? order.length : stepOther;

  for (let start = 0; start < order.length; start += stepCount) {
    const id = trial[order[start]];
    let end = start;
    while (end < order.length && trial[order[end]] === id) end++;
    if (end - start !== stepCount) {
      const rule = `every trial must have ${stepCount} steps as trial ${firstTrial} has, got ${end - start} in trial ${id}${lineOf(order[start])}`;
      throw fault(path, rule, "pad the short trials and leave the padding out with a mask column");
    }
  }

  const starts = Array.from({ length: order.length / stepCount }, (_, i) => i * stepCount);
  const timesFrom = (start: number): Float64Array =>
    Float64Array.from({ length: stepCount }, (_, i) => time[order[start + i]]);
  // A trial with a mistake must not be what the others are measured by.
  const regular = starts.find((start) => misfit(timesFrom(start), spacing(timesFrom(start))) === undefined);
  const reference = timesFrom(regular ?? 0);
  const common = regular === undefined ? usualSpacing(reference) : spacing(reference);
  for (const start of starts) {
    const wrong = misfit(timesFrom(start), common);
    if (wrong === undefined) continue;
    const row = order[start + wrong.step];
    const { missing, expected } = wrong;
    const found =
      missing < 0 ? `got ${time[row]} ms twice` : `expected ${expected} ms at step ${missing}, got ${time[row]}`;
    const rule = `times must be equally spaced and the same for every trial, ${found} in trial ${trial[row]}${lineOf(row)}`;
    throw fault(path, rule, "mend it, or resample the trials to one grid");
  }
  return { order, trialCount: starts.length, stepCount, dt: stepCount > 1 ? common.dt : undefined };
}

/** Times `from + step dt` in ms. */
interface Spacing {
  readonly from: number;
  readonly dt: number;
}

/** Through the first and the last time. */
function spacing(times: Float64Array): Spacing {
  return { from: times[0], dt: times.length > 1 ? (times[times.length - 1] - times[0]) / (times.length - 1) : 1 };
}

/** From the first time on at the median distance, which a single wrong time does not move. */
function usualSpacing(times: Float64Array): Spacing {
  const distances = times.slice(1).map((time, i) => time - times[i]);
  return { from: times[0], dt: distances.sort()[Math.floor((distances.length - 1) / 2)] };
}

/**
 * The step whose time does not belong to a spacing, and the first one that is missing there; -1 where a time comes
 * twice instead.
 *
 * Sorting moves a wrong time to another step, so it is looked for among all; where every time belongs, one is repeated.
 *
 * @param times ascending
 */
function misfit(
  times: Float64Array,
  { from, dt }: Spacing,
): { readonly step: number; readonly missing: number; readonly expected: number } | undefined {
  const expected = (step: number): number => from + step * dt;
  const near = (time: number, step: number): boolean => Math.abs(time - expected(step)) <= timeTolerance * dt;
  const first = times.findIndex((time, step) => !near(time, step));
  if (first < 0 && dt > 0) return undefined;
  const nearest = (time: number): number => Math.round((time - from) / dt);
  const belongs = (time: number): boolean =>
    near(time, nearest(time)) && nearest(time) >= 0 && nearest(time) < times.length;
  const stray = dt > 0 ? times.findIndex((time) => !belongs(time)) : -1;
  if (stray < 0) {
    const step = times.findIndex((time, i) => i > 0 && time - times[i - 1] <= dt / 2);
    return { step, missing: -1, expected: Number.NaN };
  }
  const missing = times.findIndex((_, step) => !times.some((time) => near(time, step)));
  return { step: stray, missing, expected: expected(missing) };
}

function splitColumn(cells: readonly string[], path: string, lineOf: (row: number) => string): Float64Array {
  return Float64Array.from(cells, (cell, row) => {
    const code = splitCodes[cell.trim()];
    if (code !== undefined) return code;
    throw fault(path, `split is train, validation or test, got "${cell}" in row ${row + 1}${lineOf(row)}`, "mend it");
  });
}

function channelNamed(name: string): Channel {
  return { name, meaning: `column ${name} of the file` };
}

function fault(path: string, rule: string, remedy: string): FormatError {
  return new FormatError({ file: path, offset: -1, rule, remedy });
}
