/** The registry of file formats: one line per member. */
import { ParameterError } from "../core/errors.ts";
import { registry } from "../core/registry.ts";
import { arff } from "./arff.ts";
import type { ArrayFile, Format } from "./contract.ts";
import { csv, decodeSeparated } from "./csv.ts";
import { decodeGzip } from "./gzip.ts";
import { idx } from "./idx.ts";
import { npy } from "./npy.ts";
import { npz } from "./npz.ts";
import { safetensors } from "./safetensors.ts";
import { ts } from "./ts.ts";
import { ucrTsv } from "./ucr-tsv.ts";

export const formats = registry<Format>("format", [arff, csv, idx, npy, npz, safetensors, ts, ucrTsv]);

/**
 * The format that a file's name ends in; a final `.gz` is passed over.
 *
 * @throws ParameterError when no format has that extension
 */
export function formatOf(file: string): Format {
  const name = file.toLowerCase().replace(/\.gz$/, "");
  const found = formats.members.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  if (found !== undefined) return found;
  throw new ParameterError({
    place: "format",
    rule: `the name of a data file ends in one of ${formats.members.flatMap((f) => f.extensions).join(" ")}, got "${file}"`,
    remedy: "rename or convert it",
  });
}

/**
 * The content of a data file, by the format its name ends in; `.gz` is uncompressed first.
 *
 * @throws FormatError when the content is not what the name promises
 * @throws ParameterError for an unknown extension
 */
export function decodeFile(bytes: Uint8Array, file: string): ArrayFile {
  const format = formatOf(file);
  return format.decode(uncompressed(bytes, file), file);
}

/**
 * The content of a file of columns with names, by its ending: as `decodeFile`, but for `.tsv`, which is a header row and
 * rows of cells between tabs here.
 *
 * @throws FormatError, ParameterError as `decodeFile` does
 */
export function decodeColumns(bytes: Uint8Array, file: string): ArrayFile {
  if (!/\.tsv(\.gz)?$/i.test(file)) return decodeFile(bytes, file);
  return decodeSeparated(uncompressed(bytes, file), file, "\t");
}

function uncompressed(bytes: Uint8Array, file: string): Uint8Array {
  return /\.gz$/i.test(file) ? decodeGzip(bytes, file) : bytes;
}
