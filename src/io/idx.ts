/** IDX, the format of the MNIST files: a magic number, one size per axis, then the elements, all big-endian. */
import { FormatError } from "../core/errors.ts";
import { type ElementType, elementCount, elementTypes, type Tensor, tensor } from "../core/tensor.ts";
import { decodeElements, take, viewOf } from "./bytes.ts";
import type { Format } from "./contract.ts";

const typeOfCode: Readonly<Record<number, ElementType>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/**
 * @returns the array with its own data
 * @throws FormatError for a wrong magic number, a file cut short, or bytes left over
 * Source: the description on the MNIST page (key `lecun1998`).
 */
export function decodeIdx(bytes: Uint8Array, file: string): Tensor {
  const magic = take(bytes, 0, 4, file, "the IDX magic number");
  const elementType = typeOfCode[magic[2]];
  if (magic[0] !== 0 || magic[1] !== 0 || elementType === undefined) {
    throw new FormatError({
      file,
      offset: 0,
      rule: `an IDX file begins with 00 00, a type (08 09 0b 0c 0d 0e) and the number of axes, found ${hexBytes(magic)}`,
      remedy: "if the file is compressed, give it the extension .gz; otherwise fetch it again",
    });
  }
  const axes = magic[3];
  const sizes = viewOf(take(bytes, 4, 4 * axes, file, `the sizes of ${axes} axes`));
  const shape = Array.from({ length: axes }, (_, i) => sizes.getUint32(4 * i));
  const start = 4 + 4 * axes;
  const length = elementCount(shape) * elementTypes[elementType].BYTES_PER_ELEMENT;
  const body = take(bytes, start, length, file, `${elementType} [${shape.join(", ")}]`);
  if (start + length !== bytes.length) {
    throw new FormatError({
      file,
      offset: start + length,
      rule: `the file must end after ${start + length} bytes, found ${bytes.length}`,
      remedy: "fetch it again",
    });
  }
  return tensor(shape, decodeElements(body, elementType, false, file, start), elementType);
}

function hexBytes(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

export const idx: Format = {
  name: "idx",
  summary: "The format of the MNIST files: one array of integers or floats, big-endian.",
  extensions: ["-ubyte", ".idx"],
  decode: (bytes, file) => ({ arrays: { array: decodeIdx(bytes, file) }, words: {}, metadata: {} }),
};
