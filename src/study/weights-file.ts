/** A trained network as one file: its weights, with the specification of its run in the metadata. */

import { canonicalJson } from "../core/canonical-json.ts";
import { FormatError } from "../core/errors.ts";
import { type Tensor, tensor, toFloat64 } from "../core/tensor.ts";
import { decodeSafeTensors, encodeSafeTensors } from "../io/safetensors.ts";
import type { Network, Weights } from "../network/contract.ts";
import { type RunSpec, runFormat, runId } from "./spec.ts";

export interface SavedNetwork {
  readonly spec: RunSpec;
  readonly weights: Weights;
}

/** safetensors bytes; equal networks give equal bytes. */
export function encodeNetwork(spec: RunSpec, { shapes }: Pick<Network, "shapes">, weights: Weights): Uint8Array {
  const tensors = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tensor(shape, weights[name])] as const),
  );
  return encodeSafeTensors({
    tensors,
    metadata: { format: `noisy-rnn run ${runFormat}`, id: runId(spec), spec: canonicalJson(spec) },
  });
}

/**
 * @throws FormatError when the file is damaged or was not written by noisy-rnn
 */
export function decodeNetwork(bytes: Uint8Array, file: string): SavedNetwork {
  const { tensors, metadata } = decodeSafeTensors(bytes, file);
  if (metadata.spec === undefined || metadata.format !== `noisy-rnn run ${runFormat}`) {
    throw new FormatError({
      file,
      offset: -1,
      rule: `the metadata must hold the specification of a run (format "noisy-rnn run ${runFormat}"), found ${Object.keys(metadata).join(", ") || "none"}${metadata.format === undefined ? "" : ` of format "${metadata.format}"`}`,
      remedy: "give a weights.safetensors that this version of noisy-rnn wrote",
    });
  }
  const spec = JSON.parse(metadata.spec) as RunSpec;
  const array = (stored: Tensor) => (stored.data instanceof Float32Array ? stored.data : toFloat64(stored));
  return { spec, weights: Object.fromEntries(Object.entries(tensors).map(([name, stored]) => [name, array(stored)])) };
}
