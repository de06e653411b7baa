/** What the programs of Slurm answer, read. */

export interface JobTask {
  /** Name of its array. */
  readonly name: string;
  /** Number of its array. */
  readonly job: string;
  readonly index: number;
  /** Slurm's word: "RUNNING", "TIMEOUT". */
  readonly state: string;
  /** Slurm's word for why it waits or failed; empty when it says none. */
  readonly reason: string;
}

const endedStates: ReadonlySet<string> = new Set([
  "BOOT_FAIL",
  "CANCELLED",
  "COMPLETED",
  "DEADLINE",
  "FAILED",
  "NODE_FAIL",
  "OUT_OF_MEMORY",
  "PREEMPTED",
  "REVOKED",
  "TIMEOUT",
]);
const runningStates: ReadonlySet<string> = new Set([
  "COMPLETING",
  "CONFIGURING",
  "RUNNING",
  "SIGNALING",
  "STAGE_OUT",
  "STOPPED",
  "SUSPENDED",
]);

/** What is neither running nor ended waits: PENDING, REQUEUED, REQUEUE_HOLD, ... */
export function phaseOf({ state }: Pick<JobTask, "state">): "queued" | "running" | "ended" {
  if (endedStates.has(state)) return "ended";
  return runningStates.has(state) ? "running" : "queued";
}

/** @returns the number of the job; undefined when the answer of `sbatch --parsable` holds none */
export function submittedJob(answer: string): string | undefined {
  // Site plugins print lines of their own before it; a cluster's name may follow it.
  return /^(\d+)(?:;\S+)?\s*$/m.exec(answer)?.[1];
}

/** Fields that `squeueTasks` reads. */
export const squeueFormat = "%j|%F|%K|%T|%r";

/** Answer of `squeue --array --noheader` in `squeueFormat`. */
export function squeueTasks(answer: string): JobTask[] {
  return answer.split("\n").flatMap((line) => {
    const [name, job, indices, state, reason = ""] = line.trim().split("|");
    if (state === undefined) return [];
    return indicesOf(indices).map((index) => ({ name, job, index, state, reason: reason === "None" ? "" : reason }));
  });
}

/** Fields that `sacctTasks` reads. */
export const sacctFormat = "JobName,JobID,State,ExitCode";

/** Answer of `sacct --allocations --noheader --parsable2` in `sacctFormat`. */
export function sacctTasks(answer: string): JobTask[] {
  return answer.split("\n").flatMap((line) => {
    const [name, id = "", words, exit] = line.trim().split("|");
    const match = /^(\d+)_(?:\[(.*)\]|(\d+))$/.exec(id);
    if (match === null || exit === undefined) return [];
    // "CANCELLED by 1000" names the user.
    const [state] = words.split(" ");
    const [code, signal] = exit.split(":");
    const reason = signal !== "0" ? `signal ${signal}` : code !== "0" ? `exit code ${code}` : "";
    return indicesOf(match[2] ?? match[3]).map((index) => ({ name, job: match[1], index, state, reason }));
  });
}

/** "3" or "2-5,8%2"; tasks that ended before they began stand in one line. */
function indicesOf(text: string): number[] {
  return text
    .replace(/%\d+$/, "")
    .split(",")
    .flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return Number.isInteger(first) ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [];
    });
}

/** MaxArraySize in the answer of `scontrol show config`: indices lie below it. */
export function maxArraySizeOf(config: string): number | undefined {
  const match = /^MaxArraySize\s*=\s*(\d+)/m.exec(config);
  return match === null ? undefined : Number(match[1]);
}
