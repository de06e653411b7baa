/** The plain form of the UCR archive: one series a line, its label first, then its values, between tabs or spaces. */
import type { Format } from "./contract.ts";
import { collectSeries, type LabelledSeries, type SeriesRow, seriesFile, seriesValue } from "./series.ts";
import { linesOf, type TextSource, textError, textSource } from "./text.ts";

/**
 * Labels and series of a UCR file; NaN is a missing value.
 *
 * @throws FormatError with line and byte for a cell that is no number or a row of another length
 * Source: the UCR archive, key `dau2018`.
 */
export function decodeUcrTsv(bytes: Uint8Array, file: string): LabelledSeries {
  const source = textSource(bytes, file);
  return collectSeries(rowsOf(source), source);
}

function* rowsOf(source: TextSource): Generator<SeriesRow> {
  for (const line of linesOf(source)) {
    const cells = [...line.text.matchAll(/[^\t ]+/g)];
    if (cells.length === 0) continue;
    if (cells.length === 1) {
      const rule = `expected a label and at least one value between tabs, found "${line.text.slice(0, 40)}"`;
      throw textError(source, line.start, line.number, rule, "separate the cells by tabs or spaces");
    }
    const values = cells.slice(1).map((cell) => seriesValue(cell[0], line.start + cell.index, line, source));
    yield { line, label: cells[0][0], channels: [values] };
  }
}

export const ucrTsv: Format = {
  name: "ucr-tsv",
  summary: "The UCR archive's plain form: label and values between tabs.",
  extensions: [".tsv", ".txt"],
  decode: (bytes, file) => seriesFile(decodeUcrTsv(bytes, file)),
};
