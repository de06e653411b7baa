/** The .ts form of time-series archives: `#` comments, `@` header, then `v,v,...:v,v,...:label` a line. */
import type { Format } from "./contract.ts";
import { collectSeries, type LabelledSeries, type SeriesRow, seriesFile, seriesValues } from "./series.ts";
import { type Line, linesOf, type TextSource, textError, textSource } from "./text.ts";

/**
 * Labels and series of a .ts file; `?` and NaN are missing values, channels lie between colons.
 *
 * @throws FormatError with line and byte; also for time stamps, regression targets and labels the header does not list
 * Source: the format page of the aeon toolkit.
 */
export function decodeTs(bytes: Uint8Array, file: string): LabelledSeries {
  const source = textSource(bytes, file);
  const lines = meaningfulLines(source);
  const classes = readHeader(lines, source);
  return collectSeries(rowsOf(lines, classes, source), source);
}

function* meaningfulLines(source: TextSource): Generator<Line> {
  for (const line of linesOf(source)) {
    const text = line.text.trimStart();
    if (text !== "" && !text.startsWith("#")) yield line;
  }
}

/** Reads up to `@data`; returns the class labels that the header lists. */
function readHeader(lines: Iterator<Line>, source: TextSource): ReadonlySet<string> {
  let classes: ReadonlySet<string> | undefined;
  let last: Line | undefined;
  for (let next = lines.next(); !next.done; next = lines.next()) {
    const line = next.value;
    last = line;
    const fault = (rule: string, remedy: string) => textError(source, line.start, line.number, rule, remedy);
    if (!line.text.trimStart().startsWith("@")) {
      throw fault(
        `expected a header line that begins with @, found "${line.text.slice(0, 20)}"`,
        "add @data before the series",
      );
    }
    const [key, ...values] = line.text.trim().toLowerCase().split(/\s+/);
    const words = line.text.trim().split(/\s+/).slice(1);
    if (key === "@data") {
      if (classes !== undefined) return classes;
      throw fault("expected @classLabel before @data, found none", "only labelled series are read");
    }
    if (key === "@timestamps" && values[0] === "true") {
      throw fault("series with time stamps are not read", "store the values alone");
    }
    if (key === "@targetlabel" && values[0] === "true") {
      throw fault("regression targets are not read", "use .npz with input and target");
    }
    if (key === "@classlabel") {
      if (values[0] !== "true" || words.length < 2) {
        throw fault(`expected "@classLabel true" and the labels, found "${line.text.slice(0, 40)}"`, "list the labels");
      }
      classes = new Set(words.slice(1));
    }
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

function* rowsOf(lines: Iterable<Line>, classes: ReadonlySet<string>, source: TextSource): Generator<SeriesRow> {
  for (const line of lines) {
    const parts = line.text.split(":");
    const label = parts.pop()!.trim();
    if (parts.length === 0 || !classes.has(label)) {
      const rule = `expected a label of @classLabel (${[...classes].join(" ")}) after the last colon, found "${label.slice(0, 20)}"`;
      throw textError(source, line.start + line.text.lastIndexOf(":") + 1, line.number, rule, "fetch the file again");
    }
    let start = line.start;
    const channels = parts.map((part) => {
      const values = seriesValues(part, ",", start, line, source);
      start += part.length + 1;
      return values;
    });
    yield { line, label, channels };
  }
}

export const ts: Format = {
  name: "ts",
  summary: "Labelled time series with a header, several channels allowed.",
  extensions: [".ts"],
  decode: (bytes, file) => seriesFile(decodeTs(bytes, file)),
};
