/** safetensors: a length, a JSON header, then the arrays' bytes; nothing in it can run. */
import { FormatError, ParameterError } from "../core/errors.ts";
import { type ElementType, elementCount, elementTypes, type Tensor, tensor } from "../core/tensor.ts";
import { concatenate, decodeElements, encodeElements, take, viewOf } from "./bytes.ts";
import { checkNothingLost, type Format } from "./contract.ts";
import { decodeUtf8, encodeUtf8 } from "./text.ts";

const dtypeOfType = {
  float64: "F64",
  float32: "F32",
  int64: "I64",
  uint64: "U64",
  int32: "I32",
  uint32: "U32",
  int16: "I16",
  uint16: "U16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
} as const satisfies Record<ElementType, string>;

/** The reference implementation refuses longer headers. */
const longestHeader = 100_000_000;

export interface SafeTensors {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** The `__metadata__` of the header; empty when absent. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly elementType: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Arrays and metadata of a safetensors file.
 *
 * @returns tensors with their own data, in the order of the header
 * @throws FormatError when the header is not what the format asks for, when an array overlaps another, leaves a gap or
 *   reaches past the end, or when its size is not that of its shape
 * Source: the format section of the safetensors README.
 */
export function decodeSafeTensors(bytes: Uint8Array, file: string): SafeTensors {
  const headerLength = Number(viewOf(take(bytes, 0, 8, file, "the header length")).getBigUint64(0, true));
  if (headerLength > longestHeader) {
    throw new FormatError({
      file,
      offset: 0,
      rule: `this is no safetensors file: its first 8 bytes would give a header of ${headerLength} bytes, at most ${longestHeader} are allowed`,
      remedy: "give a file that a safetensors library wrote",
    });
  }
  const text = decodeUtf8(take(bytes, 8, headerLength, file, "the header"), file, 8);
  if (text[0] !== "{") throw headerError(file, 8, `the header begins with "{", found "${text.slice(0, 10)}"`);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw headerError(file, 8, `the header must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(header)) throw headerError(file, 8, "the header must be a JSON object");

  const start = 8 + headerLength;
  const entries: Entry[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(value, file);
    else entries.push(checkEntry(name, value, file));
  }
  checkTiling(entries, bytes.length - start, file, start);
  const tensors = entries.map(({ name, elementType, shape, begin, end }) => {
    const offset = start + begin;
    const data = decodeElements(bytes.subarray(offset, start + end), elementType, true, file, offset);
    return [name, tensor(shape, data, elementType)] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

function checkMetadata(value: unknown, file: string): Readonly<Record<string, string>> {
  if (isRecord(value) && Object.values(value).every((entry) => typeof entry === "string")) {
    return value as Readonly<Record<string, string>>;
  }
  throw headerError(file, 8, `__metadata__ maps names to text, got ${JSON.stringify(value).slice(0, 40)}`);
}

function checkEntry(name: string, value: unknown, file: string): Entry {
  const fault = (rule: string): FormatError => headerError(file, 8, `array "${name}": ${rule}`);
  if (!isRecord(value)) throw fault("expected an object with dtype, shape and data_offsets");
  const { dtype, shape, data_offsets: offsets } = value;
  const elementType = (Object.keys(dtypeOfType) as ElementType[]).find((type) => dtypeOfType[type] === dtype);
  if (elementType === undefined) {
    throw fault(`dtype must be one of ${Object.values(dtypeOfType).join(" ")}, got ${JSON.stringify(dtype)}`);
  }
  if (!isSizes(shape)) throw fault(`shape must be a list of integers >= 0, got ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw fault(`data_offsets must be [begin, end] with begin <= end, got ${JSON.stringify(offsets)}`);
  }
  const size = elementCount(shape) * elementTypes[elementType].BYTES_PER_ELEMENT;
  if (offsets[1] - offsets[0] !== size) {
    throw fault(`${dtype} [${shape.join(", ")}] takes ${size} bytes, data_offsets give ${offsets[1] - offsets[0]}`);
  }
  return { name, elementType, shape, begin: offsets[0], end: offsets[1] };
}

/** Sorted by place, the arrays must cover the bytes after the header without gap or overlap. */
function checkTiling(entries: readonly Entry[], length: number, file: string, start: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const what = begin < covered ? "overlaps the array before it" : "leaves a gap before it";
      throw headerError(file, start + begin, `array "${name}" ${what}: it begins at ${begin}, expected ${covered}`);
    }
    covered = end;
  }
  if (covered === length) return;
  throw headerError(
    file,
    start + Math.min(covered, length),
    covered > length
      ? `the file ends early: the arrays take ${covered} bytes, found ${length}`
      : `the file must end with its last array after ${start + covered} bytes, found ${start + length}`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function headerError(file: string, offset: number, rule: string): FormatError {
  return new FormatError({ file, offset, rule, remedy: "write it again with a safetensors library" });
}

/**
 * A safetensors file: wider elements first, then by name, so that every array begins at a multiple of its element size;
 * the header is padded with spaces to a multiple of 8. Equal content gives equal bytes.
 */
export function encodeSafeTensors({ tensors, metadata }: SafeTensors): Uint8Array {
  if (Object.hasOwn(tensors, "__metadata__")) {
    throw new ParameterError({
      place: "safetensors",
      rule: 'no array may be named "__metadata__"',
      remedy: "rename it",
    });
  }
  const width = ({ elementType }: Tensor) => elementTypes[elementType].BYTES_PER_ELEMENT;
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => width(b) - width(a) || (nameA < nameB ? -1 : 1),
  );
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) {
    header.push(["__metadata__", Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)))]);
  }
  let offset = 0;
  for (const [name, { elementType, shape, data }] of entries) {
    const end = offset + data.byteLength;
    header.push([name, { dtype: dtypeOfType[elementType], shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = encodeUtf8(JSON.stringify(Object.fromEntries(header)));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  viewOf(length).setBigUint64(0, BigInt(padded.length), true);
  return concatenate([length, padded, ...entries.map(([, { data }]) => encodeElements(data))]);
}

export const safetensors: Format = {
  name: "safetensors",
  summary: "Named arrays with text metadata; how weights are stored.",
  extensions: [".safetensors"],
  decode: (bytes, file) => {
    const { tensors, metadata } = decodeSafeTensors(bytes, file);
    return { arrays: tensors, words: {}, metadata };
  },
  encode: (content) => {
    checkNothingLost("safetensors", content, ["words"]);
    return encodeSafeTensors({ tensors: content.arrays, metadata: content.metadata });
  },
};
