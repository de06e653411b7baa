import { encodeUtf8 } from "../text.ts";
import type { TableFormat } from "./contract.ts";

export const jsonTable: TableFormat = {
  name: "json",
  summary: "One object {rows, notes}: every column, numbers in full; what JSON has no number for is null.",
  extension: ".json",
  isText: true,
  encode: ({ data, text }) => {
    const rows = Array.from({ length: data.rowCount }, (_, row) =>
      Object.fromEntries(data.columns.map(({ name, values }) => [name, values[row]])),
    );
    return encodeUtf8(`${JSON.stringify({ rows, notes: text.notes })}\n`);
  },
};
