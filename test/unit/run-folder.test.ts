/** Runs beside each other, each in a folder of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type FolderRunsCall, runInFolders } from "../../src/platform/node/run-folder.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { decodeRecord } from "../../src/study/record.ts";
import type { RunSpec } from "../../src/study/spec.ts";
import { taskLoader } from "../../src/study/tasks.ts";

installBackends();
const root = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
afterAll(() => rmSync(root, { recursive: true }));

const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});

const spec = (seed: number, intensity: number, updates = 6): Promise<RunSpec> =>
  resolvedRun({
    input: {
      task: { name: "function-approximation", stepCount: 6 },
      network: { hiddenSize: 3, noise: [{ site: "inside", intensity }] },
      training: { updates, batchSize: 3, historyEvery: 1 },
      evaluation: { trials: 5, repeats: 2, intensities: [0, 0.5] },
      precision: "float64",
      seed,
    },
    place: "run",
    loadTask,
    backend: "reference",
  });

const files = ["metrics.parquet", "record.json", "spec.json", "weights.safetensors"];
const folderOf = (group: string, run: number): string => join(root, group, String(run));

async function perform(group: string, specs: readonly RunSpec[], change: Partial<FolderRunsCall> = {}) {
  const ends = await runInFolders({
    runs: specs.map((one, run) => ({ spec: one, place: { folder: folderOf(group, run) } })),
    loadTask,
    software: { version: "0", fingerprint: "this", variant: "none" },
    machine: {},
    kernelOptions: {},
    isCancelled: () => false,
    ...change,
  });
  return Promise.allSettled(ends);
}

const numbers = (group: string, run: number): Buffer[] =>
  ["metrics.parquet", "weights.safetensors"].map((name) => readFileSync(join(folderOf(group, run), name)));
const record = (group: string, run: number) =>
  decodeRecord(readFileSync(join(folderOf(group, run), "record.json")), "record.json");

const specs = await Promise.all([spec(0, 0.5), spec(1, 0.5), spec(0, 1, 9)]);

test("3 runs beside each other leave the bytes of 3 runs alone, interrupted at any point and resumed or not", async () => {
  for (const [run, one] of specs.entries()) await perform(`alone-${run}`, [one]);
  const alone = specs.map((_, run) => numbers(`alone-${run}`, 0));

  await perform("beside", specs);
  expect(specs.map((_, run) => numbers("beside", run))).toEqual(alone);
  expect(readdirSync(folderOf("beside", 2)).sort()).toEqual(files);

  // Every run asks before every update: 12 questions are four updates of each.
  let asked = 0;
  const halves = await perform("halved", specs, { isCancelled: () => asked++ >= 12 });
  expect(halves.map((half) => half.status === "fulfilled" && half.value.kind)).toEqual([
    "cancelled",
    "cancelled",
    "cancelled",
  ]);
  expect(readdirSync(folderOf("halved", 0)).sort()).toEqual(["checkpoint.safetensors", "spec.json"]);
  await perform("halved", specs);
  expect(specs.map((_, run) => numbers("halved", run))).toEqual(alone);
  expect(readdirSync(folderOf("halved", 0)).sort()).toEqual(files);
  expect([0, 1, 2].map((run) => record("halved", run).resumedFrom)).toEqual([4, 4, 4]);
});

test("progress names the run; the seconds of the records sum to no more than what has passed", async () => {
  const seen = new Map<number, number>();
  const begun = performance.now();
  await perform("timed", specs, { onProgress: (run, { update }) => void seen.set(run, update) });
  const passed = (performance.now() - begun) / 1000;
  expect([0, 1, 2].map((run) => seen.get(run))).toEqual([6, 6, 9]);
  const seconds = [0, 1, 2].map((run) => record("timed", run).seconds);
  expect(seconds.every((share) => share > 0)).toBe(true);
  expect(seconds.reduce((a, b) => a + b)).toBeLessThan(passed);
});

test("a run whose folder cannot be written fails alone", async () => {
  await perform("blocked", [specs[0]]);
  rmSync(folderOf("blocked", 0), { recursive: true });
  writeFileSync(folderOf("blocked", 0), "a file in its place");
  const ends = await perform("blocked", specs);
  expect(ends.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(readdirSync(folderOf("blocked", 1)).sort()).toEqual(files);
});
