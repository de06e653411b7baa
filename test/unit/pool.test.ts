import { describe, expect, test } from "vitest";
import { type JobOutcome, runJobs } from "../../src/platform/node/pool.ts";

interface Job {
  readonly deed?: "throw" | "crash" | "exit" | "spin";
  readonly value: number;
  /** Milliseconds before anything happens. */
  readonly wait?: number;
}

interface Answer {
  readonly value: number;
  readonly array?: Float64Array;
  readonly cancelled?: true;
}

const entry = new URL("../cli/fixture-jobs.mjs", import.meta.url);

/** A source of the jobs in their order, and what came of each. */
async function run(jobs: readonly Job[], workers: number, signal?: AbortSignal): Promise<string[]> {
  const waiting = [...jobs];
  const outcomes = new Map<Job, JobOutcome<Answer>>();
  await runJobs<Job, Answer, string>({
    entry,
    workers,
    next: () => Promise.resolve(waiting.shift()),
    onEnd: (job, outcome) => void outcomes.set(job, outcome),
    ...(signal && { signal }),
  });
  return jobs.map((job) => text(outcomes.get(job)));
}

function text(outcome: JobOutcome<Answer> | undefined): string {
  if (outcome === undefined) return "not begun";
  if (outcome.kind === "answered") return String(outcome.answer.value);
  return outcome.kind === "failed" ? `${outcome.errorName}: ${outcome.reason}` : outcome.reason;
}

describe("worker pool", () => {
  test("no jobs need no worker", async () => {
    expect(await run([], 3)).toEqual([]);
  });

  test.each([1, 2, 3, 9])(
    "%i workers answer seven jobs, each once, though the first takes longest",
    async (workers) => {
      const jobs = Array.from({ length: 7 }, (_, value) => ({ value, wait: 60 - 10 * value }));
      expect(await run(jobs, workers)).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    },
  );

  test("a source is asked when a worker is free, one question at a time, and may wait for the end of another job", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    let questions = 0;
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const waiting: Job[] = [{ value: 0, wait: 30 }, { value: 1 }, { value: 2 }];
    await runJobs<Job, Answer, string>({
      entry,
      workers: 2,
      next: async () => {
        expect(++questions).toBe(1);
        // The second job is there only when the first has ended.
        if (waiting.length === 2) await first;
        questions--;
        return waiting.shift();
      },
      onProgress: ({ value }) => begun.push(value),
      onEnd: ({ value }) => {
        ended.push(value);
        release();
      },
    });
    expect(begun[0]).toBe(0);
    expect(ended[0]).toBe(0);
    expect([...ended].sort()).toEqual([0, 1, 2]);
  });

  test("memory comes over whole", async () => {
    const answers: unknown[] = [];
    const waiting: Job[] = [{ value: 5 }];
    await runJobs<Job, Answer, string>({
      entry,
      workers: 1,
      next: () => Promise.resolve(waiting.shift()),
      onEnd: (_, outcome) => void answers.push(outcome),
    });
    expect(answers).toMatchObject([{ kind: "answered", answer: { value: 5, array: new Float64Array(1000).fill(5) } }]);
  });

  test("a job that throws fails with its class and message, and its worker goes on", async () => {
    expect(await run([{ value: 0 }, { value: 1, deed: "throw" }, { value: 2 }], 1)).toEqual([
      "0",
      "RangeError: job 1 threw",
      "2",
    ]);
  });

  test("a worker that crashes or ends fails its job with the reason, and the others are done by another worker", async () => {
    const jobs: Job[] = [
      { value: 0 },
      { value: 1, deed: "crash" },
      { value: 2 },
      { value: 3, deed: "exit" },
      { value: 4 },
    ];
    for (const workers of [1, 2]) {
      expect(await run(jobs, workers)).toEqual([
        "0",
        "its worker crashed: job 1 crashed its worker",
        "2",
        "its worker ended with code 7",
        "4",
      ]);
    }
  });

  test("an entry that is no module fails every job, and the pool ends", async () => {
    const waiting = [{ value: 0 }, { value: 1 }];
    const kinds: string[] = [];
    await runJobs<Job, Answer, string>({
      entry: new URL("../cli/no-such-file.mjs", import.meta.url),
      workers: 2,
      next: () => Promise.resolve(waiting.shift()),
      onEnd: (_, { kind }) => void kinds.push(kind),
    });
    expect(kinds).toEqual(["crashed", "crashed"]);
  });

  test("cancelled, jobs at work are told even while they compute, and no other begins", async () => {
    const controller = new AbortController();
    const waiting: Job[] = [{ value: 0, deed: "spin" }, { value: 1, deed: "spin" }, { value: 2 }];
    const ended: string[] = [];
    await runJobs<Job, Answer, string>({
      entry,
      workers: 2,
      signal: controller.signal,
      next: () => Promise.resolve(waiting.shift()),
      onProgress: ({ value }) => value === 1 && controller.abort(),
      onEnd: (_, outcome) => void ended.push(text(outcome)),
    });
    expect(ended.sort()).toEqual(["0", "1"]);
    expect(waiting).toHaveLength(1);
  });

  test("what the source or the receiver throws ends the pool: jobs at work are told, have ended, and no other begins", async () => {
    const waiting: Job[] = [{ value: 0, deed: "spin" }, { value: 1 }, { value: 2 }];
    const ended: string[] = [];
    const jobs = runJobs<Job, Answer, string>({
      entry,
      workers: 2,
      next: () => Promise.resolve(waiting.shift()),
      onEnd: (_, outcome) => {
        ended.push(text(outcome));
        if (text(outcome) === "1") throw new RangeError("no space");
      },
    });
    await expect(jobs).rejects.toThrow("no space");
    expect(ended).toEqual(["1", "0"]);
    expect(waiting).toHaveLength(1);
    await expect(
      runJobs({
        entry,
        workers: 2,
        next: () => Promise.reject(new RangeError("no claim")),
        onEnd: () => undefined,
      }),
    ).rejects.toThrow("no claim");
  });

  test("cancelled before it begins, it begins nothing", async () => {
    expect(await run([{ value: 0 }], 1, AbortSignal.abort())).toEqual(["not begun"]);
  });
});
