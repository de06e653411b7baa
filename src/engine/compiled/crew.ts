/**
 * A crew: threads that share the jobs of one kernel instance.
 *
 * The thread that owns the instance publishes a task, does jobs itself and waits until all have ended. Which thread
 * does which job changes nothing but the time.
 *
 * Jobs are handed out by tickets that are numbered on and on, from one task to the next: `next` is the first ticket
 * that nobody has, `limit` the first that does not exist yet, `ended` counts the tickets whose jobs have ended.
 *
 * - A worker loads `next` as t, then `limit`, and if they differ takes t by exchanging `next` from t to t + 1. `limit`
 *   only rises, so t existed; the exchange succeeds only while nobody has t. However late a worker is, it can take
 *   nothing but a ticket that waits now.
 * - The words that describe a task are written before `limit` rises and read after a ticket is taken. They stay until
 *   every ticket below `limit` has ended, this one too, so a worker never sees those of another task.
 * - Workers sleep on `limit`, with the value that they saw it have, the owner on `ended`. A change before they sleep
 *   makes them not sleep, so no waking is missed.
 *
 * Tickets are 32 bits. To be fooled by their return, a worker would have to pause between two instructions for exactly
 * a multiple of 2^32 jobs.
 */
import { InternalError } from "../../core/errors.ts";
import { jobSize } from "./contract.ts";

const jobBytes = jobSize * 4;

/** Words of the shared array, in cache lines of their own where threads wait for them. */
const words = {
  limit: 0,
  next: 16,
  ended: 32,
  /** What the task is: index of the function, byte offset of the jobs, ticket of the second job. */
  function: 48,
  jobs: 49,
  first: 50,
  /** 1: the workers end. */
  closed: 51,
  /** Length of the message of a job that failed; 0: none did. -1: the message is being written. */
  failed: 52,
  message: 64,
} as const;
const longestMessage = 448;
const size = words.message + longestMessage;

/** Runs one job of one function, by index and byte offset of the job's words. */
export type RunJob = (functionIndex: number, job: number) => void;

/** A thread of the crew, as the platform knows it. */
export interface CrewThread {
  terminate(): void;
}

export interface CrewOptions {
  /** Threads beside the owner, >= 0; with 0 the owner does all jobs, in order. */
  readonly size: number;
  /** Starts a thread that calls `serveCrew`; resolves when it is about to. */
  readonly start: (control: SharedArrayBuffer, index: number) => Promise<CrewThread>;
  /**
   * Milliseconds without the end of a job, beyond a hundred times the owner's own longest, after which the thread that
   * took it is given up. Default 30 000.
   */
  readonly patience?: number;
}

export interface Crew {
  /**
   * Runs `count` jobs, the first of them at byte `jobs`, on this and the other threads; returns when all have ended.
   *
   * This thread sleeps while it waits for others, so with a crew it cannot be the main thread of a browser: there
   * `size` must be 0 (see `canWait`).
   *
   * @param own runs a job on this thread
   * @throws InternalError when a job threw, on whichever thread, after the others have ended; or when a thread died in
   *   the middle of a job, after which the crew, and the memory that it worked in, can be used no more
   */
  run(functionIndex: number, jobs: number, count: number, own: RunJob): void;
  /** Ends the threads. */
  close(): void;
}

/**
 * How often a thread looks at a shared word before it sleeps: for about 100 us. That bridges the gaps between the tasks
 * of a training step of a small network, and waking a processor that has gone to rest takes as long. Passes too small to
 * share wake nobody, so they pay nothing.
 */
const looks = 20_000;
/** Milliseconds of one sleep of the owner. */
const slice = 500;

