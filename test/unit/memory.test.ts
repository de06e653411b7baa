/** How many workers and runs fit, and what the system says there is. */
import { describe, expect, test } from "vitest";
import { availableMemory } from "../../src/platform/node/available-memory.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { memoryPlan, stackMemory } from "../../src/study/memory.ts";
import type { RunSpec } from "../../src/study/spec.ts";
import { usualStack } from "../../src/study/stacks.ts";
import { taskLoader } from "../../src/study/tasks.ts";

const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});
const spec = (input: object = {}): Promise<RunSpec> =>
  resolvedRun({
    input: { task: { name: "function-approximation", stepCount: 30 }, network: { hiddenSize: 16 }, ...input },
    place: "run",
    loadTask,
    backend: "reference",
  });

describe("memory of a stack", () => {
  test("grows with steps, trials, units and precision, less with checkpointing; data are held once", async () => {
    const perRun = async (input: object, options: object = {}) => stackMemory(await spec(input), options).perRun;
    const usual = await perRun({});
    const task = { name: "function-approximation", stepCount: 3000 };
    expect(await perRun({ task })).toBeGreaterThan(20 * usual);
    expect(await perRun({ task }, { checkpointing: true })).toBeLessThan(0.5 * (await perRun({ task })));
    expect(await perRun({ training: { batchSize: 640 } })).toBeGreaterThan(4 * usual);
    expect(await perRun({ network: { hiddenSize: 256 } })).toBeGreaterThan(4 * usual);
    expect(await perRun({ precision: "float64" })).toBeGreaterThan(1.3 * usual);
    expect(await perRun({ training: { updates: 1e6 } })).toBeGreaterThan(10 * usual);

    const sizes = { stepCount: 100, inputSize: 3, outputSize: 1 };
    const data = stackMemory(await spec(), { task: { ...sizes, trialCount: () => 1000 } });
    const drawn = stackMemory(await spec(), { task: { ...sizes, trialCount: () => Number.POSITIVE_INFINITY } });
    // Two splits of 1000 trials of 100 steps with three inputs and a target.
    expect(data.once - drawn.once).toBe(2 * 1000 * 100 * 4 * 4);
    expect(data.perRun).toBe(drawn.perRun);
  });
});

describe("what fits", () => {
  const size = { once: 100, perRun: 10 };
  test("everything where there is room", async () => {
    const one = await spec();
    const plan = memoryPlan([one], 4, 1e9, () => size);
    expect(plan).toMatchObject({ workers: 4, limited: null, peak: 4 * (100 + 10 * usualStack(one)) });
    expect(plan.most(one)).toBe(usualStack(one));
  });

  test("smaller stacks first, then fewer workers, at last one", async () => {
    const one = await spec();
    expect(usualStack(one)).toBe(8);
    const fitted = (budget: number) => {
      const { workers, most, limited, peak } = memoryPlan([one], 4, budget, () => size);
      return { workers, most: most(one), limited, fits: peak <= budget };
    };
    // Four workers with eight runs each take 720.
    expect(fitted(720)).toEqual({ workers: 4, most: 8, limited: null, fits: true });
    expect(fitted(600)).toEqual({ workers: 4, most: 5, limited: "stacks", fits: true });
    expect(fitted(440)).toEqual({ workers: 4, most: 1, limited: "stacks", fits: true });
    expect(fitted(350)).toEqual({ workers: 3, most: 1, limited: "workers", fits: true });
    expect(fitted(109)).toEqual({ workers: 1, most: 1, limited: "not even one", fits: false });
  });

  test("a large run among small ones decides about workers, and leaves the others their stacks", async () => {
    const [small, large] = [await spec(), await spec({ network: { hiddenSize: 17 } })];
    const plan = memoryPlan([small, large], 4, 1000, (one) => (one === large ? { once: 100, perRun: 300 } : size));
    expect(plan).toMatchObject({ workers: 2, limited: "workers" });
    expect([plan.most(small), plan.most(large)]).toEqual([8, 1]);
  });
});

describe("memory of the machine", () => {
  const machine = (files: Readonly<Record<string, string>>) =>
    availableMemory({ total: 1000, read: (file) => files[file] });

  test("all of it without a control group, or without a limit", () => {
    expect(machine({})).toEqual({ bytes: 1000, by: "machine" });
    const files = { "/proc/self/cgroup": "0::/user\n", "/sys/fs/cgroup/user/memory.max": "max\n" };
    expect(machine(files)).toEqual({ bytes: 1000, by: "machine" });
  });

  test("the narrowest limit of the group and those above it (version 2), of the memory controller (version 1)", () => {
    expect(
      machine({
        "/proc/self/cgroup": "0::/job_7/step_0/task\n",
        "/sys/fs/cgroup/job_7/step_0/task/memory.max": "max\n",
        "/sys/fs/cgroup/job_7/step_0/memory.max": "300\n",
        "/sys/fs/cgroup/job_7/memory.max": "200\n",
      }),
    ).toEqual({ bytes: 200, by: "control group" });
    expect(
      machine({
        "/proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/slurm/job\n",
        "/sys/fs/cgroup/memory/slurm/job/memory.limit_in_bytes": "400\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      }),
    ).toEqual({ bytes: 400, by: "control group" });
  });

  test("inside a container that sees itself as the root", () => {
    const files = { "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "500\n" };
    expect(machine(files)).toEqual({ bytes: 500, by: "control group" });
  });
});
