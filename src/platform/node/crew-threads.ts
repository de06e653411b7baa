/** Crews of Node's worker threads. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { InternalError } from "../../core/errors.ts";
import { type Crew, createCrew } from "../../engine/compiled/crew.ts";
import type { CrewSource, CrewStart } from "./crew-worker.ts";
import { packageFolder } from "./folders.ts";

/** Node runs the built file, also when this one runs from its source. */
const entry = join(packageFolder, "dist", "platform", "node", "crew-worker.js");

/** A crew of `size` threads on a source. They sleep while there is nothing to do, and let the process end. */
export function threadCrew(source: CrewSource, size: number): Promise<Crew> {
  return createCrew({
    size,
    start: (control, index) =>
      new Promise((resolve, reject) => {
        const start: CrewStart = { control, index, source };
        // options of the process are not for this file: with --input-type it would not even load
        const worker = new Worker(entry, { workerData: start, execArgv: [] });
        worker.once("error", reject);
        worker.once("exit", (code) =>
          reject(new InternalError("kernel thread", `ended with code ${code} at its start`)),
        );
        worker.once("message", () => {
          worker.removeAllListeners();
          // a thread that dies later is seen by the crew: its job does not end
          worker.on("error", () => {});
          worker.unref();
          resolve({ terminate: () => void worker.terminate() });
        });
      }),
  });
}
