/** A training run of this library, update by update. */
import { together } from "../../dist/network/lockstep.js";
import { createNetwork } from "../../dist/network/network.js";
import { presets } from "../../dist/noise/presets.js";
import { nodeResources } from "../../dist/platform/node/datasets.js";
import { tasks } from "../../dist/task/registry.js";
import { losses } from "../../dist/train/losses/registry.js";
import { prepareOptimiser } from "../../dist/train/optimisers/prepared.js";
import { trainOptions } from "../../dist/train/options.js";
import { updating } from "../../dist/train/update.js";

/** @typedef {{ readonly backend: string, readonly threads: number }} Engine */

/** Task and network of each cell. */
const subjects = {
  ctrnn: {
    task: "function-approximation",
    /** @param {number} steps */
    taskOptions: (steps) => ({ stepCount: steps }),
    network: { cell: "ctrnn", noise: [{ site: "inside", intensity: 0.5 }] },
  },
  lipschitz: {
    task: "mnist-rows",
    /** @param {number} steps */
    taskOptions: (steps) => ({ pixelsPerStep: 784 / steps }),
    // intensities of the published code
    network: {
      ...presets.get("noisyrnn-code").network({ sigma: 0.02, mu: 0.02 }),
      readout: { from: /** @type {const} */ ("last") },
    },
  },
};

/**
 * A function that makes one update of fresh networks that differ in their seed, their passes in one call of the engine:
 * Adam, no clipping, as the peers.
 *
 * @param {import("../works.mjs").Work} work
 * @param {Engine} engine
 * @param {readonly number[]} seeds one per network
 * @returns {Promise<() => void>}
 */
export async function training(work, { backend, threads }, seeds) {
  const { task: taskName, taskOptions, network: parts } = subjects[work.cell];
  const task = await tasks.get(taskName).create(taskOptions(work.steps), nodeResources());
  const { inputSize, outputSize } = task;
  const network = createNetwork({ ...parts, inputSize, hiddenSize: work.hidden, outputSize });
  const kernel = await network.kernel({ precision: "float32", backend, threads });
  const options = trainOptions({ batchSize: work.batch, updates: 1e6, clipNorm: null });
  const { name, ...optimiserOptions } = options.optimiser;
  const optimiser = await prepareOptimiser(name, kernel);
  const loss = losses.get(task.loss);
  const runs = seeds.map((seed) => {
    /** @type {import("../../dist/network/contract.js").Weights} */
    const weights = Object.fromEntries(
      Object.entries(network.initialWeights(seed)).map(([name, values]) => [name, Float32Array.from(values)]),
    );
    const memory = optimiser.init(weights, /** @type {Record<string, number>} */ (optimiserOptions));
    return { subject: { network, task, loss, optimiser, options, seed }, weights, memory };
  });
  let index = 0;
  return () => {
    const outcomes = together(
      kernel,
      runs.map(({ subject, weights, memory }) => updating(subject, index, weights, memory)),
    );
    index++;
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.kind === "failed") throw new Error(`${work.name} diverged at update ${index}: ${outcome.quantity}`);
      runs[i].weights = outcome.weights;
      runs[i].memory = outcome.optimiser;
    }
  };
}
