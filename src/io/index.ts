/** File formats: bytes to arrays and back, without touching a file. */
export { decodeArff } from "./arff.ts";
export type { ArrayFile, Format } from "./contract.ts";
export { type CsvColumn, decodeCsv, encodeCsv } from "./csv.ts";
export { decodeFile, formatOf, formats } from "./formats.ts";
export { decodeGzip, isGzip } from "./gzip.ts";
export { decodeIdx } from "./idx.ts";
export { decodeNpy, encodeNpy } from "./npy.ts";
export { decodeNpz, encodeNpz } from "./npz.ts";
export { decodeParquet, encodeParquet } from "./parquet.ts";
export {
  type ColumnDefinition,
  type ColumnType,
  csvColumns,
  inferredColumns,
  type ResultColumn,
  type ResultTable,
  resultTable,
} from "./result-table.ts";
export { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "./safetensors.ts";
export { encodeTensorboard, type TensorboardEvent } from "./tensorboard.ts";
export { decodeTs } from "./ts.ts";
export { decodeUcrTsv } from "./ucr-tsv.ts";
export { encodeZip, type ZipMember, zipMembers } from "./zip.ts";
