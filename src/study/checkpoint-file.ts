/** A checkpoint as one safetensors file. */
import { FormatError } from "../core/errors.ts";
import { type Tensor, tensor, toFloat64 } from "../core/tensor.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../io/safetensors.ts";
import type { Checkpoint } from "../train/checkpoint.ts";

/** SHA-256 of bytes, 64 hexadecimal digits; given by the caller, whose machine may have a fast one. */
export type Digest = (bytes: Uint8Array) => string;

/**
 * The bytes of a checkpoint, with a checksum of all the others in the metadata.
 *
 * @param software identity of the program that made it: another one would not go on to the same bits
 */
export function encodeCheckpoint({ arrays, meta }: Checkpoint, software: string, digest: Digest): Uint8Array {
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [name, tensor([array.length], array)]),
  );
  const metadata = { meta: JSON.stringify(meta), software };
  const checksum = digest(encodeSafeTensors({ tensors, metadata }));
  return encodeSafeTensors({ tensors, metadata: { ...metadata, checksum } });
}

/**
 * @returns undefined when other software made it
 * @throws FormatError when the file is damaged
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  file: string,
  software: string,
  digest: Digest,
): Checkpoint | undefined {
  const { tensors, metadata } = decodeSafeTensors(bytes, file);
  const wrong = (rule: string): FormatError =>
    new FormatError({ file, offset: -1, rule, remedy: "delete the file; the run then starts anew" });
  const { checksum, ...rest } = metadata;
  if (rest.meta === undefined || checksum === undefined) {
    throw wrong(`the metadata must hold "meta" and "checksum", found ${Object.keys(metadata).join(", ") || "none"}`);
  }
  const found = digest(encodeSafeTensors({ tensors, metadata: rest }));
  if (found !== checksum) throw wrong(`the checksum must be ${checksum}, found ${found}`);
  if (rest.software !== software) return undefined;
  const array = (stored: Tensor) => (stored.data instanceof Float32Array ? stored.data : toFloat64(stored));
  return {
    arrays: Object.fromEntries(Object.entries(tensors).map(([name, stored]) => [name, array(stored)])),
    meta: JSON.parse(rest.meta) as Checkpoint["meta"],
  };
}
