/** NumPy's .npy: a magic string, a header that is a Python literal, then the elements. */
import { FormatError, ParameterError } from "../core/errors.ts";
import { type ElementType, elementCount, elementTypes, type Tensor, type TypedArray, tensor } from "../core/tensor.ts";
import { concatenate, decodeElements, encodeElements, take, viewOf } from "./bytes.ts";
import { checkNothingLost, type Format } from "./contract.ts";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

const codeOfType = {
  float32: "f4",
  float64: "f8",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  bool: "b1",
} as const satisfies Record<ElementType, string>;

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/**
 * An array from a .npy file of version 1, 2 or 3, either byte order, either memory order.
 *
 * @returns row-major, with its own data
 * @throws FormatError for anything else, object and structured arrays included
 * Source: NumPy enhancement proposal 1 (NEP 1) and `numpy.lib.format`.
 */
export function decodeNpy(bytes: Uint8Array, file: string): Tensor {
  const start = take(bytes, 0, 8, file, "the .npy magic string and version");
  if (magic.some((byte, i) => start[i] !== byte)) {
    throw npyError(file, 0, 'a .npy file begins with "\\x93NUMPY"', "save it with numpy.save");
  }
  const major = bytes[6];
  if (major < 1 || major > 3) {
    throw npyError(file, 6, `the .npy version must be 1, 2 or 3, got ${major}`, "save it with numpy.save");
  }
  const lengthBytes = major === 1 ? 2 : 4;
  const lengthView = viewOf(take(bytes, 8, lengthBytes, file, "the header length"));
  const headerLength = major === 1 ? lengthView.getUint16(0, true) : lengthView.getUint32(0, true);
  const headerStart = 8 + lengthBytes;
  const headerBytes = take(bytes, headerStart, headerLength, file, "the header");
  const { descr, fortranOrder, shape } = parseHeader(decodeUtf8(headerBytes, file, headerStart), file, headerStart);

  const dtype = /^([<>=|])([fiub]\d+)$/.exec(descr);
  const elementType = (Object.keys(codeOfType) as ElementType[]).find((type) => codeOfType[type] === dtype?.[2]);
  if (dtype === null || elementType === undefined) {
    throw npyError(
      file,
      headerStart,
      `the element type must be one of ${Object.values(codeOfType).join(" ")}, got "${descr}"`,
      "convert it with astype before saving",
    );
  }
  const bodyStart = headerStart + headerLength;
  const length = elementCount(shape) * elementTypes[elementType].BYTES_PER_ELEMENT;
  const body = take(bytes, bodyStart, length, file, `${elementType} [${shape.join(", ")}]`);
  if (bodyStart + length !== bytes.length) {
    throw npyError(
      file,
      bodyStart + length,
      `the file must end after ${bodyStart + length} bytes, found ${bytes.length}`,
      "save one array per file; several belong into an .npz",
    );
  }
  const data = decodeElements(body, elementType, dtype[1] !== ">", file, bodyStart);
  return tensor(shape, fortranOrder ? toRowMajor(data, shape) : data, elementType);
}

interface Header {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order. */
function parseHeader(text: string, file: string, origin: number): Header {
  let at = 0;
  // The header is ASCII up to the first character that is none of these tokens, so an index is a byte offset.
  const token = (pattern: RegExp, expected: string): string => {
    const found = pattern.exec(text.slice(at));
    if (found === null) {
      const rest = text.slice(at).trim().slice(0, 20);
      throw npyError(
        file,
        origin + at,
        `expected ${expected} in the header, found "${rest}"`,
        "save it with numpy.save",
      );
    }
    at += found[0].length;
    return found[1];
  };
  const header: { descr?: string; fortran_order?: boolean; shape?: readonly number[] } = {};
  token(/^\s*(\{)/, '"{"');
  while (!/^\s*\}/.test(text.slice(at))) {
    const key = token(/^\s*['"](descr|fortran_order|shape)['"]\s*:/, "a key descr, fortran_order or shape");
    if (key === "descr") header.descr = token(/^\s*['"]([^'"\\]*)['"]/, "a plain element type such as '<f4'");
    else if (key === "fortran_order") header.fortran_order = token(/^\s*(True|False)/, "True or False") === "True";
    else {
      const list = token(/^\s*\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?\s*)?)\)/, "a tuple of axis sizes");
      header.shape = list.split(",").flatMap((size) => (size.trim() === "" ? [] : [Number.parseInt(size, 10)]));
    }
    if (!/^\s*\}/.test(text.slice(at))) token(/^\s*(,)/, '","');
  }
  token(/^\s*(\})\s*$/, "nothing after the closing brace");
  const { descr, fortran_order: fortranOrder, shape } = header;
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    throw npyError(file, origin, "the header must have descr, fortran_order and shape", "save it with numpy.save");
  }
  if (!shape.every(Number.isSafeInteger)) {
    throw npyError(file, origin, `axis sizes must be below 2^53, got [${shape.join(", ")}]`, "save it with numpy.save");
  }
  return { descr, fortranOrder, shape };
}

/** From column-major (the first axis varies fastest) to row-major; fresh. */
function toRowMajor<Data extends TypedArray>(data: Data, shape: readonly number[]): Data {
  const result = data.slice() as Data;
  const index = shape.map(() => 0);
  for (let to = 0; to < data.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * shape[axis] + index[axis];
    result[to] = data[from];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}

function npyError(file: string, offset: number, rule: string, remedy: string): FormatError {
  return new FormatError({ file, offset, rule, remedy });
}

/** A .npy file: version 1, little-endian, row-major, elements at a multiple of 64 bytes. */
export function encodeNpy({ elementType, shape, data }: Tensor): Uint8Array {
  const order = elementTypes[elementType].BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${order}${codeOfType[elementType]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  if (length > 0xffff) {
    throw new ParameterError({
      place: "npy",
      rule: `the header must fit into 65535 bytes, got ${shape.length} axes`,
      remedy: "reshape to fewer axes",
    });
  }
  const header = encodeUtf8(`${dictionary.padEnd(length - 1)}\n`);
  return concatenate([new Uint8Array([...magic, 1, 0, length & 0xff, length >> 8]), header, encodeElements(data)]);
}

export const npy: Format = {
  name: "npy",
  summary: "One NumPy array.",
  extensions: [".npy"],
  decode: (bytes, file) => ({ arrays: { array: decodeNpy(bytes, file) }, words: {}, metadata: {} }),
  encode: (content) => {
    checkNothingLost("npy", content, ["words", "metadata"]);
    const { arrays } = content;
    const [array, ...others] = Object.values(arrays);
    if (array === undefined || others.length > 0) {
      throw new ParameterError({
        place: "npy",
        rule: `a .npy file holds exactly one array, got ${Object.keys(arrays).length}`,
        remedy: "use .npz for several",
      });
    }
    return encodeNpy(array);
  },
};
