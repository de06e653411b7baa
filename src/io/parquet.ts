/** Parquet as Python, R and DuckDB read it: one row group, Snappy compression, statistics per column. */

import { type BasicType, parquetWriteBuffer } from "hyparquet-writer";
import type { ColumnType, ResultTable } from "./result-table.ts";

const parquetTypes = {
  string: "STRING",
  double: "DOUBLE",
  int32: "INT32",
  boolean: "BOOLEAN",
} as const satisfies Record<ColumnType, BasicType>;

/**
 * The bytes of a Parquet file.
 *
 * @param metadata free text that travels in the file's footer, such as the command that made it
 */
export function encodeParquet(table: ResultTable, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const buffer = parquetWriteBuffer({
    columnData: table.columns.map(({ name, type, nullable, values }) => ({
      name,
      type: parquetTypes[type],
      nullable: nullable ?? false,
      data: [...values],
    })),
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: "noisy-rnn",
  });
  return new Uint8Array(buffer);
}
