import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { InternalError } from "../../src/core/errors.ts";
import { jobSize } from "../../src/engine/compiled/contract.ts";
import { type Crew, createCrew } from "../../src/engine/compiled/crew.ts";

/** What a job does, in the place of a function index; see fixture-crew.mjs. */
const deeds = { count: 0, throw: 1, die: 2, linger: 3 } as const;

const jobBytes = jobSize * 4;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface TestCrew {
  readonly crew: Crew;
  readonly threads: readonly Worker[];
  /** How often each job was done, by any thread. */
  readonly marks: Int32Array;
}

async function testCrew(size: number, patience?: number): Promise<TestCrew> {
  const board = new SharedArrayBuffer(4096);
  const threads: Worker[] = [];
  const crew = await createCrew({
    size,
    ...(patience !== undefined && { patience }),
    start: (control) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL("fixture-crew.mjs", import.meta.url), { workerData: { control, board } });
        worker.once("error", reject);
        worker.once("message", () => {
          threads.push(worker);
          resolve({ terminate: () => void worker.terminate() });
        });
      }),
  });
  closers.push(() => crew.close());
  return { crew, threads, marks: new Int32Array(board) };
}

const pause = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number): void => void Atomics.wait(pause, 0, 0, milliseconds);

describe("a crew", () => {
  test.each([0, 1, 3])(
    "of %i threads beside the owner does each job of 3000 tasks of 0 to 9 jobs once, and no job twice",
    async (size) => {
      const { crew, marks } = await testCrew(size);
      const expected = new Int32Array(marks.length);
      let random = 12345;
      for (let task = 0; task < 3000; task++) {
        random = (Math.imul(random, 1103515245) + 12345) >>> 0;
        const count = (random >>> 16) % 10;
        // jobs begin elsewhere each time: a job of an old task would leave its mark in another place
        const first = task % 1000;
        crew.run(deeds.count, jobBytes * first, count, (_, job) => void Atomics.add(marks, job / jobBytes, 1));
        for (let job = first; job < first + count; job++) expected[job]++;
        if (task % 100 === 0) expect(marks).toEqual(expected);
      }
      expect(marks).toEqual(expected);
    },
  );

  test("has jobs done by other threads: of 200 jobs of 2 ms, 3 threads beside the owner do more than 50", async () => {
    const { crew, marks } = await testCrew(3);
    let own = 0;
    crew.run(deeds.linger, 0, 200, (_, job) => {
      own++;
      Atomics.add(marks, job / jobBytes, 1);
      sleep(2);
    });
    expect(marks.slice(0, 201)).toEqual(Int32Array.from({ length: 201 }, (_, job) => Number(job < 200)));
    expect(own).toBeLessThan(150);
  });

  test("with more threads than jobs does a single job on the owner, and no job at all", async () => {
    const { crew, marks } = await testCrew(2);
    const own: number[] = [];
    crew.run(deeds.count, 10 * jobBytes, 1, (_, job) => own.push(job));
    crew.run(deeds.count, 10 * jobBytes, 0, (_, job) => own.push(job));
    expect(own).toEqual([10 * jobBytes]);
    expect(marks.every((mark) => mark === 0)).toBe(true);
  });

  test("tells what another thread threw as an InternalError, after all jobs have ended, and works on", async () => {
    const { crew, marks } = await testCrew(1);
    const linger = (): void => sleep(20);
    expect(() => crew.run(deeds.throw, 0, 4, linger)).toThrow(InternalError);
    expect(() => crew.run(deeds.throw, 0, 4, linger)).toThrow(/RangeError: job \d threw on another thread/);
    crew.run(deeds.count, 0, 4, (_, job) => void Atomics.add(marks, job / jobBytes, 1));
    expect([...marks.slice(0, 5)]).toEqual([1, 1, 1, 1, 0]);
  });

  test("tells what the owner threw in the same words, after the jobs of the others have ended", async () => {
    const { crew, marks } = await testCrew(2);
    let begun = 0;
    const own = (): void => {
      begun++;
      throw new RangeError("mine");
    };
    expect(() => crew.run(deeds.linger, 0, 12, own)).toThrow(/a job failed \(RangeError: mine\)/);
    const done = marks.reduce((total, mark) => total + mark, 0);
    expect(done + begun).toBe(12);
  });

  test("goes on without threads that were terminated while they slept", async () => {
    const { crew, threads, marks } = await testCrew(3);
    crew.run(deeds.linger, 0, 8, () => sleep(2));
    marks.fill(0);
    await Promise.all(threads.slice(0, 2).map((thread) => thread.terminate()));
    crew.run(deeds.count, 0, 20, (_, job) => void Atomics.add(marks, job / jobBytes, 1));
    await threads[2].terminate();
    crew.run(deeds.count, 0, 20, (_, job) => void Atomics.add(marks, job / jobBytes, 1));
    expect([...marks.slice(0, 21)]).toEqual([...new Array(20).fill(2), 0]);
  });

  test("does not hang when a thread dies in the middle of a job, and is not used again", async () => {
    const { crew } = await testCrew(1, 600);
    // the owner lingers until the other thread has taken a job
    expect(() => crew.run(deeds.die, 0, 4, () => sleep(5))).toThrow(/a thread died in the middle of a job/);
    expect(() => crew.run(deeds.count, 0, 4, () => {})).toThrow(/a thread died in the middle of a job/);
  });

  test("that is closed ends its threads and refuses tasks", async () => {
    const { crew, threads } = await testCrew(2);
    const ends = threads.map((thread) => new Promise((resolve) => thread.once("exit", resolve)));
    crew.close();
    expect(await Promise.all(ends)).toHaveLength(2);
    expect(() => crew.run(deeds.count, 0, 4, () => {})).toThrow(/closed/);
  });

  test("whose thread does not start is refused with the thread's reason, and the others end", async () => {
    let ended = 0;
    const refused = createCrew({
      size: 3,
      start: async (_, index) => {
        if (index === 1) throw new RangeError("no memory");
        return { terminate: () => ended++ };
      },
    });
    await expect(refused).rejects.toThrow(/no memory/);
    expect(ended).toBe(2);
  });
});

test("idle threads take no processor, and do not keep the process from ending", () => {
  const script = `
    import { routinesText } from "./dist/engine/c/routines.js";
    import { wasmProvider } from "./dist/platform/node/wasm-provider.js";
    const options = { precision: "float32", functions: [], threads: 4 };
    const { threads } = await wasmProvider().instantiate("vector routines", routinesText(), options);
    if (threads !== 4) throw new Error("got " + threads);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    console.log(user + system);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  // three threads that looked all the time would take up to 1.5 s on three processors, 0.5 s on one
  expect(Number(stdout)).toBeLessThan(100_000);
});
