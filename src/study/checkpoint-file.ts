/** A checkpoint as one safetensors file. */
import { FormatError } from "../core/errors.ts";
import { type Tensor, tensor, toFloat64 } from "../core/tensor.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../io/safetensors.ts";
import type { Checkpoint } from "../train/checkpoint.ts";

/** @param software identity of the program that made it: another one would not go on to the same bits */
export function encodeCheckpoint({ arrays, meta }: Checkpoint, software: string): Uint8Array {
  return encodeSafeTensors({
    tensors: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor([array.length], array)])),
    metadata: { meta: JSON.stringify(meta), software },
  });
}

/**
 * @returns undefined when other software made it
 * @throws FormatError when the file is damaged
 */
export function decodeCheckpoint(bytes: Uint8Array, file: string, software: string): Checkpoint | undefined {
  const { tensors, metadata } = decodeSafeTensors(bytes, file);
  if (metadata.meta === undefined) {
    throw new FormatError({
      file,
      offset: -1,
      rule: `the metadata must hold "meta", found ${Object.keys(metadata).join(", ") || "none"}`,
      remedy: "delete the file; the run then starts anew",
    });
  }
  if (metadata.software !== software) return undefined;
  const array = (stored: Tensor) => (stored.data instanceof Float32Array ? stored.data : toFloat64(stored));
  return {
    arrays: Object.fromEntries(Object.entries(tensors).map(([name, stored]) => [name, array(stored)])),
    meta: JSON.parse(metadata.meta) as Checkpoint["meta"],
  };
}
