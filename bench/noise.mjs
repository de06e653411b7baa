/** Throughput of normals on every back end. */
import { noiseBlock } from "../dist/core/random.js";
import { bestVariant, compileKernel } from "../dist/platform/node/wasm-provider.js";
import { kernelMemory } from "../dist/platform/wasm/instance.js";

const count = 1 << 20;

const text = `
#include "random.h"
static real rows[16 * PANEL] __attribute__((aligned(64)));
static u32 trials[PANEL] __attribute__((aligned(64)));
__attribute__((export_name("draw"))) real draw(int blocks) {
  real total = 0;
  for (int i = 0; i < PANEL; i++) trials[i] = i;
  for (int i = 0; i < blocks; i += 4) {
    noise_rows(rows, LAW_GAUSSIAN, 1.0f, trials, 0, i & 63, 4, i >> 6, 0, 1, 0, VPP);
    total += rows[i % (16 * PANEL)];
  }
  return total;
}
`;

/**
 * Milliseconds of the fastest of seven runs.
 *
 * @param {() => unknown} run
 */
function best(run) {
  run();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

export async function noiseThroughput() {
  const rows = [];
  for (const precision of /** @type {const} */ (["float32", "float64"])) {
    const bytes = await compileKernel("noise", text, precision, bestVariant());
    const module = await WebAssembly.compile(new Uint8Array(bytes));
    const { draw } = /** @type {Record<string, (blocks: number) => number>} */ (
      new WebAssembly.Instance(module, { env: { memory: kernelMemory() } }).exports
    );
    const perBlock = precision === "float32" ? 64 : 32;
    const ms = best(() => draw(count / perBlock));
    rows.push({ name: "normals", backend: `wasm ${precision}`, nanosecondsPerNumber: (ms / count) * 1e6 });
  }
  const out = new Float32Array(count / 16);
  const ms = best(() => noiseBlock("gaussian", 1, { seed: 1, stream: 0 }, 0, 0, 0, 0, out));
  rows.push({ name: "normals", backend: "reference", nanosecondsPerNumber: (ms / out.length) * 1e6 });
  return rows;
}
