/** What `study plan` foretells, against what the runs then take. */
import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nodeResources } from "../../src/platform/node/datasets.ts";
import { installBackends, wantedBackend } from "../../src/platform/node/setup.ts";
import { measuredCosts, wallSeconds } from "../../src/study/cost.ts";
import { stacks } from "../../src/study/stacks.ts";
import { planDocument } from "../../src/study/study-file/plan.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { command, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const document = (training: object, seeds: number) => ({
  name: "planned",
  question: "How long does it take?",
  task: { name: "function-approximation", target: "sin-pi", stepCount: 30, scoredFrom: 0.8 },
  network: { cell: "ctrnn", hiddenSize: 20 },
  training,
  evaluation: { repeats: 8 },
  axes: { hiddenSize: [10, 40], "noise.site": ["inside"], "noise.intensity": [0.5, 1] },
  seeds,
});

const json = async (...parameters: string[]): Promise<Record<string, never>> => {
  const { stdout, stderr } = await command(folder, ["study", ...parameters, "--json"]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, never>;
};

const bytesBelow = (path: string): number =>
  readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(path, name)))
    .reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
const entriesBelow = (path: string): number => readdirSync(path, { recursive: true }).length;

describe("study plan", () => {
  // Other processes on the machine can disturb either of the two measurements.
  test("foretells the time of a study within a factor of 2, its disk within 20 % and its files", {
    retry: 3,
  }, async (context) => {
    const name = `timed-${context.task.result?.retryCount ?? 0}`;
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...document({ updates: 1200 }, 3), name }));
    const store = join(folder, `${name}-store`);
    const where = [`${name}.json`, "--store", store, "--workers", "1"];
    const plan = await json("plan", ...where);
    expect(existsSync(store)).toBe(false);
    expect(plan).toMatchObject({ runs: 12, conditions: 4, seeds: 3, existing: 0, open: 12, workers: 1 });
    const { seconds, workSeconds, measuringSeconds, disk, measured, memory } = plan as unknown as {
      readonly seconds: number;
      readonly workSeconds: number;
      readonly measuringSeconds: number;
      readonly disk: { readonly bytes: number; readonly files: number };
      readonly measured: readonly { readonly hiddenSize: number }[];
      readonly memory: { readonly perWorker: number };
    };
    expect(workSeconds).toBeCloseTo(seconds, 6);
    expect(measured.map(({ hiddenSize }) => hiddenSize).sort()).toEqual([10, 40]);
    expect(memory.perWorker).toBeGreaterThan(10 * 2 ** 20);

    const ran = (await json("run", ...where)) as unknown as { readonly seconds: number };
    expect(measuringSeconds).toBeLessThan(30);
    // Planning and the start of the worker are no part of the estimate.
    expect(ran.seconds / seconds).toBeGreaterThan(0.5);
    expect(ran.seconds / seconds).toBeLessThan(2);
    const complete = join(store, "complete");
    const bytes = bytesBelow(complete) + bytesBelow(join(store, "journal"));
    expect(disk.bytes / bytes).toBeGreaterThan(0.8);
    expect(disk.bytes / bytes).toBeLessThan(1.2);
    const shards = readdirSync(complete).length;
    expect(disk.files).toBe(entriesBelow(complete) - shards);
    expect(await json("plan", ...where)).toMatchObject({ existing: 12, open: 0, seconds: 0, stacks: 0 });
  });

  test("foretells the disk of runs with validation within 20 %", async () => {
    const training = { updates: 60, historyEvery: 1, validation: { every: 5, trials: 20 }, keepBest: true };
    writeFileSync(
      join(folder, "validated.json"),
      JSON.stringify({ ...document(training, 1), evaluation: { repeats: 1 } }),
    );
    const where = ["validated.json", "--store", join(folder, "validated-store")];
    const { disk } = (await json("plan", ...where)) as unknown as { readonly disk: { readonly bytes: number } };
    await json("run", ...where);
    const store = join(folder, "validated-store");
    const ratio = disk.bytes / (bytesBelow(join(store, "complete")) + bytesBelow(join(store, "journal")));
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
  });

  test("names what kinds of runs differ in: cell and units always, axes where they differ, others not", async () => {
    const axes = {
      "task.stepCount": [10, 12],
      "training.batchSize": { choice: [4, 8], when: { stepCount: 10 } },
      "noise.intensity": [0.5, 1],
    };
    const network = { cell: "ctrnn", hiddenSize: 4, noise: [{ site: "inside" }] };
    const training = { updates: 20, batchSize: 8 };
    writeFileSync(join(folder, "kinds.json"), JSON.stringify({ ...document(training, 1), network, axes }));
    const { stdout } = await command(folder, ["study", "plan", "kinds.json", "--workers", "1"]);
    const kinds = [...stdout.matchAll(/^ {2}ctrnn, (.*), \d beside each other: /gm)].map(([, kind]) => kind);
    expect(kinds.sort()).toEqual([
      "4 units, stepCount 10, batchSize 4",
      "4 units, stepCount 10, batchSize 8",
      "4 units, stepCount 12",
    ]);
  });

  test("reads a store without writing anything in it", async () => {
    const source = join(folder, "validated-store");
    const copy = join(folder, "untouched");
    cpSync(source, copy, { recursive: true });
    const stamp = (path: string) =>
      readdirSync(path, { recursive: true, encoding: "utf8" })
        .sort()
        .map((name) => [name, statSync(join(path, name)).mtimeMs]);
    const before = stamp(copy);
    expect(await json("plan", "validated.json", "seeds=2", "--store", copy)).toMatchObject({ existing: 4, open: 4 });
    expect(stamp(copy)).toEqual(before);
  });
});

