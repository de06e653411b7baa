/**
 * Jobs on worker threads: answers come in the order of the jobs, whatever the number of workers.
 *
 * A worker does one job at a time. One that dies fails its job, with the reason; another takes its place.
 */
import { Worker } from "node:worker_threads";
import { InternalError } from "../../core/errors.ts";

export type JobOutcome<Answer> =
  | { readonly kind: "answered"; readonly answer: Answer }
  /** The job threw an error of the given class, or its worker died, which has no class. */
  | { readonly kind: "failed"; readonly reason: string; readonly errorName?: string }
  /** The pool was cancelled before the job began. */
  | { readonly kind: "not-started" };

export interface PoolCall<Job, Progress> {
  /** Module that calls `serveJobs`. */
  readonly entry: URL;
  /** Structured-cloneable. */
  readonly jobs: readonly Job[];
  /** Largest number of jobs at a time, >= 1. */
  readonly workers: number;
  /** Order in which jobs are begun, as indices into `jobs`; default: theirs. Changes nothing but the time it takes. */
  readonly order?: readonly number[];
  /** When aborted, no further job begins, and those at work are told to end. */
  readonly signal?: AbortSignal;
  onProgress?(job: number, progress: Progress): void;
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

/** @returns one outcome per job, in the order of `jobs` */
export async function runJobs<Job, Answer, Progress>(
  call: PoolCall<Job, Progress>,
): Promise<readonly JobOutcome<Answer>[]> {
  const { entry, jobs, workers, signal } = call;
  const cancelled = new SharedArrayBuffer(4);
  const abort = (): void => {
    Atomics.store(new Int32Array(cancelled), 0, 1);
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });

  const outcomes: JobOutcome<Answer>[] = jobs.map(() => ({ kind: "not-started" }));
  const waiting = [...(call.order ?? jobs.keys())];

  /** One seat: a worker that takes jobs until there are none; a dead worker is replaced. */
  const seat = async (): Promise<void> => {
    let worker: Worker | undefined;
    for (;;) {
      const index = signal?.aborted === true ? undefined : waiting.shift();
      if (index === undefined) break;
      const start: WorkerStart = { cancelled };
      worker ??= new Worker(entry, { workerData: start });
      const report = (progress: Progress) => call.onProgress?.(index, progress);
      const { outcome, isAlive } = await oneJob<Job, Answer, Progress>(worker, index, jobs[index], report);
      outcomes[index] = outcome;
      if (!isAlive) worker = undefined;
    }
    await worker?.terminate();
  };

  try {
    await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, seat));
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return outcomes;
}

function oneJob<Job, Answer, Progress>(
  worker: Worker,
  index: number,
  job: Job,
  onProgress: (progress: Progress) => void,
): Promise<{ outcome: JobOutcome<Answer>; isAlive: boolean }> {
  return new Promise((resolve) => {
    const end = (outcome: JobOutcome<Answer>, isAlive: boolean): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit).off("messageerror", onError);
      resolve({ outcome, isAlive });
    };
    const onMessage = (message: FromWorker<Answer, Progress>): void => {
      if (message.index !== index)
        throw new InternalError("worker pool", `an answer for job ${message.index} came to job ${index}`);
      if (message.kind === "progress") onProgress(message.progress);
      else if (message.kind === "answer") end({ kind: "answered", answer: message.answer }, true);
      else end({ kind: "failed", reason: message.message, errorName: message.name }, true);
    };
    const onError = (error: Error): void =>
      end({ kind: "failed", reason: `its worker crashed: ${error.message}` }, false);
    const onExit = (code: number): void => end({ kind: "failed", reason: `its worker ended with code ${code}` }, false);
    worker.on("message", onMessage).on("error", onError).on("exit", onExit).on("messageerror", onError);
    const message: ToWorker<Job> = { index, job };
    worker.postMessage(message);
  });
}
