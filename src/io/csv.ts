/** CSV as RFC 4180 has it: a header row, commas, quotes doubled inside quotes; line ends LF or CRLF. Tabs are read too. */
import { type FormatError, ParameterError, ShapeError } from "../core/errors.ts";
import { tensor, toFloat64 } from "../core/tensor.ts";
import { type ArrayFile, checkNothingLost, type Format } from "./contract.ts";
import { encodeUtf8, numberIn, type TextSource, textError, textSource } from "./text.ts";

/** A column holds numbers when its first cell that is not missing is one, otherwise words. */
export type CsvColumn = Float64Array | readonly string[];

interface Cell {
  readonly text: string;
  /** Index in the text and line number where it begins. */
  readonly start: number;
  readonly line: number;
}

/**
 * The columns of a CSV file by name, in file order. Missing numbers (empty, `?`, `NA`, `NaN`) are NaN; blank lines are
 * passed over.
 *
 * @throws FormatError for a missing or repeated column name, a row of another length, a quote that is not closed, and
 *   a cell of a numeric column that is no number
 */
export function decodeCsv(bytes: Uint8Array, file: string): Record<string, CsvColumn> {
  return decodeTable(bytes, file, ",").columns;
}

type Separator = "," | "\t";

/**
 * A table with a header row whose cells are separated by commas or tabs; as `decodeCsv` otherwise.
 *
 * @throws FormatError as `decodeCsv` does
 */
export function decodeSeparated(bytes: Uint8Array, file: string, separator: Separator): ArrayFile {
  const table = decodeTable(bytes, file, separator);
  const columns = Object.entries(table.columns);
  const numeric = columns.filter((entry): entry is [string, Float64Array] => entry[1] instanceof Float64Array);
  const words = columns.filter((entry): entry is [string, readonly string[]] => !(entry[1] instanceof Float64Array));
  return {
    arrays: Object.fromEntries(numeric.map(([name, values]) => [name, tensor([values.length], values)])),
    words: Object.fromEntries(words),
    metadata: {},
    lines: table.lines,
  };
}

/** The columns, and the line that each row begins on. */
function decodeTable(
  bytes: Uint8Array,
  file: string,
  separator: Separator,
): { readonly columns: Record<string, CsvColumn>; readonly lines: readonly number[] } {
  const source = textSource(bytes, file);
  const rows = rowsOf(source, separator);
  const header = rows.next().value;
  if (header === undefined) {
    throw textError(
      source,
      0,
      1,
      "expected a header row of column names, found an empty file",
      "write the names first",
    );
  }
  const names = header.map(({ text }) => text.trim());
  const other = header.length === 1 && source.text[header[0].start] !== '"' ? /[,;\t]/.exec(names[0])?.[0] : undefined;
  if (other !== undefined) {
    const rule = `expected column names separated by ${separatorNames[separator]}, found one separated by ${separatorNames[other]}`;
    throw textError(
      source,
      0,
      1,
      rule,
      `save it with ${separatorNames[separator]} between the cells and points in the numbers`,
    );
  }
  for (const [i, name] of names.entries()) {
    const at = header[i];
    if (name === "" || numberIn(name) !== undefined) {
      const rule = `expected a column name, found "${name}"`;
      throw textError(source, at.start, at.line, rule, "begin the file with a row of column names");
    }
    if (names.indexOf(name) !== i) {
      throw textError(source, at.start, at.line, `column "${name}" appears twice`, "give each column its own name");
    }
  }
  const columns: Cell[][] = names.map(() => []);
  const lines: number[] = [];
  for (const row of rows) {
    if (row.length !== names.length) {
      const rule = `expected ${names.length} cells as in the header, found ${row.length}`;
      const remedy = `mend the row; a ${separator === "," ? "comma" : "tab"} inside a cell needs quotes`;
      throw textError(source, row[0].start, row[0].line, rule, remedy);
    }
    for (const [i, cell] of row.entries()) columns[i].push(cell);
    lines.push(row[0].line);
  }
  return { columns: Object.fromEntries(names.map((name, i) => [name, columnOf(columns[i], name, source)])), lines };
}

const separatorNames: Readonly<Record<string, string>> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

function columnOf(cells: readonly Cell[], name: string, source: TextSource): CsvColumn {
  const numbers = new Float64Array(cells.length);
  let isNumeric = false;
  for (const [i, cell] of cells.entries()) {
    const value = numberIn(cell.text);
    if (value === undefined) {
      if (!isNumeric) return cells.map(({ text }) => text);
      const rule = `column "${name}" holds numbers above, found "${cell.text}"`;
      throw textError(source, cell.start, cell.line, rule, "mend the cell; leave it empty when the value is missing");
    }
    isNumeric ||= !Number.isNaN(value);
    numbers[i] = value;
  }
  return numbers;
}

