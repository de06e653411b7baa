/** Processes that are killed at random moments, and processes that are asked to stop. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { killStudy } from "../../scripts/tools/kills.mjs";
import { openStore } from "../../src/platform/node/store/open.ts";
import { command, start } from "../helpers/command-line.ts";
import { freshFolder } from "../helpers/store-runs.ts";

/** Changes the moments of the kills, as far as moments can be chosen on a machine that does other things too. */
const seed = 20_261_121;

test("100 kills of 2 processes at a time on a study of 200 runs lose no complete run, show no half-written one, change no bit", {
  timeout: 1_200_000,
}, async () => {
  const report = await killStudy({ folder: freshFolder(), kills: 100, seed });
  const found = `seed ${seed}: ${JSON.stringify(report)}`;
  expect(report.kills, found).toBeGreaterThanOrEqual(100);
  // The others met a program that was starting or ending.
  expect(report.killsAtWork, found).toBeGreaterThan(50);
  expect(
    Object.values(report.requests).reduce((a, b) => a + b),
    found,
  ).toBeGreaterThan(0);
  expect(report.takenOver, found).toBeGreaterThan(0);
  expect(report.resumed, found).toBeGreaterThan(0);
  expect(report, found).toMatchObject({
    complete: 200,
    damaged: [],
    different: [],
    lost: [],
    left: [],
    wrongEnds: [],
  });
});

describe("a study that is asked to stop", () => {
  const study = `name: stopped
question: Does it go on?
task: { name: function-approximation, stepCount: 8 }
network: { hiddenSize: 8, noise: [{ site: inside, intensity: 0.5 }] }
training: { updates: 40000, batchSize: 8, historyEvery: 1000 }
evaluation: { trials: 5, repeats: 2 }
seeds: 2
`;
  const folder = freshFolder();
  const results = ["spec.json", "metrics.parquet", "weights.safetensors"];
  const bytes = async (store: string): Promise<string[]> => {
    const { completeIds, runFolder } = await openStore(join(folder, store), { mode: "read" });
    const ids = [...(await completeIds())].sort();
    return ids.flatMap((id) => results.map((name) => readFileSync(join(runFolder(id), name), "hex")));
  };
  const whole = (async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "study.yaml"), study);
    const { code, stderr } = await command(folder, ["study", "run", "study.yaml", "--store", "whole", "--quiet"]);
    expect(code, stderr).toBe(0);
    return bytes("whole");
  })();

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGUSR1", 138],
  ] as const)(
    "by %s ends with code %i, keeps its checkpoints and gives its runs back; resumed, it has the same bytes",
    async (signal, code) => {
      const expected = await whole;
      const parameters = ["study", "run", "study.yaml", "--store", signal, "--workers", "1", "--quiet"];
      const { process: child, ended } = start(folder, parameters);
      const executors = join(folder, signal, "executors");
      const work = join(folder, signal, "work");
      const claims = (): string[] => (existsSync(work) ? readdirSync(work) : []);
      // The first checkpoints are kept two seconds after training began, before it is half way through.
      const isKept = (id: string): boolean => existsSync(join(work, id, "checkpoint.safetensors"));
      while (claims().filter(isKept).length < 2) await pause(20);
      child.kill(signal);
      const stopped = await ended;
      expect(stopped.code, stopped.stderr).toBe(code);
      expect(stopped.stderr).toContain("Interrupted");
      expect(readdirSync(executors)).toEqual([]);
      const store = await openStore(join(folder, signal), { mode: "read" });
      expect(await store.completeIds()).toEqual(new Set());
      expect(await store.claims()).toEqual([]);
      const ids = claims();
      for (const id of ids) expect(readdirSync(join(work, id))).toContain("checkpoint.safetensors");

      const resumed = await command(folder, parameters);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(await bytes(signal)).toEqual(expected);
      for (const id of ids) expect((await store.read(id))?.record.resumedFrom, id).toBeGreaterThan(0);
      expect(claims()).toEqual([]);
    },
  );
});
