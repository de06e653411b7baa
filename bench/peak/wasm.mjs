/** Peak of one core in WebAssembly: multiply-adds on registers that touch no memory. */
import { bestVariant, compileKernel } from "../../dist/platform/node/wasm-provider.js";
import { kernelMemory } from "../../dist/platform/wasm/instance.js";

const text = `
#include "product.h"
__attribute__((export_name("peak"))) real peak(int repeats) {
  vreal a[12], b = v_set(1.0000001f), c = v_set(1e-9f);
  for (int i = 0; i < 12; i++) a[i] = v_set(i);
  for (int r = 0; r < repeats; r++)
    for (int i = 0; i < 12; i++) a[i] = v_madd(a[i], b, c);
  for (int i = 1; i < 12; i++) a[0] += a[i];
  return a[0][0] + a[0][1] + a[0][2] + a[0][3];
}
`;

/** GFLOP/s of one core, best of nine. */
export async function wasmPeak() {
  const bytes = await compileKernel("peak", text, "float32", bestVariant());
  const module = await WebAssembly.compile(new Uint8Array(bytes));
  const { peak } = /** @type {Record<string, (repeats: number) => number>} */ (
    new WebAssembly.Instance(module, { env: { memory: kernelMemory() } }).exports
  );
  const repeats = 2e6;
  peak(repeats / 4);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    peak(repeats);
    best = Math.min(best, performance.now() - start);
  }
  return (repeats * 12 * 4 * 2) / best / 1e6;
}
