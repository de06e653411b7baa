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
  readonly inputChannels?: readonly Channel[];
  readonly targetChannels?: readonly Channel[];
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
export function longTable({ arrays, words }: ArrayFile, path: string): TableTrials {
  const names = [...Object.keys(arrays), ...Object.keys(words)];
  const columns = new Map(Object.entries(arrays).map(([column, values]) => [column, toFloat64(values)]));
  for (const [column, cells] of Object.entries(words)) {
    if (column === "split") columns.set(column, splitColumn(cells, path));
    else
      throw fault(
        path,
        `column "${column}" must hold numbers, got "${cells[0]}" in its first row`,
        "number its values",
      );
  }
  const columnOf = (column: string): Float64Array => {
    const values = columns.get(column);
    if (values === undefined) throw fault(path, `a column ${column} is needed, found ${names.join(", ")}`, "add it");
    return values;
  };
  const trialColumn = columnOf("trial");
  const { order, trialCount, stepCount, dt } = grid(trialColumn, columnOf("time"), path);

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
        `${column} must be constant within a trial, got ${first} and ${values[order[i]]} in trial ${trialColumn[order[i]]}`,
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
  };
}

/** Rows in order of trial, then time, after the checks that make them a grid. */
function grid(
  trial: Float64Array,
  time: Float64Array,
  path: string,
): {
  readonly order: Uint32Array;
  readonly trialCount: number;
  readonly stepCount: number;
  readonly dt: number | undefined;
} {
  for (const [column, values] of Object.entries({ trial, time })) {
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw fault(path, `${column} must be finite, got ${values[wrong]} in row ${wrong + 1}`, "fill it in");
  }
  if (trial.length === 0) throw fault(path, "at least one row is needed below the names, found none", "add trials");
  const order = Uint32Array.from(trial.keys()).sort((a, b) => trial[a] - trial[b] || time[a] - time[b]);
  const firstTrial = trial[order[0]];
  const stepOther = order.findIndex((row) => trial[row] !== firstTrial);
  const stepCount = stepOther < 0 ? order.length : stepOther;
  const dt = stepCount > 1 ? (time[order[stepCount - 1]] - time[order[0]]) / (stepCount - 1) : undefined;

  for (let start = 0; start < order.length; start += stepCount) {
    const id = trial[order[start]];
    let end = start;
    while (end < order.length && trial[order[end]] === id) end++;
    if (end - start !== stepCount) {
      const rule = `every trial must have ${stepCount} steps as trial ${firstTrial} has, got ${end - start} in trial ${id}`;
      throw fault(path, rule, "pad the short trials and leave the padding out with a mask column");
    }
    for (let step = 0; step < stepCount; step++) {
      const expected = time[order[0]] + step * (dt ?? 0);
      const found = time[order[start + step]];
      if (Math.abs(found - expected) <= timeTolerance * (dt ?? 1) && dt !== 0) continue;
      const rule = `times must be equally spaced and the same for every trial, expected ${expected} ms at step ${step}, got ${found} in trial ${id}`;
      throw fault(path, rule, "resample the trials to one grid");
    }
  }
  return { order, trialCount: order.length / stepCount, stepCount, dt };
}

function splitColumn(cells: readonly string[], path: string): Float64Array {
  return Float64Array.from(cells, (cell, row) => {
    const code = splitCodes[cell.trim()];
    if (code !== undefined) return code;
    throw fault(path, `split is train, validation or test, got "${cell}" in row ${row + 1}`, "mend it");
  });
}

function channelNamed(name: string): Channel {
  return { name, meaning: `column ${name} of the file` };
}

function fault(path: string, rule: string, remedy: string): FormatError {
  return new FormatError({ file: path, offset: -1, rule, remedy });
}
