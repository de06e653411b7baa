import { registry } from "../../core/registry.ts";
import type { TableFormat } from "./contract.ts";
import { csvTable } from "./csv.ts";
import { jsonTable } from "./json.ts";
import { latexTable } from "./latex.ts";
import { markdownTable } from "./markdown.ts";
import { parquetTable } from "./parquet.ts";

export const tableFormats = registry<TableFormat>("table format", [
  csvTable,
  jsonTable,
  markdownTable,
  latexTable,
  parquetTable,
]);
