import { encodeParquet } from "../parquet.ts";
import type { TableFormat } from "./contract.ts";

export const parquetTable: TableFormat = {
  name: "parquet",
  summary: "Every column with its type, for pandas, polars, R and DuckDB.",
  extension: ".parquet",
  isText: false,
  encode: ({ data, text }) => encodeParquet(data, text.notes.length === 0 ? {} : { notes: text.notes.join(" ") }),
};
