/** DuckDB, which is loaded when somebody asks a question of results. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { CapabilityError } from "../../../core/errors.ts";
import type { ColumnDefinition, ColumnType, ResultColumn, ResultTable } from "../../../io/result-table.ts";

/** A database in memory. */
export interface Database {
  /** The table of a statement. */
  query(sql: string): Promise<ResultTable>;
  /** How many statements a text has. @throws what DuckDB complains of */
  statementCount(sql: string): Promise<number>;
  /** Visits the rows of a question part by part, for tables that are too large to be had in one. */
  visit(sql: string, see: (columns: readonly (readonly DuckDBValue[])[], rowCount: number) => void): Promise<void>;
  /** Makes a table of rows. @param name as SQL writes it */
  insert(
    name: string,
    columns: readonly ColumnDefinition[],
    rows: Iterable<Readonly<Record<string, unknown>>>,
  ): Promise<void>;
  close(): void;
}

/** @throws CapabilityError where DuckDB has no build for this machine, or was not installed */
export async function openDatabase(): Promise<Database> {
  const { DuckDBInstance } = await loaded();
  const instance = await DuckDBInstance.create(":memory:", {
    // A query reads what is here and fetches nothing.
    autoinstall_known_extensions: "false",
    temp_directory: join(tmpdir(), `noisy-rnn-duckdb-${process.pid}`),
  });
  const connection = await instance.connect();
  return {
    query: async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      const types = reader.columnTypes().map(String);
      const columns = reader.getColumns();
      const names = reader.deduplicatedColumnNames();
      return {
        rowCount: reader.currentRowCount,
        columns: names.map((name, index) => resultColumn(name, types[index], columns[index] ?? [])),
      };
    },
    statementCount: async (sql) => (await connection.extractStatements(sql)).count,
    visit: async (sql, see) => {
      const result = await connection.stream(sql);
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      )
        see(chunk.getColumns(), chunk.rowCount);
    },
    insert: (name, columns, rows) => insertRows(connection, name, columns, rows),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function loaded(): Promise<typeof import("@duckdb/node-api")> {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw new CapabilityError({
      place: "results",
      rule: `DuckDB (the package @duckdb/node-api) must load on this machine, and did not (${cause instanceof Error ? cause.message.split("\n")[0] : cause})`,
      remedy:
        "install without --omit=optional, or open the metrics.parquet of the runs with another program (docs/results.md)",
    });
  }
}

const sqlTypes = {
  string: "VARCHAR",
  double: "DOUBLE",
  int32: "INTEGER",
  boolean: "BOOLEAN",
} as const satisfies Record<ColumnType, string>;

async function insertRows(
  connection: DuckDBConnection,
  name: string,
  columns: readonly ColumnDefinition[],
  rows: Iterable<Readonly<Record<string, unknown>>>,
): Promise<void> {
  const definitions = columns.map((column) => `${identifier(column.name)} ${sqlTypes[column.type]}`);
  await connection.run(`create or replace table ${name} (${definitions.join(", ")})`);
  const [schema, table] = name.includes(".") ? name.split(".") : [null, name];
  const appender = await connection.createAppender(table, schema);
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column.name];
      if (value === null || value === undefined) appender.appendNull();
      else if (column.type === "string") appender.appendVarchar(String(value));
      else if (column.type === "boolean") appender.appendBoolean(value === true);
      else if (column.type === "int32") appender.appendInteger(Number(value));
      else appender.appendDouble(Number(value));
    }
    appender.endRow();
  }
  appender.closeSync();
}

const integers = /^U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const fractions = /^(FLOAT|DOUBLE|DECIMAL.*)$/;

function resultColumn(name: string, type: string, values: readonly DuckDBValue[]): ResultColumn {
  const column = (kind: ColumnType, convert: (value: NonNullable<DuckDBValue>) => string | number | boolean) => {
    const converted = values.map((value) => (value === null || value === undefined ? null : convert(value)));
    return { name, type: kind, nullable: converted.includes(null), values: converted };
  };
  if (type === "BOOLEAN") return column("boolean", Boolean);
  if (integers.test(type)) {
    const isSmall = values.every((value) => value === null || (Number(value) | 0) === Number(value));
    return column(isSmall ? "int32" : "double", Number);
  }
  return fractions.test(type) ? column("double", Number) : column("string", String);
}

/** A name as SQL takes it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL takes it. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of texts as SQL takes it. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}
