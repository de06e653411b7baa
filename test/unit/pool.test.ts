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

const run = (jobs: readonly Job[], workers: number, signal?: AbortSignal) =>
  runJobs<Job, Answer, string>({ entry, jobs, workers, ...(signal && { signal }) });

const values = (outcomes: readonly JobOutcome<Answer>[]) =>
  outcomes.map((outcome) => (outcome.kind === "answered" ? outcome.answer.value : outcome.kind));

describe("worker pool", () => {
  test("no jobs need no worker", async () => {
    expect(await run([], 3)).toEqual([]);
  });

  test.each([1, 2, 3, 9])(
    "%i workers answer seven jobs in the order of the jobs, though the first takes longest",
    async (workers) => {
      const jobs = Array.from({ length: 7 }, (_, value) => ({ value, wait: 60 - 10 * value }));
      expect(values(await run(jobs, workers))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    },
  );

  test("jobs begin in the order that is asked for and are answered in their own", async () => {
    const begun: number[] = [];
    const outcomes = await runJobs<Job, Answer, string>({
      entry,
      jobs: [{ value: 0 }, { value: 1 }, { value: 2 }],
      workers: 1,
      order: [2, 0, 1],
      onProgress: (job) => begun.push(job),
    });
    expect(begun).toEqual([2, 0, 1]);
    expect(values(outcomes)).toEqual([0, 1, 2]);
  });

  test("memory comes over whole", async () => {
    const [outcome] = await run([{ value: 5 }], 1);
    expect(outcome).toMatchObject({ kind: "answered", answer: { value: 5, array: new Float64Array(1000).fill(5) } });
  });

  test("a job that throws fails with its class and message, and its worker goes on", async () => {
    const outcomes = await run([{ value: 0 }, { value: 1, deed: "throw" }, { value: 2 }], 1);
    expect(outcomes[1]).toEqual({ kind: "failed", reason: "job 1 threw", errorName: "RangeError" });
    expect(values(outcomes)).toEqual([0, "failed", 2]);
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
      const outcomes = await run(jobs, workers);
      expect(values(outcomes)).toEqual([0, "failed", 2, "failed", 4]);
      expect(outcomes[1]).toEqual({ kind: "failed", reason: "its worker crashed: job 1 crashed its worker" });
      expect(outcomes[3]).toEqual({ kind: "failed", reason: "its worker ended with code 7" });
    }
  });

  test("an entry that is no module fails every job, and the pool ends", async () => {
    const missing = new URL("../cli/no-such-file.mjs", import.meta.url);
    const outcomes = await runJobs<Job, Answer, string>({
      entry: missing,
      jobs: [{ value: 0 }, { value: 1 }],
      workers: 2,
    });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["failed", "failed"]);
  });

  test("cancelled, jobs at work are told even while they compute, and no other begins", async () => {
    const controller = new AbortController();
    const outcomes = runJobs<Job, Answer, string>({
      entry,
      jobs: [{ value: 0, deed: "spin" }, { value: 1, deed: "spin" }, { value: 2 }],
      workers: 2,
      signal: controller.signal,
      onProgress: (job) => job === 1 && controller.abort(),
    });
    expect(values(await outcomes)).toEqual([0, 1, "not-started"]);
  });

  test("cancelled before it begins, it begins nothing", async () => {
    expect(values(await run([{ value: 0 }], 1, AbortSignal.abort()))).toEqual(["not-started"]);
  });
});
