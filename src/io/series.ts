/** What the formats of time-series archives have in common: rows of a label and a series of equal length. */
import { type Tensor, tensor } from "../core/tensor.ts";
import type { ArrayFile } from "./contract.ts";
import { type Line, numberIn, type TextSource, textError } from "./text.ts";

/** A labelled collection of series. */
export interface LabelledSeries {
  /** float64, `[row, time, channel]`; a missing value is NaN. */
  readonly values: Tensor;
  /** One per row, as the file spells it, numbers in shortest form ("1", not "1.0"). */
  readonly labels: readonly string[];
}

/** A row while it is read: its label and one list of values per channel. */
export interface SeriesRow {
  readonly line: Line;
  readonly label: string;
  readonly channels: readonly (readonly number[])[];
}

/** @throws FormatError when there is no row, or a row differs from the first in channels or length. */
export function collectSeries(rows: Iterable<SeriesRow>, source: TextSource): LabelledSeries {
  const labels: string[] = [];
  const values: number[] = [];
  let channelCount = 0;
  let length = 0;
  for (const { line, label, channels } of rows) {
    if (labels.length === 0) {
      channelCount = channels.length;
      length = channels[0].length;
    }
    const odd = channels.findIndex((channel) => channel.length !== length);
    if (channels.length !== channelCount || odd >= 0) {
      throw textError(
        source,
        line.start,
        line.number,
        odd >= 0
          ? `expected ${length} values as in the first row, found ${channels[odd].length}`
          : `expected ${channelCount} channels as in the first row, found ${channels.length}`,
        "only series of equal length are read; pad or cut them",
      );
    }
    for (let t = 0; t < length; t++) for (const channel of channels) values.push(channel[t]);
    const number = numberIn(label);
    labels.push(number === undefined || !Number.isFinite(number) ? label : String(number));
  }
  if (labels.length === 0) {
    throw textError(source, source.text.length, 1, "expected at least one series, found none", "fetch the file again");
  }
  return { values: tensor([labels.length, length, channelCount], Float64Array.from(values)), labels };
}

/**
 * The value of one cell.
 *
 * @param start index of the cell in the text
 */
export function seriesValue(cell: string, start: number, line: Line, source: TextSource): number {
  const value = numberIn(cell);
  if (value !== undefined && cell.trim() !== "") return value;
  throw textError(
    source,
    start,
    line.number,
    `expected a number, found "${cell}"`,
    "mend the cell; ? stands for missing",
  );
}

/** Values of cells between separators of one character. */
export function seriesValues(text: string, separator: string, start: number, line: Line, source: TextSource): number[] {
  let at = start;
  return text.split(separator).map((cell) => {
    const value = seriesValue(cell, at, line, source);
    at += cell.length + 1;
    return value;
  });
}

/** `values`, and `label` as numbers when every label is one, as words otherwise. */
export function seriesFile({ values, labels }: LabelledSeries): ArrayFile {
  const numbers = labels.map(numberIn);
  const isNumeric = numbers.every((value): value is number => value !== undefined && Number.isFinite(value));
  return {
    arrays: isNumeric ? { values, label: tensor([labels.length], Float64Array.from(numbers)) } : { values },
    words: isNumeric ? {} : { label: labels },
    metadata: {},
  };
}
