/**
 * TensorFlow.js as a peer of the bench: one process that makes updates when it is told to.
 *
 * Its parameter and what it reads and prints are those of ../pytorch/serve.py.
 */
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { ctrnnUpdate } from "./ctrnn.mjs";
import { tensorflow } from "./library.mjs";
import { nrnnUpdate } from "./nrnn.mjs";

const work = JSON.parse(process.argv[2]);
const tf = await tensorflow();
const update = { ctrnn: ctrnnUpdate, lipschitz: nrnnUpdate }[/** @type {"ctrnn" | "lipschitz"} */ (work.cell)];
const updates = Array.from({ length: work.networks }, () => update(tf, work));

/** @param {number} count */
function run(count) {
  for (let i = 0; i < count; i++) for (const one of updates) one();
}

/** @param {object} answer */
const answer = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

run(1);
answer({ version: createRequire(import.meta.url)("@tensorflow/tfjs-core/package.json").version });
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line);
  const start = performance.now();
  run(count);
  answer({ ms: (performance.now() - start) / count });
}
