/** The works as this library does them. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { training } from "./training.mjs";

/** @typedef {import("../pairs.mjs").Timed & { end(): Promise<void> }} Subject */

/**
 * A work on a back end, warm.
 *
 * @param {import("../works.mjs").Work} work
 * @param {import("./training.mjs").Engine} engine
 * @returns {Promise<Subject>}
 */
export async function ourUpdates(work, engine) {
  const subject = work.networks > 1 ? await sweepUpdates(work, engine) : await singleUpdates(work, engine);
  await subject.time(2);
  return subject;
}

/**
 * @param {import("../works.mjs").Work} work
 * @param {import("./training.mjs").Engine} engine
 * @returns {Promise<Subject>}
 */
async function singleUpdates(work, engine) {
  const update = await training(work, engine, [1]);
  return {
    time: (count) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) update();
      return (performance.now() - start) / count;
    },
    end: async () => {},
  };
}

/**
 * All networks of a sweep, which differ in their seed: whole networks per worker, as many workers as threads.
 *
 * @param {import("../works.mjs").Work} work
 * @param {import("./training.mjs").Engine} engine
 * @returns {Promise<Subject>}
 */
async function sweepUpdates(work, { backend, threads }) {
  const seeds = Array.from({ length: work.networks }, (_, index) => index + 1);
  const workers = Array.from({ length: threads }, (_, index) => {
    const workerData = { work, backend, seeds: seeds.filter((seed) => seed % threads === index) };
    return new Worker(new URL("sweep-worker.mjs", import.meta.url), { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, "message")));
  return {
    time: async (count) => {
      const start = performance.now();
      await Promise.all(
        workers.map((worker) => {
          worker.postMessage(count);
          return once(worker, "message");
        }),
      );
      return (performance.now() - start) / count;
    },
    end: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
