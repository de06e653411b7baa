/** What is asked of the cluster for each task where the user does not say. */
import { type Chunk, chunkRange } from "../../../../study/chunks.ts";
import type { RunSpec } from "../../../../study/spec.ts";
import type { CommonOptions } from "../contract.ts";
import type { SlurmOptions } from "./options.ts";

/** Estimates of the runs of a plan. */
export interface Estimates {
  secondsOf(spec: RunSpec): number;
  /** What the workers of a task take at most. */
  readonly bytes: number;
}

export interface Resources {
  readonly chunkSize: number;
  /** Time limit of a task in seconds. */
  readonly seconds: number;
  /** MiB of a task. */
  readonly memory: number;
}

/** Seconds that a task is meant to take: long beside the start of a process, short beside what a preemption costs. */
const taskSeconds = 20 * 60;
/** Time limit and memory asked for, over the estimates: nodes differ, and a task that ends early costs nothing. */
const timeMargin = 3;
const memoryMargin = 1.5;
/** For the start of the process and the data, in seconds. */
const startSeconds = 300;
/** The main thread, in MiB. */
const mainMemory = 256;

/**
 * @param specs of all runs of the plan
 * @param open indices of those that are to be made
 */
export function taskResources(
  specs: readonly RunSpec[],
  open: readonly number[],
  options: Pick<SlurmOptions, "chunkSize" | "time" | "memory">,
  { workers = 1 }: Pick<CommonOptions, "workers">,
  { secondsOf, bytes }: Estimates,
): Resources {
  const seconds = new Float64Array(specs.length);
  let total = 0;
  for (const run of open) {
    seconds[run] = secondsOf(specs[run]);
    total += seconds[run];
  }
  const mean = total / Math.max(1, open.length);
  const chunkSize = Math.min(
    specs.length,
    options.chunkSize ?? Math.max(1, Math.floor((taskSeconds * workers) / Math.max(mean, 1e-3))),
  );
  const of = Math.ceil(specs.length / chunkSize);
  let longest = 0;
  for (let number = 1; number <= of; number++)
    longest = Math.max(longest, chunkSeconds(seconds, { number, of }, workers));
  const limit = Math.ceil((longest * timeMargin + startSeconds) / 60) * 60;
  const memory = Math.ceil((bytes / 2 ** 20 + mainMemory) * memoryMargin);
  return { chunkSize, seconds: options.time ?? limit, memory: options.memory ?? memory };
}

/** What remains of a chunk, shared by its workers; at least its longest run. */
function chunkSeconds(seconds: Float64Array, chunk: Chunk, workers: number): number {
  const { from, to } = chunkRange(seconds.length, chunk);
  const part = seconds.subarray(from, to);
  return Math.max(
    part.reduce((sum, value) => sum + value, 0) / workers,
    part.reduce((a, b) => Math.max(a, b), 0),
  );
}
