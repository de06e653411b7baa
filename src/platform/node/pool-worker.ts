/** The other end of the pool: what a worker module calls. */
import { parentPort, type Transferable, workerData } from "node:worker_threads";
import { InternalError } from "../../core/errors.ts";
import type { FromWorker, ToWorker, WorkerStart } from "./pool.ts";

export interface JobContext<Progress> {
  /** Whether the pool was cancelled; true soon after, also while the worker computes without a pause. */
  isCancelled(): boolean;
  report(progress: Progress): void;
}

export interface Answered<Answer> {
  readonly answer: Answer;
  /** Memory that goes over to the pool instead of being copied. */
  readonly transfer: readonly Transferable[];
}

/** Answers jobs one after the other for as long as the pool sends any. What `handle` throws fails its job only. */
export function serveJobs<Job, Answer, Progress>(
  handle: (job: Job, context: JobContext<Progress>) => Promise<Answered<Answer>>,
): void {
  const port = parentPort;
  if (port === null) throw new InternalError("worker", "must be started by a pool");
  const { cancelled } = workerData as WorkerStart;
  const flag = new Int32Array(cancelled);
  const send = (message: FromWorker<Answer, Progress>, transfer: readonly Transferable[] = []): void =>
    port.postMessage(message, [...transfer]);
  port.on("message", async ({ index, job }: ToWorker<Job>) => {
    const context: JobContext<Progress> = {
      isCancelled: () => Atomics.load(flag, 0) === 1,
      report: (progress) => send({ kind: "progress", index, progress }),
    };
    try {
      const { answer, transfer } = await handle(job, context);
      send({ kind: "answer", index, answer }, transfer);
    } catch (cause) {
      const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
      send({ kind: "error", index, name, message });
    }
  });
}
