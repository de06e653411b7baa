/** What a file format is: bytes in, named arrays out, and back where a format can be written. */
import { ParameterError } from "../core/errors.ts";
import type { Tensor } from "../core/tensor.ts";

/** Content of a data file of any format. */
export interface ArrayFile {
  /** Numeric arrays by name, in file order. */
  readonly arrays: Readonly<Record<string, Tensor>>;
  /** Columns of words by name (labels, splits); empty for purely numeric formats. */
  readonly words: Readonly<Record<string, readonly string[]>>;
  /** Free text that travels with the file, such as the `__metadata__` of safetensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Where each row of a table stands in its text, as line numbers from 1; absent in files that are not read by lines. */
  readonly lines?: readonly number[];
}

/** A member of the format registry. */
export interface Format {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** How the names of such files end, lower case; the first is the usual one. */
  readonly extensions: readonly string[];
  /**
   * @param file what the bytes are called in messages
   * @throws FormatError for anything that is not a complete, consistent file; no other error
   */
  decode(bytes: Uint8Array, file: string): ArrayFile;
  /** Absent for formats that are only read. */
  encode?(content: ArrayFile): Uint8Array;
}

/** What of an `ArrayFile` a format has no place for. @throws ParameterError when there is any: nothing is lost in silence. */
export function checkNothingLost(format: string, content: ArrayFile, parts: readonly ("words" | "metadata")[]): void {
  for (const part of parts) {
    const [name] = Object.keys(content[part]);
    if (name === undefined) continue;
    throw new ParameterError({
      place: format,
      rule: `the format has no place for ${part}, got ${part} "${name}"`,
      remedy: part === "words" ? "write .csv" : "write .safetensors",
    });
  }
}