function* rowsOf(source: TextSource, separator: Separator): Generator<Cell[], undefined> {
  const { text } = source;
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const row: Cell[] = [];
    for (;;) {
      const cell = cellAt(source, at, line, separator);
      row.push(cell.cell);
      line += cell.newlines;
      at = cell.end;
      if (text[at] !== separator) break;
      at++;
    }
    const isBlank = row.length === 1 && row[0].start === at;
    if (text.startsWith("\r\n", at)) at += 2;
    else at++;
    line++;
    if (!isBlank) yield row;
  }
  return undefined;
}

/** The cell that begins at `start`; `end` is the index of the separator, the line end or the end of the text after it. */
function cellAt(
  source: TextSource,
  start: number,
  line: number,
  separator: Separator,
): { cell: Cell; end: number; newlines: number } {
  const { text } = source;
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== separator && text[end] !== "\n" && !text.startsWith("\r\n", end)) end++;
    return { cell: { text: text.slice(start, end), start, line }, end, newlines: 0 };
  }
  let content = "";
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw quoteError(source, start, line, "the quote that opens here is never closed");
    content += text.slice(from, quote);
    from = quote + 1;
    if (text[from] !== '"') break;
    content += '"';
    from++;
  }
  if (from < text.length && text[from] !== separator && text[from] !== "\n" && !text.startsWith("\r\n", from)) {
    throw quoteError(
      source,
      start,
      line,
      `expected a ${separator === "," ? "comma" : "tab"} or a line end after the closing quote, found "${text[from]}"`,
    );
  }
  const newlines = content.split("\n").length - 1;
  return { cell: { text: content, start, line }, end: from, newlines };
}

function quoteError(source: TextSource, index: number, line: number, rule: string): FormatError {
  return textError(source, index, line, rule, 'write a quote inside a quoted cell twice ("")');
}

/**
 * A CSV file with LF line ends; numbers are written so that they read back to the same bits (NaN, inf, -inf by name).
 *
 * @param columns equally long
 * @throws ShapeError for columns of different length. @throws ParameterError for an empty or numeric column name.
 */
export function encodeCsv(columns: Readonly<Record<string, ArrayLike<number> | ArrayLike<string>>>): Uint8Array {
  const names = Object.keys(columns);
  for (const name of names) {
    if (name.trim() !== name || numberIn(name) !== undefined) {
      throw new ParameterError({
        place: "csv",
        rule: `a column name is a word without spaces around it, got "${name}"`,
        remedy: "rename the column",
      });
    }
  }
  const rowCount = names.length === 0 ? 0 : columns[names[0]].length;
  const odd = names.find((name) => columns[name].length !== rowCount);
  if (odd !== undefined) {
    throw new ShapeError({
      place: "csv",
      rule: `columns are equally long, got ${names[0]} with ${rowCount} and ${odd} with ${columns[odd].length} rows`,
      remedy: "pad or cut them",
    });
  }
  const lines = [names.map(quoted).join(",")];
  for (let row = 0; row < rowCount; row++) {
    lines.push(names.map((name) => cellText(columns[name][row])).join(","));
  }
  return encodeUtf8(names.length === 0 ? "" : `${lines.join("\n")}\n`);
}

function cellText(value: number | string): string {
  if (typeof value === "string") return quoted(value);
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

function quoted(text: string): string {
  return text === "" || /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csv: Format = {
  name: "csv",
  summary: "A table with a header row; columns of numbers and columns of words.",
  extensions: [".csv"],
  decode: (bytes, file) => decodeSeparated(bytes, file, ","),
  encode: (content) => {
    checkNothingLost("csv", content, ["metadata"]);
    const { arrays, words } = content;
    const odd = Object.entries(arrays).find(([, { shape }]) => shape.length !== 1);
    if (odd !== undefined) {
      throw new ShapeError({
        place: "csv",
        rule: `a column has one axis, got ${odd[0]} with shape [${odd[1].shape.join(", ")}]`,
        remedy: "write one column per channel, or use .npz",
      });
    }
    return encodeCsv({
      ...Object.fromEntries(Object.entries(arrays).map(([name, a]) => [name, toFloat64(a)])),
      ...words,
    });
  },
};
