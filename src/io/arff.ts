/** ARFF: `%` comments, `@relation`, one `@attribute` per column, `@data`, then rows between commas. */
import type { Format } from "./contract.ts";
import { collectSeries, type LabelledSeries, type SeriesRow, seriesFile, seriesValue } from "./series.ts";
import { type Line, linesOf, type TextSource, textError, textSource } from "./text.ts";

/** Column by column: undefined for a number, the listed labels for the class. */
type Attributes = readonly (ReadonlySet<string> | undefined)[];

/**
 * Labels and series of an ARFF file: numeric attributes are the time points in their order, the one nominal attribute
 * is the class; `?` is a missing value. Keywords are read in either case.
 *
 * @throws FormatError with line and byte; also for text, date, relational and sparse data
 * Source: the ARFF page of the Weka manual.
 */
export function decodeArff(bytes: Uint8Array, file: string): LabelledSeries {
  const source = textSource(bytes, file);
  const lines = meaningfulLines(source);
  const attributes = readHeader(lines, source);
  return collectSeries(rowsOf(lines, attributes, source), source);
}

function* meaningfulLines(source: TextSource): Generator<Line> {
  for (const line of linesOf(source)) {
    const text = line.text.trimStart();
    if (text !== "" && !text.startsWith("%")) yield line;
  }
}

function readHeader(lines: Iterator<Line>, source: TextSource): Attributes {
  const attributes: (ReadonlySet<string> | undefined)[] = [];
  let last: Line | undefined;
  for (let next = lines.next(); !next.done; next = lines.next()) {
    const line = next.value;
    last = line;
    const fault = (rule: string, remedy: string) => textError(source, line.start, line.number, rule, remedy);
    const text = line.text.trim();
    if (/^@relation\b/i.test(text)) continue;
    if (/^@data$/i.test(text)) {
      const nominal = attributes.filter((attribute) => attribute !== undefined).length;
      if (nominal === 1 && attributes.length > 1) return attributes;
      throw fault(
        `expected one nominal attribute (the class) and at least one numeric, found ${nominal} and ${attributes.length - nominal}`,
        "only labelled series are read",
      );
    }
    const attribute = /^@attribute\s+(?:'[^']*'|"[^"]*"|[^\s{]+)\s*(?:\{([^}]*)\}|(numeric|real|integer))$/i.exec(text);
    if (attribute === null) {
      throw fault(
        `expected "@attribute name numeric" or "@attribute name {labels}", found "${text.slice(0, 60)}"`,
        "text, date and relational attributes are not read",
      );
    }
    attributes.push(attribute[1] === undefined ? undefined : new Set(attribute[1].split(",").map(unquoted)));
  }
  const at = last ?? { start: 0, number: 1 };
  throw textError(
    source,
    at.start,
    at.number,
    "expected @data after the header, found the end",
    "fetch the file again",
  );
}

function* rowsOf(lines: Iterable<Line>, attributes: Attributes, source: TextSource): Generator<SeriesRow> {
  for (const line of lines) {
    const cells = line.text.split(",");
    if (cells.length !== attributes.length) {
      const rule = `expected ${attributes.length} cells as there are attributes, found ${cells.length}`;
      throw textError(source, line.start, line.number, rule, "sparse rows are not read; mend the row");
    }
    const values: number[] = [];
    let label = "";
    let at = line.start;
    for (const [i, cell] of cells.entries()) {
      const labels = attributes[i];
      if (labels === undefined) values.push(seriesValue(cell, at, line, source));
      else {
        label = unquoted(cell);
        if (!labels.has(label)) {
          const rule = `expected one of {${[...labels].join(",")}}, found "${label.slice(0, 20)}"`;
          throw textError(source, at, line.number, rule, "mend the row");
        }
      }
      at += cell.length + 1;
    }
    yield { line, label, channels: [values] };
  }
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  return /^(['"]).*\1$/.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}

export const arff: Format = {
  name: "arff",
  summary: "Weka's table of attributes; numeric attributes are the time points, the nominal one the class.",
  extensions: [".arff"],
  decode: (bytes, file) => seriesFile(decodeArff(bytes, file)),
};
