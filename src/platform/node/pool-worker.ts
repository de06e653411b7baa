/** The other end of the pool: what a worker module calls. */
import { parentPort, workerData } from "node:worker_threads";
import { InternalError } from "../../core/errors.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./pool.ts";

export interface JobContext<Progress> {
  /** Whether the pool was cancelled; true soon after, also while the worker computes without a pause. */
  isCancelled(): boolean;
  report(progress: Progress): void;
}

/** Answers jobs one after the other for as long as the pool sends any. What `handle` throws fails its job only. */
export function serveJobs<Job, Answer, Progress>(
  handle: (job: Job, context: JobContext<Progress>) => Promise<Answer>,
): void {
  const port = parentPort;
  if (port === null) throw new InternalError("worker", "must be started by a pool");
  const { cancelled } = workerData as WorkerStart;
  const flag = new Int32Array(cancelled);
  const send = (message: FromWorker<Answer, Progress>): void => port.postMessage(message);
  port.on("message", async ({ index, job }: ToWorker<Job>) => {
    const context: JobContext<Progress> = {
      isCancelled: () => Atomics.load(flag, 0) === 1,
      report: (progress) => send({ kind: "progress", index, progress }),
    };
    try {
      send({ kind: "answer", index, answer: await handle(job, context) });
    } catch (cause) {
      const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
      send({ kind: "error", index, name, message });
    }
  });
}
