/** Performs a stack of runs in this process and prints what it was estimated to take and what it took, in bytes. */
import { rmSync } from "node:fs";
import { nodeResources } from "../../dist/platform/node/datasets.js";
import { runInFolders } from "../../dist/platform/node/run-folder.js";
import { installBackends } from "../../dist/platform/node/setup.js";
import { resolvedRun } from "../../dist/study/input.js";
import { stackMemory } from "../../dist/study/memory.js";
import { taskLoader } from "../../dist/study/tasks.js";

installBackends();
const loadTask = taskLoader(nodeResources({ download: false }));
const [folder, runs, text] = process.argv.slice(2);

/** @param {object} input @param {number} count */
async function perform(input, count) {
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  const specs = await Promise.all(
    seeds.map((seed) => resolvedRun({ input: { ...input, seed }, place: "run", loadTask, backend: "wasm" })),
  );
  const { task } = await loadTask(specs[0].task.name, specs[0].task.options);
  const ends = await runInFolders({
    runs: specs.map((spec, run) => ({ spec, place: { folder: `${folder}/${run}` } })),
    loadTask,
    software: { version: "0", fingerprint: "this", variant: "none" },
    machine: {},
    kernelOptions: {},
    isCancelled: () => false,
  });
  await Promise.all(ends);
  rmSync(folder, { recursive: true });
  return count * stackMemory(specs[0], { task }).perRun;
}

// The first run brings in what every process needs, whatever the run.
await perform({ task: "function-approximation", network: { hiddenSize: 2 }, training: { updates: 2 } }, 1);
const before = process.memoryUsage.rss();
const estimated = await perform(JSON.parse(text), Number(runs));
process.stdout.write(JSON.stringify({ estimated, measured: process.resourceUsage().maxRSS * 1024 - before }));
