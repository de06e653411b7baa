/**
 * `npm run bench`: what a training step costs, beside PyTorch in the same minute, and as a share of this machine's peak.
 *
 * `--json` prints one array of rows on standard output and nothing else. bench/README.md says how to read it.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { createNetwork } from "../dist/network/network.js";
import { nodeResources } from "../dist/platform/node/datasets.js";
import { installBackends } from "../dist/platform/node/setup.js";
import { bestVariant } from "../dist/platform/node/wasm-provider.js";
import { tasks } from "../dist/task/registry.js";
import { losses } from "../dist/train/losses/registry.js";
import { prepareOptimiser } from "../dist/train/optimisers/prepared.js";
import { trainOptions } from "../dist/train/options.js";
import { trainingUpdate } from "../dist/train/update.js";
import { noiseThroughput } from "./noise.mjs";
import { productPeak } from "./peak.mjs";

const json = process.argv.includes("--json");
/** @param {string} text */
const say = (text) => {
  if (!json) console.log(text);
};
const unknown = process.argv.slice(2).filter((argument) => argument !== "--json");
if (unknown.length > 0) {
  console.error(`bench: takes --json or nothing, got ${unknown.join(" ")}; leave it out.`);
  process.exit(2);
}

const works = [
  { name: "sweep-1", hidden: 20, batch: 64, steps: 30, pairs: 9, updates: 40 },
  { name: "ctrnn-64", hidden: 64, batch: 64, steps: 100, pairs: 7, updates: 8 },
  { name: "ctrnn-128", hidden: 128, batch: 128, steps: 100, pairs: 5, updates: 4 },
  { name: "ctrnn-256", hidden: 256, batch: 128, steps: 100, pairs: 5, updates: 2 },
];

/** @param {readonly number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const python = "/usr/bin/python3"; // Debian's own: it has python3-torch

/**
 * Milliseconds of a training step in PyTorch with a number of threads.
 *
 * @param {(typeof works)[number]} work
 * @param {number} updates
 * @param {number} threads
 */
function pytorch(work, updates, threads) {
  const args = [work.hidden, work.batch, work.steps, 1, updates, threads].map(String);
  const text = execFileSync(python, [join(import.meta.dirname, "peers", "pytorch.py"), ...args], { encoding: "utf8" });
  return median(JSON.parse(text).ms);
}

function peerVersion() {
  try {
    return execFileSync(python, ["-c", "import torch; print(torch.__version__)"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}

installBackends();
const variant = bestVariant();
const torch = peerVersion();
const peak = await productPeak();
/** @type {object[]} */
const rows = [];

say(`${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.versions.node}, WebAssembly ${variant}`);
say(`peak of one core in WebAssembly, products of registers only: ${peak.toFixed(1)} GFLOP/s`);
say(
  torch === undefined
    ? "PyTorch is missing (Debian: python3-torch, libopenblas0-pthread): no ratios"
    : `peer: PyTorch ${torch}, best of 1 and 2 threads`,
);
say("");
say("work         hidden batch steps   ms/update   GFLOP/s   of peak   PyTorch ms   ratio");

for (const work of works) {
  const options = { stepCount: work.steps };
  const task = await tasks.get("function-approximation").create(options, nodeResources());
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: work.hidden,
    outputSize: 1,
    noise: [{ site: "inside", intensity: 0.5 }],
  });
  const kernel = await network.kernel({ precision: "float32", backend: "wasm" });
  const complete = trainOptions({ batchSize: work.batch, updates: 1e6 });
  const { name: optimiserName, ...optimiserOptions } = complete.optimiser;
  const optimiser = await prepareOptimiser(optimiserName, kernel);
  const subject = { network, kernel, task, loss: losses.get(task.loss), optimiser, options: complete, seed: 1 };
  const initial = network.initialWeights(1);
  /** @type {import("../dist/network/contract.js").Weights} */
  let weights = Object.fromEntries(Object.entries(initial).map(([name, values]) => [name, Float32Array.from(values)]));
  let memory = optimiser.init(weights, /** @type {Record<string, number>} */ (optimiserOptions));
  let index = 0;
  const ours = () => {
    const start = performance.now();
    for (let i = 0; i < work.updates; i++) {
      const outcome = trainingUpdate(subject, index++, weights, memory);
      if (outcome.kind === "failed") throw new Error(`${work.name} diverged`);
      weights = outcome.weights;
      memory = outcome.optimiser;
    }
    return (performance.now() - start) / work.updates;
  };
  ours();
  const threads =
    torch === undefined
      ? undefined
      : [1, 2].reduce(
          (best, count) => (pytorch(work, work.updates, count) < pytorch(work, work.updates, best) ? count : best),
          1,
        );
  const pairs = Array.from({ length: work.pairs }, () => ({
    ours: ours(),
    peer: threads === undefined ? Number.NaN : pytorch(work, work.updates, threads),
  }));
  const ms = median(pairs.map((pair) => pair.ours));
  const peerMs = threads === undefined ? null : median(pairs.map((pair) => pair.peer));
  const ratio = threads === undefined ? null : median(pairs.map((pair) => pair.peer / pair.ours));
  // forward W h, backward W' g and the gradient g h': three products of hidden x hidden a trial and step
  const gflops = (3 * 2 * work.hidden ** 2 * work.batch * work.steps) / ms / 1e6;
  const row = {
    name: work.name,
    cell: "ctrnn",
    hidden: work.hidden,
    batch: work.batch,
    steps: work.steps,
    backend: `wasm ${variant}`,
    threads: 1,
    msPerStep: ms,
    gflops,
    shareOfPeak: gflops / peak,
    peer:
      torch === undefined
        ? "PyTorch is missing"
        : `PyTorch ${torch}, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    peerMsPerStep: peerMs,
    ratio,
  };
  rows.push(row);
  /** @type {(value: number | null, width: number, digits: number) => string} */
  const cell = (value, width, digits) => (value === null ? "-" : value.toFixed(digits)).padStart(width);
  say(
    `${work.name.padEnd(12)} ${String(work.hidden).padStart(6)} ${String(work.batch).padStart(5)} ${String(work.steps).padStart(5)} ${cell(ms, 11, 2)} ${cell(gflops, 9, 1)} ${cell(row.shareOfPeak, 9, 2)} ${cell(peerMs, 12, 2)} ${cell(ratio, 7, 2)}`,
  );
}

say("");
say("normals      back end             ns a number");
for (const row of await noiseThroughput()) {
  rows.push(row);
  say(`normals      ${row.backend.padEnd(20)} ${row.nanosecondsPerNumber.toFixed(2).padStart(11)}`);
}
if (json) console.log(JSON.stringify(rows, null, 2));
