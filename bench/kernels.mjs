/**
 * `node bench/kernels.mjs`: how close the kernels come to this machine's limits, per instruction set, one core, float32.
 *
 * Compiles bench/native/kernels.c with cc. Products in GFLOP/s and as a share of what multiply-adds on registers reach
 * in the same run; normals in cycles; reading in GB/s, from a set of data that fits the first, second and third level of
 * cache, or none. Every figure is the best of many short runs.
 */
import { kernelSpeeds } from "./native/speeds.mjs";

for (const { name, speeds } of kernelSpeeds()) {
  if (speeds === undefined) {
    console.log(`${name}: this processor lacks it\n`);
    continue;
  }
  const { gigahertz, peak, normals, reads, products } = speeds;
  console.log(`${name}: ${gigahertz.toFixed(2)} GHz, multiply-adds on registers ${peak.toFixed(0)} GFLOP/s`);
  const rates = reads.map(({ kibibytes, rate }) => `${rate.toFixed(1)} GB/s of ${kibibytes} KiB`);
  console.log(`  normals ${normals.toFixed(2)} cycles each; reads ${rates.join(", ")}`);
  for (const { kind, size, panels, rate } of products) {
    const share = ((100 * rate) / peak).toFixed(0);
    console.log(
      `  ${kind.padEnd(8)}${String(size).padStart(5)} x ${String(size).padEnd(5)}${String(panels).padStart(2)} panels${rate.toFixed(0).padStart(5)} GFLOP/s ${share.padStart(4)} % of peak`,
    );
  }
  console.log();
}