describe("times of runs", () => {
  test("of the kinds that the budget allows are measured, of others inferred; they grow with updates and with trials at test", async () => {
    installBackends();
    const loadTask = taskLoader(nodeResources({ download: false }));
    const hiddenSize = [4, 6, 8, 10, 12, 14, 16, 18, 20, 400];
    const axes = { hiddenSize, "noise.site": ["inside"], "noise.intensity": [0.5] };
    const file = { ...document({ updates: 50 }, 1), axes };
    const { runs } = await planDocument(file, { loadTask, backend: wantedBackend().name, place: "times" });
    const specs = runs.map(({ spec }) => spec);
    const { rates, secondsOf } = await measuredCosts({
      stacks: stacks(specs, 1).map((stack) => stack.map((run) => specs[run])),
      loadTask,
      kernelOptions: {},
      budget: 1,
      now: () => performance.now(),
    });
    // The budget is over after the largest network, whose rate stands for all.
    expect(rates.map(({ spec }) => spec.network.hiddenSize)).toEqual([400]);
    const seconds = specs.map(secondsOf);
    expect(seconds.toSorted((a, b) => a - b)).toEqual(seconds);
    const [smallest] = specs;
    const publishing = secondsOf({ ...smallest, training: { ...smallest.training, updates: 0 }, evaluation: null });
    const training = secondsOf({ ...smallest, evaluation: null }) - publishing;
    const doubled = { ...smallest, training: { ...smallest.training, updates: 100 }, evaluation: null };
    expect((secondsOf(doubled) - publishing) / training).toBeCloseTo(2, 6);
    expect(secondsOf(smallest)).toBeGreaterThan(publishing + training);
  });
});

describe("time on several workers", () => {
  test("jobs go to the first that is free, in their order", () => {
    expect(wallSeconds([5, 4, 3, 3, 3], 2)).toBe(10);
    expect(wallSeconds([5, 4, 3], 3)).toBe(5);
    expect(wallSeconds([], 3)).toBe(0);
    expect(wallSeconds([1, 2, 3], 1)).toBe(6);
  });
});
