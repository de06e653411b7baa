/** A worker whose jobs do what they are told: answer after a while, throw, crash, end, or wait to be cancelled. */
import { setTimeout as pause } from "node:timers/promises";
import { serveJobs } from "../../dist/platform/node/pool-worker.js";

serveJobs(async ({ deed, value, wait }, { isCancelled, report }) => {
  report(`began ${value}`);
  await pause(wait ?? 0);
  if (deed === "throw") throw new RangeError(`job ${value} threw`);
  if (deed === "crash") {
    setTimeout(() => {
      throw new Error(`job ${value} crashed its worker`);
    });
    await pause(60_000);
  }
  if (deed === "exit") process.exit(7);
  if (deed === "spin") {
    // Computes without a pause, as training does: only shared memory can reach it.
    while (!isCancelled());
    return { value, cancelled: true };
  }
  return { value, array: new Float64Array(1000).fill(value) };
});
