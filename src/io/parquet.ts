/** Parquet as Python, R and DuckDB read it: one row group, Snappy compression, statistics per column. */

import { parquetReadObjects } from "hyparquet";
import { type BasicType, parquetWriteBuffer } from "hyparquet-writer";
import { FormatError } from "../core/errors.ts";
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

/**
 * The rows of a Parquet file with Snappy compression or none, values as they are stored.
 *
 * @throws FormatError when the bytes are not a whole Parquet file
 */
export async function decodeParquet(bytes: Uint8Array, file: string): Promise<Readonly<Record<string, unknown>>[]> {
  try {
    return await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
  } catch (error) {
    throw new FormatError({
      file,
      offset: -1,
      rule: `must be a whole Parquet file (${error instanceof Error ? error.message : String(error)})`,
      remedy: "write it again",
    });
  }
}
