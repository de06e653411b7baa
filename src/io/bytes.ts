/** Bounded reading of bytes: every read past the end is a FormatError that names the place. */
import { FormatError } from "../core/errors.ts";
import { type ElementType, elementTypes, type TypedArray } from "../core/tensor.ts";

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * A view of `length` bytes from `offset`.
 *
 * @param what what these bytes are, for the message
 * @throws FormatError at the end of the file when fewer are there
 */
export function take(bytes: Uint8Array, offset: number, length: number, file: string, what: string): Uint8Array {
  if (!(length <= bytes.length - offset)) {
    throw new FormatError({
      file,
      offset: bytes.length,
      rule: `the file ends early: ${what} takes ${length} bytes from byte ${offset}, found ${Math.max(0, bytes.length - offset)}`,
      remedy: "it was cut short or is not what it seems; fetch or write it again",
    });
  }
  return bytes.subarray(offset, offset + length);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Numbers from their stored bytes; a fresh, aligned array.
 *
 * @param bytes exactly the elements
 * @param offset where they begin in the file, for the message
 * @throws FormatError for a boolean that is neither 0 nor 1
 */
export function decodeElements(
  bytes: Uint8Array,
  elementType: ElementType,
  littleEndian: boolean,
  file: string,
  offset: number,
): TypedArray {
  const Elements = elementTypes[elementType];
  // Not slice(): a Buffer of Node is a Uint8Array whose slice shares memory.
  const copy = new Uint8Array(bytes);
  const size = Elements.BYTES_PER_ELEMENT;
  if (size > 1 && littleEndian !== hostIsLittleEndian) swapBytes(copy, size);
  if (elementType === "bool") {
    const wrong = copy.findIndex((value) => value > 1);
    if (wrong >= 0) {
      throw new FormatError({
        file,
        offset: offset + wrong,
        rule: `expected a boolean (0 or 1), found ${copy[wrong]}`,
        remedy: "the file is damaged or its element type is wrong; write it again",
      });
    }
  }
  return new Elements(copy.buffer, 0, copy.byteLength / size);
}

/** The stored bytes of numbers, little-endian; fresh. */
export function encodeElements(data: TypedArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (!hostIsLittleEndian) swapBytes(bytes, data.BYTES_PER_ELEMENT);
  return bytes;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
