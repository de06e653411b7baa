/** TensorFlow.js with its WebAssembly back end: vector instructions, one thread. */
import { createRequire, register } from "node:module";

/**
 * The few names of TensorFlow.js that the peer uses; its own declarations are there only once it is installed.
 *
 * @typedef {{ shape: number[], dataSync(): ArrayLike<number>, dispose(): void }} Tensor
 * @typedef {Record<string, (...parameters: any[]) => any> & { train: { adam(rate: number): any } }} TensorFlow
 */

/** @returns {Promise<TensorFlow>} */
export async function tensorflow() {
  const load = createRequire(import.meta.url);
  const tf = load("@tensorflow/tfjs-core");
  load("@tensorflow/tfjs-backend-wasm");
  register("./hooks.mjs", import.meta.url);
  // the build for Node leaves the gradients out; both builds share one registry
  const gradients = "@tensorflow/tfjs-core/dist/register_all_gradients.js";
  await import(gradients);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
  if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT")))
    throw new Error("TensorFlow.js finds no vector instructions");
  return tf;
}
