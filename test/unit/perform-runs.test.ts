/** Who makes which run when, with runs that are made of nothing. */
import { expect, test } from "vitest";
import { performRuns, type RunsCall, type Taking } from "../../src/platform/node/perform-runs.ts";
import { resolvedRun } from "../../src/study/input.ts";
import type { RunSpec } from "../../src/study/spec.ts";
import { taskLoader } from "../../src/study/tasks.ts";

const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});
const spec = (seed: number, updates = 6): Promise<RunSpec> =>
  resolvedRun({
    input: { task: "function-approximation", network: { hiddenSize: 3 }, training: { updates }, seed },
    place: "run",
    loadTask,
    backend: "reference",
  });

interface Watched {
  readonly taken: number[];
  readonly released: number[];
  readonly events: string[];
  readonly said: string[];
  readonly stacks: Set<string>;
}

function watched(
  specs: readonly RunSpec[],
  change: Partial<RunsCall> & { answer?(run: number): Taking["kind"] } = {},
): { readonly call: RunsCall; readonly seen: Watched } {
  const seen: Watched = { taken: [], released: [], events: [], said: [], stacks: new Set() };
  const { answer = () => "taken" as const, ...others } = change;
  const summary = (run: number, cause: string | null) => ({
    ...{ id: String(run), title: "", kind: "completed" as const, seconds: 0, finishedAt: "", software: "", host: "" },
    cause,
  });
  const call: RunsCall = {
    specs,
    open: [...specs.keys()],
    workers: 1,
    kernelOptions: {},
    software: { version: "0", fingerprint: "this", variant: "none" },
    machine: {},
    signal: new AbortController().signal,
    wait: true,
    lookEvery: 5,
    entry: new URL("./fixture-runs.mjs", import.meta.url),
    take: (run) => {
      const kind = answer(run);
      if (kind === "busy") return Promise.resolve({ kind, owner: "host-b (process 7)" });
      if (kind === "complete") return Promise.resolve({ kind });
      seen.taken.push(run);
      return Promise.resolve({
        kind,
        taken: {
          place: { folder: "" },
          finish: (stored) => {
            seen.stacks.add((stored as unknown as { beside: number[] }).beside.join(" "));
            return Promise.resolve(summary(run, null));
          },
          fail: (reason, errorName) => {
            if (errorName !== undefined) throw new Error(reason);
            return Promise.resolve(summary(run, reason));
          },
          release: () => Promise.resolve(void seen.released.push(run)),
        },
      });
    },
    onRun: (run, event) => {
      if (event.kind !== "progress")
        seen.events.push(`${run} ${event.kind === "made" ? event.summary.cause : event.kind}`);
    },
    say: (text) => void seen.said.push(text),
    ...others,
  };
  return { call, seen };
}

test("a worker that dies fails its stack: each run is tried once more alone, then it has crashed", async () => {
  const specs = await Promise.all([0, 1, 2, 3, 4, 5].map((seed) => spec(seed)));
  const { call, seen } = watched(specs);
  expect(await performRuns(call)).toEqual({ left: [] });
  expect(seen.events.sort()).toEqual([
    "0 null",
    "1 null",
    "2 null",
    "3 its worker ended with code 9",
    "4 null",
    "5 null",
  ]);
  expect([...seen.stacks].sort()).toEqual(["0", "1", "2", "4", "5"]);
  // Taken once, whatever the number of tries.
  expect(seen.taken).toEqual([0, 1, 2, 3, 4, 5]);
  expect(seen.released).toEqual([]);
});

test("a fault of the machine stops the work: it is thrown, no other stack begins, and what was taken is given back", async () => {
  const specs = await Promise.all([7, 8, 9].map((seed) => spec(seed)));
  const { call, seen } = watched(specs, { most: () => 1 });
  await expect(performRuns(call)).rejects.toThrow("no space");
  expect(seen).toMatchObject({ taken: [0], released: [0], events: [] });
});

test("the longest stack begins first, and a stack is taken when its worker is free", async () => {
  const specs = await Promise.all([spec(0, 2), spec(1, 9), spec(2, 5)]);
  const { call, seen } = watched(specs, { most: () => 1 });
  await performRuns(call);
  expect(seen.taken).toEqual([1, 2, 0]);
  expect(seen.events).toEqual(["1 null", "2 null", "0 null"]);
});

test("runs that others have come last: waited for by name, made when they are given back, counted when they are complete", async () => {
  const specs = await Promise.all([0, 1, 2].map((seed) => spec(seed)));
  const asked = [0, 0, 0];
  const answer = (run: number): Taking["kind"] => {
    asked[run]++;
    if (run === 0) return asked[0] < 4 ? "busy" : "complete";
    if (run === 1) return asked[1] < 3 ? "busy" : "taken";
    return "taken";
  };
  const { call, seen } = watched(specs, { answer, most: () => 1 });
  expect(await performRuns(call)).toEqual({ left: [] });
  expect(seen.events).toEqual(["0 elsewhere", "1 elsewhere", "2 null", "1 null", "0 made-elsewhere"]);
  expect(seen.said[0]).toBe("Waiting for 2 runs that are being made by host-b (process 7).");
});

test("without waiting, runs that others have are looked at once more and left", async () => {
  const specs = await Promise.all([0, 1].map((seed) => spec(seed)));
  let asked = 0;
  const answer = (run: number): Taking["kind"] => (run === 0 && ++asked > 0 ? "busy" : "taken");
  const { call, seen } = watched(specs, { answer, wait: false, most: () => 1 });
  expect(await performRuns(call)).toEqual({ left: [0] });
  expect({ asked, said: seen.said }).toEqual({ asked: 2, said: [] });
});

test("while it waits for others, a signal ends it at once", async () => {
  const controller = new AbortController();
  const { call } = watched([await spec(0)], {
    answer: () => "busy",
    signal: controller.signal,
    lookEvery: 60_000,
    say: () => controller.abort(),
  });
  expect(await performRuns(call)).toEqual({ left: [0] });
});
