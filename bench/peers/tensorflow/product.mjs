/**
 * The product a b of two matrices whose gradients are products of transposed copies: the WebAssembly back end multiplies
 * fast only what is not marked as transposed, as TensorFlow.js's own gradients of a product are.
 *
 * @param {import("./library.mjs").TensorFlow} tf
 * @returns {(a: import("./library.mjs").Tensor, b: import("./library.mjs").Tensor) => import("./library.mjs").Tensor}
 */
export const fastProduct = (tf) =>
  tf.customGrad(
    /** @type {(a: any, b: any, save: (kept: any[]) => void) => object} */
    (a, b, save) => {
      save([a, b]);
      return {
        value: tf.matMul(a, b),
        gradFunc: (/** @type {any} */ dy, /** @type {any[]} */ [keptA, keptB]) => [
          tf.matMul(dy, tf.transpose(keptB)),
          tf.matMul(tf.transpose(keptA), dy),
        ],
      };
    },
  );
