/** A worker of the sweep: trains its share of the networks, as many updates as it is told. */
import { parentPort, workerData } from "node:worker_threads";
import { installBackends } from "../../dist/platform/node/setup.js";
import { training } from "./training.mjs";

/**
 * @typedef {object} Share
 * @property {import("../works.mjs").Work} work
 * @property {string} backend
 * @property {readonly number[]} seeds one per network
 */

const { work, backend, seeds } = /** @type {Share} */ (workerData);
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
installBackends();
const update = await training(work, { backend, threads: 1 }, seeds);
port.on("message", (/** @type {number} */ count) => {
  for (let i = 0; i < count; i++) update();
  port.postMessage("done");
});
port.postMessage("ready");
