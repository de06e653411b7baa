import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";

export const title = "A study of 200 runs on one core and on two";

const study = `
question: How does a study scale over cores?
task: function-approximation
network: { cell: ctrnn, hiddenSize: 20, noise: [{ site: inside, intensity: 0.5 }] }
training: { updates: 600 }
evaluation: { trials: 41, repeats: 16 }
axes:
  noise.site: [inside, outside]
  noise.intensity: [0.1, 0.2, 0.5, 1]
seeds: 25
`;
const pairs = 2;

/** Seconds of the whole command, and of what it says that its work took. @param {string} folder @param {number} workers */
function timed(folder, workers) {
  const store = join(folder, `store-${workers}`);
  const main = join(root, "dist", "cli", "main.js");
  const options = ["--store", store, "--workers", String(workers), "--quiet", "--json"];
  const begun = performance.now();
  const output = execFileSync(process.execPath, [main, "study", "run", join(folder, "study.yaml"), ...options], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const seconds = (performance.now() - begun) / 1000;
  rmSync(store, { recursive: true });
  const { made, failed } = JSON.parse(output);
  if (made !== 200 || failed !== 0) throw new Error(`200 runs were to be made, got ${made}, ${failed} of them failed`);
  return seconds;
}

/** Pairs of one and two workers, in alternating order, so that what else the machine does falls on both. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-scaling-"));
  try {
    writeFileSync(join(folder, "study.yaml"), study);
    // Compiles the kernels, which later runs find.
    timed(folder, 2);
    const rows = [];
    for (let pair = 0; pair < pairs; pair++) {
      const load = loadavg()[0];
      const order = pair % 2 === 0 ? [1, 2] : [2, 1];
      /** @type {Record<number, number>} */
      const seconds = {};
      for (const workers of order) seconds[workers] = timed(folder, workers);
      rows.push({ load, one: seconds[1], two: seconds[2], ratio: seconds[1] / seconds[2] });
      say(`pair ${pair + 1} of ${pairs}: ${seconds[1].toFixed(1)} s, ${seconds[2].toFixed(1)} s`);
    }
    const ratios = rows.map(({ ratio }) => ratio).sort((a, b) => a - b);
    return [
      `200 runs (20 ReLU units, 30 steps, 600 updates of 64 trials, a sweep of 16 draws), the whole command from its start to its end, with \`--workers 1\` and \`--workers 2\` on ${availableParallelism()} cores. Pairs in alternating order.`,
      "",
      "| pair | load of the machine before | one worker | two workers | ratio |",
      "| --- | --- | --- | --- | --- |",
      ...rows.map(
        ({ load, one, two, ratio }, pair) =>
          `| ${pair + 1} | ${load.toFixed(1)} | ${one.toFixed(1)} s | ${two.toFixed(1)} s | ${ratio.toFixed(2)} |`,
      ),
      "",
      `The smaller ratio is ${ratios[0].toFixed(2)}, with the start of the command and of its workers in it. The target is 1.9.`,
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
