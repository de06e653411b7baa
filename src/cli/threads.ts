/** How many threads one network gets. */
import { availableParallelism } from "node:os";

export const mostThreads = 256;
export const threadsHelp = "threads that share the trials of a pass; changes no number (default: one per core)";

/** Trials are shared out 16 at a time. */
const shard = 16;

/** One per core, but none without a share of the trials of a pass. */
export function usualThreads(trials: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(trials / shard)));
}
