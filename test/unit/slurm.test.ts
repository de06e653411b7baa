import { describe, expect, test } from "vitest";
import {
  maxArraySizeOf,
  phaseOf,
  sacctTasks,
  squeueTasks,
  submittedJob,
} from "../../src/platform/node/executors/slurm/answers.ts";
import { arrayText, jobArrays } from "../../src/platform/node/executors/slurm/arrays.ts";
import { slurmOptions } from "../../src/platform/node/executors/slurm/options.ts";
import { taskResources } from "../../src/platform/node/executors/slurm/resources.ts";
import { script, timeText } from "../../src/platform/node/executors/slurm/script.ts";
import { shellWord } from "../../src/platform/node/executors/work-command.ts";
import type { RunSpec } from "../../src/study/spec.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("job arrays", () => {
  test("25 chunks under MaxArraySize=11 are three arrays with indices 1..10 that make each chunk once", () => {
    const arrays = jobArrays(upTo(25), 11, undefined);
    expect(arrays.map(({ offset }) => offset)).toEqual([0, 10, 20]);
    expect(arrays.map(arrayText)).toEqual(["1-10", "1-10", "1-5"]);
    expect(arrays.flatMap(({ offset, indices }) => indices.map((index) => offset + index))).toEqual(upTo(25));
  });

  test("10^6 chunks under the default of 1001 are 1000 arrays", () => {
    const arrays = jobArrays(upTo(1_000_000), 1001, undefined);
    expect(arrays).toHaveLength(1000);
    expect(Math.max(...arrays.map(({ indices }) => Math.max(...indices)))).toBe(1000);
  });

  test("one array has the numbers of its chunks as indices, gaps left out", () => {
    expect(jobArrays([2, 3, 4, 7, 9, 10], 1001, undefined).map(arrayText)).toEqual(["2-4,7,9-10"]);
  });

  test("the limit holds over all arrays together, in proportion to their sizes", () => {
    expect(jobArrays(upTo(25), 11, 5).map(arrayText)).toEqual(["1-10%2", "1-10%2", "1-5%1"]);
    for (let limit = 3; limit <= 40; limit++) {
      const shares = jobArrays(upTo(25), 11, limit).map((array) => array.limit ?? 0);
      expect(shares.reduce((a, b) => a + b, 0)).toBe(limit);
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(1);
    }
  });

  test("fewer tasks than arrays at a time are refused with both ways out", () => {
    expect(() => jobArrays(upTo(25), 11, 2)).toThrow(
      "--limit: must be at least 3, one task for each job array under MaxArraySize=11, got 2; raise it, or give each task more runs with --chunk-size",
    );
  });
});

describe("answers of Slurm", () => {
  test("the job's number stands alone, with a cluster, or after a site's own lines", () => {
    expect(submittedJob("1234\n")).toBe("1234");
    expect(submittedJob("1234;north\n")).toBe("1234");
    expect(submittedJob("Project x: 31 hours left\n1234\n")).toBe("1234");
    expect(submittedJob("Submitted batch job 1234\n")).toBeUndefined();
  });

  test("squeue's lines are tasks, jobs without an array none", () => {
    const answer =
      "a-1|12|3|RUNNING|None\na-1|12|4|PENDING|Resources\nb|13|N/A|RUNNING|None\na-1|12|6-8%2|CANCELLED|None\n";
    expect(squeueTasks(answer)).toEqual([
      { name: "a-1", job: "12", index: 3, state: "RUNNING", reason: "" },
      { name: "a-1", job: "12", index: 4, state: "PENDING", reason: "Resources" },
      ...[6, 7, 8].map((index) => ({ name: "a-1", job: "12", index, state: "CANCELLED", reason: "" })),
    ]);
  });

  test("sacct's lines are tasks with exit code or signal, without who cancelled them", () => {
    // As sacct 22.05 answered, with a task killed by SIGKILL, one that ended with code 3, and a cancelled array.
    const answer = `a-1|1_1|FAILED|0:9
a-1|1_2|FAILED|3:0
a-1|1_3|COMPLETED|0:0
a-1|1_4|CANCELLED by 0|0:0
a-1|1_[5-6]|CANCELLED by 0|0:0
a|2|COMPLETED|0:0
`;
    expect(sacctTasks(answer).map(({ name, job, ...task }) => [name, job, ...Object.values(task)])).toEqual([
      ["a-1", "1", 1, "FAILED", "signal 9"],
      ["a-1", "1", 2, "FAILED", "exit code 3"],
      ["a-1", "1", 3, "COMPLETED", ""],
      ["a-1", "1", 4, "CANCELLED", ""],
      ["a-1", "1", 5, "CANCELLED", ""],
      ["a-1", "1", 6, "CANCELLED", ""],
    ]);
  });

  test("a task that was put back waits, one that is cleaned up still runs", () => {
    expect(
      ["REQUEUED", "PENDING", "COMPLETING", "RUNNING", "TIMEOUT", "NODE_FAIL"].map((state) => phaseOf({ state })),
    ).toEqual(["queued", "queued", "running", "running", "ended", "ended"]);
  });

  test("MaxArraySize is found among other settings", () => {
    expect(maxArraySizeOf("MaxDBDMsgs = 20008\nMaxArraySize            = 1001\nMaxJobCount = 10000\n")).toBe(1001);
    expect(maxArraySizeOf("")).toBeUndefined();
  });
});

