/**
 * A crew: threads that share the jobs of one kernel instance.
 *
 * The thread that owns the instance writes a task into a small shared array, wakes the others, takes jobs itself and
 * waits until all have ended. Which thread takes which job changes nothing but the time.
 */

/** Words of the shared array. */
export const crewWords = {
  /** Raised by one for every task; workers sleep on it. -1: end. */
  task: 0,
  /** Index of the function among the instance's functions. */
  function: 1,
  /** Byte offset of the jobs. */
  jobs: 2,
  count: 3,
  /** Next job to take. */
  next: 4,
  /** Jobs that have ended; the owner sleeps on it. */
  ended: 5,
  /** Set when a worker failed. */
  failed: 6,
} as const;

/** Runs one job of one function, by index and byte offset of the job's words. */
export type RunJob = (functionIndex: number, job: number) => void;
