import { encodeCsv } from "../csv.ts";
import { csvColumns } from "../result-table.ts";
import type { TableFormat } from "./contract.ts";

export const csvTable: TableFormat = {
  name: "csv",
  summary: "Every column, numbers in full; a missing number is NaN, a missing word empty.",
  extension: ".csv",
  isText: true,
  encode: ({ data }) => encodeCsv(csvColumns(data)),
};