/** Whether this thread can own other threads: it may sleep, which the main thread of a browser may not, and share memory. */
export function canWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** @throws whatever `start` throws, after the threads that did start were ended */
export async function createCrew({ size: workers, start, patience = 30_000 }: CrewOptions): Promise<Crew> {
  const bytes = size * Int32Array.BYTES_PER_ELEMENT;
  // a page that is not isolated has no shared arrays, and needs none for one thread
  const control = workers === 0 ? undefined : new SharedArrayBuffer(bytes);
  const state = new Int32Array(control ?? new ArrayBuffer(bytes));
  const started = await Promise.allSettled(
    control === undefined ? [] : Array.from({ length: workers }, (_, index) => start(control, index)),
  );
  const threads = started.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const close = (): void => {
    Atomics.store(state, words.closed, 1);
    // a sleeper wakes, one that is about to sleep does not, and nobody takes the ticket: closed was set before
    Atomics.add(state, words.limit, 1);
    Atomics.notify(state, words.limit);
    for (const thread of threads) thread.terminate();
  };
  const refused = started.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) {
    close();
    throw refused.reason;
  }

  let obstacle: InternalError | undefined;
  let longest = 0;
  return {
    run: (functionIndex, jobs, count, own) => {
      if (obstacle !== undefined) throw obstacle;
      if (count === 0) return;
      // the first job is the owner's, the others have tickets
      const first = Atomics.load(state, words.limit);
      const end = (first + count - 1) | 0;
      state[words.function] = functionIndex;
      state[words.jobs] = jobs;
      state[words.first] = first;
      if (count > 1) {
        Atomics.store(state, words.limit, end);
        Atomics.notify(state, words.limit, count - 1);
      }
      const begun = Date.now();
      attempt(state, own, functionIndex, jobs);
      longest = Math.max(longest, Date.now() - begun);
      serve(state, own);

      if (!awaitEnd(state, end, patience + 100 * longest)) {
        obstacle = defect("a thread died in the middle of a job, so its results are lost");
        throw obstacle;
      }
      const length = Atomics.exchange(state, words.failed, 0);
      if (length !== 0) {
        const message = String.fromCharCode(...state.subarray(words.message, words.message + length));
        throw defect(`a job failed (${message})`);
      }
    },
    close: () => {
      obstacle ??= defect("was closed and then used");
      close();
    },
  };
}

/**
 * What a thread of the crew does all its life: waits for a task, does jobs, waits again. Returns when the crew is
 * closed. Takes no processor while it waits.
 *
 * @param control as `start` got it
 */
export function serveCrew(control: SharedArrayBuffer, runJob: RunJob): void {
  const state = new Int32Array(control);
  for (;;) {
    const limit = Atomics.load(state, words.limit);
    if (Atomics.load(state, words.closed) === 1) return;
    if (Atomics.load(state, words.next) !== limit) serve(state, runJob);
    else if (isStill(state, words.limit, limit)) Atomics.wait(state, words.limit, limit);
  }
}

/** Does jobs until no ticket is left. */
function serve(state: Int32Array, runJob: RunJob): void {
  for (;;) {
    const ticket = Atomics.load(state, words.next);
    if (ticket === Atomics.load(state, words.limit) || Atomics.load(state, words.closed) === 1) return;
    if (Atomics.compareExchange(state, words.next, ticket, (ticket + 1) | 0) !== ticket) continue;
    const index = 1 + ((ticket - state[words.first]) | 0);
    attempt(state, runJob, state[words.function], (state[words.jobs] >>> 0) + index * jobBytes);
    const ended = (Atomics.add(state, words.ended, 1) + 1) | 0;
    if (ended === Atomics.load(state, words.limit)) Atomics.notify(state, words.ended);
  }
}

/** Runs a job; what it throws is written down, if it is the first of its task. */
function attempt(state: Int32Array, runJob: RunJob, functionIndex: number, job: number): void {
  try {
    runJob(functionIndex, job);
  } catch (error) {
    if (Atomics.compareExchange(state, words.failed, 0, -1) !== 0) return;
    const text = `${error}`.slice(0, longestMessage) || "no reason given";
    for (let i = 0; i < text.length; i++) state[words.message + i] = text.charCodeAt(i);
    Atomics.store(state, words.failed, text.length);
  }
}

/** Whether every ticket below `end` has ended, after waiting for it with patience (milliseconds). */
function awaitEnd(state: Int32Array, end: number, patience: number): boolean {
  let waited = 0;
  let before = end;
  for (;;) {
    const ended = Atomics.load(state, words.ended);
    if (ended === end) return true;
    if (ended !== before) waited = 0;
    if (waited > patience) return false;
    before = ended;
    // time is counted in sleeps without news: a machine that was suspended for a while is not a thread that died
    if (isStill(state, words.ended, ended) && Atomics.wait(state, words.ended, ended, slice) === "timed-out")
      waited += slice;
  }
}

/** Whether a word keeps its value for a little while. */
function isStill(state: Int32Array, word: number, value: number): boolean {
  for (let look = 0; look < looks; look++) if (Atomics.load(state, word) !== value) return false;
  return true;
}

const defect = (rule: string): InternalError => new InternalError("compiled kernel", rule);
