import { encodeUtf8 } from "../text.ts";
import type { TableFormat } from "./contract.ts";

/** Tables as GitHub's Markdown has them; what would be markup in a cell is escaped. */
export const markdownTable: TableFormat = {
  name: "markdown",
  summary: "A table of GitHub's Markdown with its caption and notes.",
  extension: ".md",
  isText: true,
  encode: ({ text: { columns, rows, caption, notes } }) => {
    const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
    return encodeUtf8(
      `${[
        ...(caption === null ? [] : [escaped(caption), ""]),
        line(columns.map(({ title }) => escaped(title))),
        line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
        ...rows.map((row) => line(row.map(escaped))),
        ...(notes.length === 0 ? [] : ["", ...notes.map(escaped)]),
      ].join("\n")}\n`,
    );
  },
};

function escaped(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, "\\$&").replace(/\s+/g, " ");
}
