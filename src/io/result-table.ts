/** Rows of results as columns with types, the form that CSV and Parquet are written from. */

import { ParameterError } from "../core/errors.ts";

export type ColumnType = "string" | "double" | "int32" | "boolean";

export interface ColumnDefinition<Name extends string = string> {
  readonly name: Name;
  readonly type: ColumnType;
  /** Whether null may stand for "there is none"; default false. */
  readonly nullable?: boolean;
}

export interface ResultColumn extends ColumnDefinition {
  readonly values: readonly (string | number | boolean | null)[];
}

export interface ResultTable {
  readonly rowCount: number;
  /** Equally long, in the order in which they are written. */
  readonly columns: readonly ResultColumn[];
}

/**
 * The given columns of the rows.
 *
 * @param columns names with their types; keys of the rows that are not named here are left out
 * @throws ParameterError for a value that is not of its column's type, with column and row
 */
export function resultTable<Row extends object>(
  rows: readonly Row[],
  columns: readonly ColumnDefinition<keyof Row & string>[],
): ResultTable {
  return {
    rowCount: rows.length,
    columns: columns.map((column) => ({
      ...column,
      values: rows.map((row, index) => checkedValue(row[column.name], column, index)),
    })),
  };
}

/**
 * Columns for rows whose keys are known at run time only: every key of any row, in order of appearance. A column of numbers
 * is double; one with a null, or that a row lacks, is nullable; one of nulls only is a nullable string.
 *
 * @param order columns that come before all others, in this order, as far as a row has them
 * @throws ParameterError for a value that is no string, number, boolean or null
 */
export function inferredColumns(
  rows: readonly Readonly<Record<string, unknown>>[],
  order: readonly string[] = [],
): ColumnDefinition[] {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  const ordered = [...new Set([...order.filter((name) => names.has(name)), ...names])];
  return ordered.map((name) => {
    const values = rows.map((row) => row[name] ?? null);
    const present = values.find((value) => value !== null);
    return { name, type: present === undefined ? "string" : typeOf(present, name), nullable: values.includes(null) };
  });
}

/**
 * The columns as a CSV encoder takes them: a missing number is NaN, a missing word is empty, booleans are words; a column
 * that has nothing anywhere is NaN.
 */
export function csvColumns(table: ResultTable): Record<string, readonly number[] | readonly string[]> {
  return Object.fromEntries(
    table.columns.map(({ name, type, values }) => [
      name,
      type === "double" || type === "int32" || values.every((value) => value === null)
        ? values.map((value) => (value === null ? Number.NaN : Number(value)))
        : values.map((value) => (value === null ? "" : String(value))),
    ]),
  );
}

function checkedValue(value: unknown, column: ColumnDefinition, row: number): string | number | boolean | null {
  if (value === null || value === undefined) {
    if (column.nullable === true) return null;
    throw wrongValue(column, row, value, "declare the column nullable, or give a value");
  }
  if (column.type === "string" && typeof value === "string") return value;
  if (column.type === "boolean" && typeof value === "boolean") return value;
  if (column.type === "double" && typeof value === "number") return value;
  if (column.type === "int32" && typeof value === "number" && (value | 0) === value) return value;
  throw wrongValue(column, row, value, "change the value or the column's type");
}

function wrongValue(column: ColumnDefinition, row: number, value: unknown, remedy: string): ParameterError {
  return new ParameterError({
    place: `column "${column.name}", row ${row}`,
    rule: `values are of type ${column.type}, got ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
    remedy,
  });
}

function typeOf(value: unknown, name: string): ColumnType {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return "double";
  throw new ParameterError({
    place: `column "${name}"`,
    rule: `values are strings, numbers, booleans or null, got ${typeof value}`,
    remedy: "leave the key out of the rows",
  });
}
