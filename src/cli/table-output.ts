/** Tables on their way out: in a format, to standard output or into a file. */
import { InvalidArgumentError } from "commander";
import { ParameterError } from "../core/errors.ts";
import type { TableDocument } from "../io/table-formats/contract.ts";
import { tableFormats } from "../io/table-formats/registry.ts";
import { writeFileAtomic } from "../platform/node/files.ts";
import { print, remark, textTable } from "./output.ts";

/** Of the terminal, besides the formats of files. */
const plain = "table";
const plainExtension = ".txt";

export interface TableFlags {
  readonly format?: string;
  readonly out?: string;
  readonly json?: true;
}

export const formatHelp = `${[plain, ...tableFormats.names].join(", ")} (default: that of --out's ending, else ${plain})`;

export function formatName(text: string): string {
  if (text === plain || tableFormats.has(text)) return text;
  const known = [plain, ...tableFormats.names].join(", ");
  throw new InvalidArgumentError(`It must be one of ${known}, got "${text}".`);
}

/** Writes a table. @throws ParameterError for a format that does not go where it shall */
export async function putTable(table: TableDocument, flags: TableFlags): Promise<void> {
  const { out } = flags;
  const name = chosenFormat(flags);
  if (name === plain) {
    const text = plainTable(table);
    if (out === undefined) print(text);
    else await writeFileAtomic(out, `${text}\n`);
  } else {
    const format = tableFormats.get(name);
    if (out === undefined && !format.isText) {
      throw new ParameterError({
        place: "--format",
        rule: `${name} is no text, got it without --out`,
        remedy: `add --out table${format.extension}`,
      });
    }
    const bytes = format.encode(table);
    if (out === undefined) process.stdout.write(bytes);
    else await writeFileAtomic(out, bytes);
  }
  if (out !== undefined) remark(`${out}: ${table.data.rowCount} ${table.data.rowCount === 1 ? "row" : "rows"}.`);
}

/** The format that is wanted. @throws ParameterError for options that contradict each other, or an ending that is no format's */
export function chosenFormat({ format, out, json }: TableFlags): string {
  if (json === true && format !== undefined && format !== "json") {
    throw new ParameterError({
      place: "--json",
      rule: `is --format json, got it with --format ${format}`,
      remedy: "leave one out",
    });
  }
  if (json === true) return "json";
  if (format !== undefined) return format;
  const name = out?.toLowerCase() ?? plainExtension;
  if (name.endsWith(plainExtension)) return plain;
  const found = tableFormats.members.find(({ extension }) => name.endsWith(extension));
  if (found !== undefined) return found.name;
  const endings = [plainExtension, ...tableFormats.members.map(({ extension }) => extension)];
  throw new ParameterError({
    place: "--out",
    rule: `must end in one of ${endings.join(", ")}, got ${out}`,
    remedy: "give it such an ending, or name a format with --format",
  });
}

function plainTable({ text: { columns, rows, caption, notes } }: TableDocument): string {
  return [
    ...(caption === null ? [] : [caption, ""]),
    textTable(columns, rows),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ].join("\n");
}
