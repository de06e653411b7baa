/** How a command runs its network: threads and memory. */
import { availableParallelism } from "node:os";
import { mostThreads } from "../network/network.ts";

export const threadsHelp = "threads that share the trials of a pass; changes no number (default: one per core)";

export const checkpointingHelp =
  "keep states at about sqrt(steps) places only, for long sequences: less memory, one more forward pass, the same numbers";

/** Trials are shared out 16 at a time. */
const shard = 16;

/** One per core, but none without a share of the trials of a pass. */
export function usualThreads(trials: number): number {
  return Math.max(1, Math.min(mostThreads, availableParallelism(), Math.ceil(trials / shard)));
}
