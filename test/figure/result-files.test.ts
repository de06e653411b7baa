import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import type { PreferenceRow } from "../../src/figure/contract.ts";
import { decodeCsv, encodeCsv } from "../../src/io/csv.ts";
import { encodeParquet } from "../../src/io/parquet.ts";
import { type ColumnDefinition, csvColumns, inferredColumns, resultTable } from "../../src/io/result-table.ts";
import { preferenceRows } from "./sweeps.ts";

const columns = [
  { name: "task", type: "string" },
  { name: "cell", type: "string" },
  { name: "site", type: "string" },
  { name: "activation", type: "string" },
  { name: "trainIntensity", type: "double" },
  { name: "seed", type: "int32" },
  { name: "testIntensity", type: "double" },
  { name: "loss", type: "double", nullable: true },
  { name: "accuracy", type: "double", nullable: true },
] as const satisfies readonly ColumnDefinition[];

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

describe("Parquet", () => {
  test("1260 rows read back equal to the last bit, nulls as nulls", async () => {
    const rows = preferenceRows();
    expect(rows).toHaveLength(1260);
    const file = buffer(encodeParquet(resultTable(rows, columns)));
    expect(await parquetReadObjects({ file })).toEqual(rows);
  });

  test("columns have the types string, double and int32, and only loss and accuracy are nullable", () => {
    const file = buffer(encodeParquet(resultTable(preferenceRows({ seeds: 1 }), columns)));
    const schema = parquetMetadata(file).schema.slice(1);
    expect(
      schema.map(({ name, type, converted_type, repetition_type }) => [name, converted_type ?? type, repetition_type]),
    ).toEqual(
      columns.map((column) => [
        column.name,
        { string: "UTF8", double: "DOUBLE", int32: "INT32" }[column.type],
        "nullable" in column ? "OPTIONAL" : "REQUIRED",
      ]),
    );
  });

  test("numbers that are not finite, extremes and words beyond ASCII read back", async () => {
    const rows = [
      { word: 'µ, "σ"\n', number: Number.NaN, whole: -(2 ** 31), flag: true },
      { word: "", number: Number.NEGATIVE_INFINITY, whole: 2 ** 31 - 1, flag: false },
      { word: "é", number: -0, whole: 0, flag: true },
      { word: "z", number: 5e-324, whole: 1, flag: false },
    ];
    const table = resultTable(rows, [
      { name: "word", type: "string" },
      { name: "number", type: "double" },
      { name: "whole", type: "int32" },
      { name: "flag", type: "boolean" },
    ]);
    const read = await parquetReadObjects({ file: buffer(encodeParquet(table)) });
    expect(read).toEqual(rows);
    expect(Object.is(read[2].number, -0)).toBe(true);
  });

  test("a table without rows keeps its columns", async () => {
    const file = buffer(encodeParquet(resultTable<PreferenceRow>([], columns)));
    expect(await parquetReadObjects({ file })).toEqual([]);
    expect(parquetMetadata(file).schema).toHaveLength(columns.length + 1);
  });

  test("a column of nulls only reads back as nulls", async () => {
    const rows = preferenceRows({ tasks: ["function-approximation"], seeds: 1 });
    const read = await parquetReadObjects({
      file: buffer(encodeParquet(resultTable(rows, columns))),
      columns: ["accuracy"],
    });
    expect(new Set(read.map((row) => row.accuracy))).toEqual(new Set([null]));
  });

  test("metadata travel in the footer", () => {
    const file = buffer(
      encodeParquet(resultTable([{ a: 1 }], [{ name: "a", type: "double" }]), { command: "noisy-rnn é" }),
    );
    const metadata = parquetMetadata(file);
    expect(metadata.key_value_metadata).toEqual([{ key: "command", value: "noisy-rnn é" }]);
    expect(metadata.created_by).toBe("noisy-rnn");
  });
});

describe("result tables", () => {
  test("CSV from the same table reads back equal, with NaN for a missing number", () => {
    const rows = preferenceRows({ seeds: 2 });
    const read = decodeCsv(encodeCsv(csvColumns(resultTable(rows, columns))), "results.csv");
    expect(Object.keys(read)).toEqual(columns.map((column) => column.name));
    expect([...read.loss]).toEqual(rows.map((row) => row.loss));
    expect([...read.site]).toEqual(rows.map((row) => row.site));
    expect([...read.accuracy]).toEqual(rows.map((row) => row.accuracy ?? Number.NaN));
  });

  test("a missing number is NaN in CSV also where a column holds nothing but missing ones", () => {
    const rows: Readonly<Record<string, string | number | null>>[] = [
      { a: null, b: 1, c: null, d: "x" },
      { a: null, b: null, c: null, d: null },
    ];
    const text = new TextDecoder().decode(encodeCsv(csvColumns(resultTable(rows, inferredColumns(rows)))));
    expect(text).toBe('a,b,c,d\nNaN,1,NaN,x\nNaN,NaN,NaN,""\n');
  });

  test("keys that no column names are left out, and columns keep their own order", () => {
    const table = resultTable(
      [{ a: 1, b: "x", c: true }],
      [
        { name: "c", type: "boolean" },
        { name: "a", type: "int32" },
      ],
    );
    expect(table.columns.map(({ name, values }) => [name, values])).toEqual([
      ["c", [true]],
      ["a", [1]],
    ]);
    expect(table.rowCount).toBe(1);
  });

  test.each([
    [{ type: "int32" }, 1.5],
    [{ type: "int32" }, 2 ** 31],
    [{ type: "int32" }, Number.NaN],
    [{ type: "double" }, "1"],
    [{ type: "string" }, 1],
    [{ type: "boolean" }, 0],
    [{ type: "double" }, null],
    [{ type: "double" }, undefined],
    [{ type: "string", nullable: true }, {}],
  ] as const)("%o refuses %o, and says column and row", (definition, value) => {
    const attempt = () => resultTable([{ x: value }], [{ name: "x", ...definition }]);
    expect(attempt).toThrow(ParameterError);
    expect(attempt).toThrow(`column "x", row 0: values are of type ${definition.type}, got `);
  });

  test("inferred columns take type from the first value, and are nullable where any row has none", () => {
    const rows = [
      { a: null, b: "x", d: null },
      { a: 1, b: "y", c: true, d: null },
    ];
    expect(inferredColumns(rows)).toEqual([
      { name: "a", type: "double", nullable: true },
      { name: "b", type: "string", nullable: false },
      { name: "d", type: "string", nullable: true },
      { name: "c", type: "boolean", nullable: true },
    ]);
    expect(() => inferredColumns([{ a: [1] }])).toThrow('column "a": values are strings, numbers, booleans or null');
  });
});
