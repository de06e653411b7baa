/** Analyses that a run file asks for: checked, made after the sweep, stored with the run. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { SpecError } from "../../src/core/errors.ts";
import { decodeParquet } from "../../src/io/parquet.ts";
import { type FolderRunsCall, runInFolders, storedRun } from "../../src/platform/node/run-folder.ts";
import { decodeFindings, encodeFindings, findingNumbers } from "../../src/study/findings.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { metricsOf } from "../../src/study/metrics.ts";
import { type RunSpec, runId } from "../../src/study/spec.ts";
import { inputOfSpec } from "../../src/study/spec-input.ts";
import { runWeight, shareBeforeAnalyses } from "../../src/study/stacks.ts";
import { loadTask, smallQuestion, software } from "../helpers/store-runs.ts";

const root = mkdtempSync(join(tmpdir(), "noisy-rnn-"));
afterAll(() => rmSync(root, { recursive: true }));

const resolve = (change: Record<string, unknown> = {}, evaluation: Record<string, unknown> = {}): Promise<RunSpec> =>
  resolvedRun({
    input: {
      task: { name: "function-approximation", stepCount: 4 },
      network: { hiddenSize: 2, noise: [{ site: "inside", intensity: 0.5 }] },
      training: { updates: 4, batchSize: 2 },
      evaluation: { trials: 3, repeats: 2, intensities: [0, 0.5], ...evaluation },
      precision: "float64",
      ...change,
    },
    place: "run",
    loadTask,
    backend: "reference",
  });

const issuesOf = (analyses: unknown, change: Record<string, unknown> = {}): Promise<string[]> =>
  resolve(change, { analyses }).then(
    () => [],
    (error: SpecError) => error.issues.map(({ path, rule, remedy }) => `${path}: ${rule}; ${remedy}`),
  );

describe("evaluation.analyses", () => {
  test("in the specification every option is spelled out; what asks for none has the identity that it always had", async () => {
    const { evaluation } = await resolve({}, { analyses: ["preference"] });
    expect(evaluation?.analyses).toEqual([
      {
        name: "preference",
        site: null,
        trials: 256,
        repeats: 64,
        highest: 2,
        steps: 20,
        resamples: 2000,
        confidence: 0.95,
      },
    ]);
    const plain = await resolve();
    expect(plain.evaluation).not.toHaveProperty("analyses");
    expect(runId(await resolve({}, { analyses: [] }))).toBe(runId(plain));
    const asked = await resolve({}, { analyses: [smallQuestion] });
    expect(new Set([plain, asked, await resolve({}, { analyses: ["preference"] })].map(runId)).size).toBe(3);
    const again = await resolvedRun({ input: inputOfSpec({ ...asked }), place: "run", loadTask, backend: "reference" });
    expect(runId(again)).toBe(runId(asked));
  });

  test("all issues are told at once, with the nearest names, beside those of the rest of the file", async () => {
    const analyses = ["prefrence", { name: "preference", repeats: 1, step: 4 }, { name: "preference" }, "preference"];
    const issues = await issuesOf(analyses, { task: "function-aproximation", training: { updates: -1 } });
    expect(issues).toEqual([
      expect.stringContaining('did you mean "function-approximation"?'),
      expect.stringMatching(/^training/),
      expect.stringMatching(
        /^evaluation\.analyses\[0\]\.name: no analysis is named "prefrence"; did you mean "preference"\?/,
      ),
      expect.stringMatching(/^evaluation\.analyses\[1\]\.step: no option is named "step"; did you mean "steps"\?/),
      expect.stringMatching(/^evaluation\.analyses\[1\]\.repeats: must be an integer in \[2, infinity\), got 1; /),
      expect.stringMatching(/^evaluation\.analyses: each analysis stands once, got preference 2 times; /),
    ]);
    expect(await issuesOf([3])).toEqual([expect.stringMatching(/^evaluation\.analyses\[0\]/)]);
  });

  test("they count in the planned work: the share before them falls from 1", async () => {
    const [plain, asked] = [await resolve(), await resolve({}, { analyses: [smallQuestion] })];
    expect(shareBeforeAnalyses(plain)).toBe(1);
    // 4 updates of 2 trials, three passes each, and 2 x 3 x 2 of the sweep, against 3 x 2 x 2 of the question.
    expect(shareBeforeAnalyses(asked)).toBeCloseTo((24 + 12) / (24 + 12 + 12), 12);
    expect(runWeight(asked) * shareBeforeAnalyses(asked)).toBeCloseTo(runWeight(plain), 6);
  });
});

const folderOf = (group: string, run: number): string => join(root, group, String(run));

async function perform(group: string, specs: readonly RunSpec[], change: Partial<FolderRunsCall> = {}) {
  const ends = await runInFolders({
    runs: specs.map((spec, run) => ({ spec, place: { folder: folderOf(group, run) } })),
    loadTask,
    software,
    machine: {},
    kernelOptions: {},
    isCancelled: () => false,
    ...change,
  });
  return Promise.all(ends);
}

const bytesOf = (group: string, run: number): Buffer[] =>
  ["metrics.parquet", "findings.json"].map((name) => readFileSync(join(folderOf(group, run), name)));

const specs = await Promise.all(
  [0.5, 1].map((intensity) =>
    resolve({ network: { hiddenSize: 2, noise: [{ site: "inside", intensity }] } }, { analyses: [smallQuestion] }),
  ),
);

describe("findings of a run", () => {
  test("2 runs of a stack, with other noise, leave the bytes that each leaves alone", async () => {
    for (const [run, spec] of specs.entries()) await perform(`alone-${run}`, [spec]);
    const alone = specs.map((_, run) => bytesOf(`alone-${run}`, 0));
    await perform("beside", specs);
    expect(specs.map((_, run) => bytesOf("beside", run))).toEqual(alone);
    expect(alone[0]).not.toEqual(alone[1]);
  });

  test("their numbers are rows of the metrics, by analysis and number", async () => {
    await perform("numbers", [specs[0]]);
    const [metrics, file] = bytesOf("numbers", 0);
    const found = decodeFindings(file, "findings.json");
    expect(found.map(({ analysis, options }) => ({ name: analysis, ...options }))).toEqual(
      specs[0].evaluation?.analyses,
    );
    const { findings } = metricsOf(await decodeParquet(metrics, "metrics"), 0, "metrics");
    expect(findings).toEqual(findingNumbers(found));
    expect(findings?.[0]).toEqual({ part: "preference.trainIntensity", value: 0.5 });
  });

  test("a run that is stopped in its analyses keeps its training; resumed, it leaves the same bytes", async () => {
    let isAsked = false;
    // The fourth update is the last: what asks after it is an analysis.
    const stopped = await perform("stopped", [specs[0]], {
      isCancelled: () => isAsked,
      onProgress: (_, { share }) => {
        isAsked ||= share > shareBeforeAnalyses(specs[0]);
      },
    });
    expect(stopped).toEqual([{ kind: "cancelled" }]);
    expect(readdirSync(folderOf("stopped", 0)).sort()).toEqual(["checkpoint.safetensors", "spec.json"]);
    await perform("stopped", [specs[0]]);
    expect(bytesOf("stopped", 0)).toEqual(bytesOf("alone-0", 0));
    expect(JSON.parse(readFileSync(join(folderOf("stopped", 0), "record.json"), "utf8"))).toMatchObject({
      resumedFrom: 4,
    });
  });

  test("a question that cannot be put to the network is answered with why, and the run is complete", async () => {
    const silent = await resolve({ network: { hiddenSize: 2 } }, { analyses: [smallQuestion], intensities: undefined });
    expect(await perform("silent", [silent])).toMatchObject([{ kind: "made" }]);
    const [found] = decodeFindings(bytesOf("silent", 0)[1], "findings.json");
    expect(found).toMatchObject({ analysis: "preference", numbers: [], tables: [] });
    expect(found.warnings).toEqual([
      expect.stringMatching(/needs a noise source to vary, the network has none; name a site/),
    ]);
  });

  test("a run without them has no file of findings; one whose file is damaged or gone is made again", async () => {
    await perform("plain", [await resolve()]);
    expect(readdirSync(folderOf("plain", 0))).not.toContain("findings.json");
    const folder = folderOf("beside", 0);
    expect(await storedRun(folder, specs[0], software)).toBeDefined();
    const file = join(folder, "findings.json");
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(1));
    expect(await storedRun(folder, specs[0], software)).toBeUndefined();
    rmSync(file);
    expect(await storedRun(folder, specs[0], software)).toBeUndefined();
  });

  test("progress rises through training and analyses to at most 1", async () => {
    const shares: number[] = [];
    await perform("progress", [specs[0]], { onProgress: (_, { share }) => shares.push(share) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.slice(0, 4).at(-1)).toBe(shareBeforeAnalyses(specs[0]));
    expect(shares.length).toBeGreaterThan(4);
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });
});

test("findings come back from their file; another format, a cut file and no JSON are refused by name", () => {
  const found = decodeFindings(bytesOf("alone-0", 0)[1], "findings.json");
  expect(decodeFindings(encodeFindings("id", found), "findings.json")).toEqual(found);
  const refused = (text: string) => () => decodeFindings(new TextEncoder().encode(text), "findings.json");
  expect(refused('{"format":9,"analyses":[]}')).toThrow(/findings\.json: must be findings in format 1, got 9; analyse/);
  expect(refused('{"format":1,')).toThrow(/findings\.json: must be whole JSON, got 12 bytes/);
  expect(refused("null")).toThrow(/must be findings in format 1, got null/);
});
