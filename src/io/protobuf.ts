/**
 * The wire format of protocol buffers, as far as records need it: a message is its fields, one after the other.
 *
 * Source: protobuf.dev, "Encoding".
 */
import { concatenate, viewOf } from "./bytes.ts";
import { encodeUtf8 } from "./text.ts";

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A message, or the value of a field that holds one. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return concatenate(fields);
}

/** @param value integer in 0..2^53-1; 0 is what a reader takes for a field that is not there, and so is not written */
export function integerField(number: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array(0) : concatenate([key(number, wireTypes.varint), varint(value)]);
}

export function doubleField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setFloat64(0, value, true);
  return concatenate([key(number, wireTypes.fixed64), bytes]);
}

/** The value is rounded to float32. */
export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setFloat32(0, value, true);
  return concatenate([key(number, wireTypes.fixed32), bytes]);
}

/** A string, bytes, or a message. */
export function bytesField(number: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? encodeUtf8(value) : value;
  return concatenate([key(number, wireTypes.bytes), varint(bytes.length), bytes]);
}

function key(number: number, wireType: number): Uint8Array {
  return varint(number * 8 + wireType);
}

/** Seven bits a byte, lowest first; the highest bit of a byte says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  // Not shifts: they would cut the value to 32 bits.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
