import { ParameterError, ShapeError } from "./errors.ts";

/** Element types of stored arrays; `int64` and `uint64` stay exact as big integers. */
export const elementTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  /** Bytes 0 and 1. */
  bool: Uint8Array,
} as const;

export type ElementType = keyof typeof elementTypes;

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** An array with a shape: row-major (the last axis varies fastest), shape `[]` = one number. */
export interface Tensor {
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/**
 * A tensor over `data`, which is kept, not copied.
 *
 * @param shape sizes of the axes, integers >= 0; their product is `data.length`
 * @param elementType default: the one that belongs to the array's class (a `Uint8Array` is `uint8`, not `bool`)
 * @throws ShapeError when shape and length disagree or the class of `data` is not that of `elementType`
 */
export function tensor(shape: readonly number[], data: TypedArray, elementType = elementTypeOf(data)): Tensor {
  if (!(data instanceof elementTypes[elementType])) {
    throw new ShapeError({
      place: "tensor",
      rule: `element type ${elementType} is held by a ${elementTypes[elementType].name}, got a ${data.constructor.name}`,
      remedy: "pass the matching typed array or leave the element type out",
    });
  }
  const count = elementCount(shape);
  if (count !== data.length) {
    throw new ShapeError({
      place: "tensor",
      rule: `shape ${shapeText(shape)} holds ${count} numbers, got ${data.length}`,
      remedy: "make the product of the axis sizes equal to the length of the data",
    });
  }
  return { elementType, shape: [...shape], data };
}

/** How many numbers a shape holds. @throws ShapeError for a size that is not an integer >= 0. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError({
        place: "tensor",
        rule: `axis sizes are integers >= 0, got ${shapeText(shape)}`,
        remedy: "mend the shape",
      });
    }
    count *= size;
  }
  return count;
}

/** The element type that belongs to an array's class. */
export function elementTypeOf(data: TypedArray): ElementType {
  for (const name of Object.keys(elementTypes) as ElementType[]) {
    if (data instanceof elementTypes[name]) return name;
  }
  throw new ParameterError({
    place: "tensor",
    rule: `data must be one of the typed arrays ${[...new Set(Object.values(elementTypes).map((t) => t.name))].join(", ")}`,
    remedy: "convert it",
  });
}

/** A shape for messages: `[trial 3, time 10]` with names, `[3, 10]` without. */
export function shapeText(shape: readonly number[], axes?: readonly string[]): string {
  return `[${shape.map((size, i) => (axes?.[i] === undefined ? String(size) : `${axes[i]} ${size}`)).join(", ")}]`;
}

/**
 * The numbers of a tensor as float64, row-major; a fresh array unless it is float64 already.
 *
 * @throws ParameterError for a 64-bit integer beyond 2^53, which float64 would change
 */
export function toFloat64({ data }: Tensor): Float64Array {
  if (data instanceof Float64Array) return data;
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return Float64Array.from(data);
  return Float64Array.from(data, (value) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) {
      throw new ParameterError({
        place: "toFloat64",
        rule: `64-bit integers must lie within +-(2^53 - 1), got ${value}`,
        remedy: "store them as float64 or int32",
      });
    }
    return number;
  });
}
