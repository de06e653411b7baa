/**
 * Jobs on worker threads, taken from a source as workers become free.
 *
 * A worker does one job at a time. One that dies fails its job, with the reason; another takes its place.
 */
import { Worker } from "node:worker_threads";
import { InternalError } from "../../core/errors.ts";

export type JobOutcome<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** The job threw an error of the given class. */
  | { readonly kind: "failed"; readonly reason: string; readonly errorName: string }
  /** Its worker died. */
  | { readonly kind: "crashed"; readonly reason: string };

export interface PoolCall<Job, Answer, Progress> {
  /** Module that calls `serveJobs`. */
  readonly entry: URL;
  /** Largest number of jobs at a time, >= 1. */
  readonly workers: number;
  /** When aborted, no further job begins, and those at work are told to end. */
  readonly signal?: AbortSignal;
  /**
   * The next job, structured-cloneable; undefined when there will be none any more. Asked when a worker is free, one
   * question at a time; may wait. What it throws ends the pool as soon as the jobs at work have ended.
   */
  next(): Promise<Job | undefined>;
  onProgress?(job: Job, progress: Progress): void;
  /** Once for every job that began, before its worker asks for another. */
  onEnd(job: Job, outcome: JobOutcome<Answer>): void | Promise<void>;
}

/** What the pool and a worker say to each other. */
export type ToWorker<Job> = { readonly index: number; readonly job: Job };
export type FromWorker<Answer, Progress> =
  | { readonly kind: "progress"; readonly index: number; readonly progress: Progress }
  | { readonly kind: "answer"; readonly index: number; readonly answer: Answer }
  | { readonly kind: "error"; readonly index: number; readonly name: string; readonly message: string };

export interface WorkerStart {
  /** One 32-bit integer, 1 once the pool is cancelled: seen by a worker that is busy computing. */
  readonly cancelled: SharedArrayBuffer;
}

/**
 * Does jobs until the source has none.
 *
 * @throws what `next` or `onEnd` threw first; the jobs at work are told to end then, and have ended
 */
export async function runJobs<Job, Answer, Progress>(call: PoolCall<Job, Answer, Progress>): Promise<void> {
  const { entry, workers, signal } = call;
  const cancelled = new SharedArrayBuffer(4);
  let isCancelled = false;
  const cancel = (): void => {
    isCancelled = true;
    Atomics.store(new Int32Array(cancelled), 0, 1);
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });

  let asked: Promise<unknown> = Promise.resolve();
  /** One question at a time; a source that has ended or failed is not asked again. */
  let isOver = false;
  const next = (): Promise<Job | undefined> => {
    const answer = asked.then(async () => {
      if (isOver || isCancelled) return undefined;
      const job = await call.next();
      if (job === undefined) isOver = true;
      return job;
    });
    asked = answer.catch(() => undefined);
    return answer;
  };

  let begun = 0;
  /** One seat: a worker that takes jobs until there are none; a dead worker is replaced. */
  const seat = async (): Promise<void> => {
    let worker: Worker | undefined;
    try {
      for (;;) {
        const job = await next();
        if (job === undefined) return;
        const start: WorkerStart = { cancelled };
        worker ??= new Worker(entry, { workerData: start });
        const report = (progress: Progress) => call.onProgress?.(job, progress);
        const outcome = await oneJob<Job, Answer, Progress>(worker, begun++, job, report);
        if (outcome.kind === "crashed") worker = undefined;
        await call.onEnd(job, outcome);
      }
    } catch (error) {
      isOver = true;
      cancel();
      throw error;
    } finally {
      await worker?.terminate();
    }
  };

  try {
    const ends = await Promise.allSettled(Array.from({ length: workers }, seat));
    const failure = ends.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

function oneJob<Job, Answer, Progress>(
  worker: Worker,
  index: number,
  job: Job,
  onProgress: (progress: Progress) => void,
): Promise<JobOutcome<Answer>> {
  return new Promise((resolve) => {
    const end = (outcome: JobOutcome<Answer>): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit).off("messageerror", onError);
      resolve(outcome);
    };
    const onMessage = (message: FromWorker<Answer, Progress>): void => {
      if (message.index !== index)
        throw new InternalError("worker pool", `an answer for job ${message.index} came to job ${index}`);
      if (message.kind === "progress") onProgress(message.progress);
      else if (message.kind === "answer") end({ kind: "answered", answer: message.answer });
      else end({ kind: "failed", reason: message.message, errorName: message.name });
    };
    const onError = (error: Error): void => end({ kind: "crashed", reason: `its worker crashed: ${error.message}` });
    const onExit = (code: number): void => end({ kind: "crashed", reason: `its worker ended with code ${code}` });
    worker.on("message", onMessage).on("error", onError).on("exit", onExit).on("messageerror", onError);
    const message: ToWorker<Job> = { index, job };
    worker.postMessage(message);
  });
}