describe("options", () => {
  const read = (name: string, text: string, before?: unknown): unknown => {
    const option = slurmOptions.find(({ flags }) => flags.startsWith(`${name} `));
    return option?.read?.(text, before);
  };

  test("times are those of sbatch", () => {
    const times = ["30", "90:30", "2:00:00", "1-12", "1-12:30", "1-00:00:30"];
    expect(times.map((text) => read("--time", text))).toEqual([1800, 5430, 7200, 129_600, 131_400, 86_430]);
    expect(timeText(131_430)).toBe("1-12:30:30");
  });

  test("memory is in M, G or T", () => {
    expect(["800M", "4G", "1t"].map((text) => read("--memory", text))).toEqual([800, 4096, 1024 ** 2]);
  });

  test("options for sbatch add up in their order", () => {
    expect(read("--sbatch", "--qos=low", ["--account=x"])).toEqual(["--account=x", "--qos=low"]);
  });

  test.each([
    ["--time", "soon", 'must be a time of a minute at least, got "soon"; for example --time 2:00:00'],
    ["--time", "0:30", 'must be a time of a minute at least, got "0:30"'],
    ["--memory", "4", 'must be a whole number of M, G or T, got "4"; for example --memory 2G'],
    ["--limit", "0", 'must be a whole number >= 1, got "0"; for example --limit 20'],
    ["--chunk-size", "1.5", 'must be a whole number >= 1, got "1.5"'],
    ["--sbatch", "account=x", 'must be an option of sbatch, got "account=x"; for example --sbatch=--account=x'],
    ["--sbatch", "--array=1-3", "must leave --array to noisy-rnn"],
    ["--sbatch", "-Jmine", "must leave -J to noisy-rnn"],
  ])("%s %s is refused", (name, text, message) => {
    expect(() => read(name, text)).toThrow(`${name}: ${message}`);
  });
});

describe("resources of a task", () => {
  const specs = Array.from({ length: 100 }, () => ({}) as RunSpec);
  const open = [...specs.keys()];
  const estimates = { secondsOf: () => 60, bytes: 100 * 2 ** 20 };

  test("20 runs of a minute make a task of 20 minutes, with three times that and five minutes as its limit", () => {
    const { chunkSize, seconds, memory } = taskResources(specs, open, {}, { workers: undefined }, estimates);
    expect({ chunkSize, seconds }).toEqual({ chunkSize: 20, seconds: 20 * 60 * 3 + 300 });
    expect(memory).toBe((100 + 256) * 1.5);
  });

  test("two workers share a task: 100 runs in chunks of 40 are three of 34 at most", () => {
    const { chunkSize, seconds } = taskResources(specs, open, {}, { workers: 2 }, estimates);
    expect({ chunkSize, seconds }).toEqual({ chunkSize: 40, seconds: (34 / 2) * 60 * 3 + 300 });
  });

  test("a task is given the time of its open runs only, and of the longest when many share it", () => {
    const options = { chunkSize: 50 };
    expect(taskResources(specs, [3], options, { workers: 1 }, estimates).seconds).toBe(60 * 3 + 300);
    expect(taskResources(specs, [3], options, { workers: 8 }, estimates).seconds).toBe(60 * 3 + 300);
  });

  test("what the user says is taken", () => {
    const options = { chunkSize: 7, time: 600, memory: 123 };
    expect(taskResources(specs, open, options, { workers: 1 }, estimates)).toEqual({
      chunkSize: 7,
      seconds: 600,
      memory: 123,
    });
  });
});

describe("script", () => {
  const text = script({
    jobName: "s-1",
    array: { offset: 10, indices: [1, 2, 3], limit: 2 },
    chunks: 13,
    logs: "/a b/100%",
    partition: "long",
    seconds: 7200,
    memory: 900,
    cores: 2,
    before: ["module load node"],
    work: (chunk) => `work --chunk ${chunk}`,
  });

  test("says everything that was asked of the cluster", () => {
    const options = [...text.matchAll(/^#SBATCH (.*)$/gm)].map(([, option]) => option);
    expect(options).toEqual([
      "--job-name=s-1",
      "--array=1-3%2",
      '--output="/a b/100%%/%A_%a.log"',
      "--open-mode=append",
      "--nodes=1",
      "--ntasks=1",
      "--cpus-per-task=2",
      "--mem=900M",
      "--time=0-02:00:00",
      "--signal=B:USR1@120",
      "--requeue",
      "--partition=long",
    ]);
  });

  test("begins with the user's lines, and makes the chunk of its index behind the offset", () => {
    expect(text.indexOf("module load node")).toBeLessThan(text.indexOf("work --chunk"));
    expect(text).toContain("chunk=$((10 + SLURM_ARRAY_TASK_ID))");
    expect(text).toContain('work --chunk "$chunk/13" &');
  });
});

describe("words of a shell", () => {
  test.each(["plain", "/a/b-c.d_e", "two words", "it's", "$HOME", "a;b", "", "*"])(
    "%j comes back as it was",
    async (word) => {
      const { execFileSync } = await import("node:child_process");
      expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
    },
  );
});
