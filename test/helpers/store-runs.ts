/** Small runs, made in stores. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type FolderRunsCall, type RunEnd, runInFolders } from "../../src/platform/node/run-folder.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Claim, Store, StoreMember } from "../../src/platform/node/store/contract.ts";
import { resolvedRun } from "../../src/study/input.ts";
import type { RunSummary } from "../../src/study/outcome.ts";
import { decodeRecord, runSummary } from "../../src/study/record.ts";
import { type RunSpec, runId } from "../../src/study/spec.ts";
import { taskLoader } from "../../src/study/tasks.ts";

installBackends();
const root = mkdtempSync(join(tmpdir(), "noisy-rnn-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A path where nothing is. */
export const freshFolder = (): string => join(root, String(count++));

export const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});

type AnalysisInput = { readonly name: string } & Readonly<Record<string, unknown>>;

/** A question that takes a few milliseconds. */
export const smallQuestion = { name: "preference", trials: 2, repeats: 2, steps: 2, resamples: 4 } as const;

/** A run of a few milliseconds. */
export const smallSpec = (seed: number, updates = 4, analyses: readonly AnalysisInput[] = []): Promise<RunSpec> =>
  resolvedRun({
    input: {
      task: { name: "function-approximation", stepCount: 4 },
      network: { hiddenSize: 2, noise: [{ site: "inside", intensity: 0.5 }] },
      training: { updates, batchSize: 2, historyEvery: 1 },
      evaluation: { trials: 3, repeats: 2, intensities: [0, 0.5], analyses },
      precision: "float64",
      seed,
    },
    place: "run",
    loadTask,
    backend: "reference",
  });

export const software = { version: "0", fingerprint: "this", variant: "none" };

/** Performs claimed runs beside each other. */
export async function perform(
  claims: readonly Claim[],
  specs: readonly RunSpec[],
  change: Partial<FolderRunsCall> = {},
): Promise<RunEnd[]> {
  const ends = await runInFolders({
    runs: claims.map(({ place }, run) => ({ spec: specs[run], place: { claimed: place } })),
    loadTask,
    software,
    machine: { host: "here" },
    kernelOptions: {},
    isCancelled: () => false,
    ...change,
  });
  return Promise.all(ends);
}

/** @throws Error when somebody else has it, or it is complete */
export async function claimed(member: StoreMember, id: string): Promise<Claim> {
  const answer = await member.claim(id);
  if (answer.kind !== "claimed") throw new Error(`${id} is ${answer.kind}`);
  return answer.claim;
}

/** Claims, makes and finishes runs. @returns their ids */
export async function makeRuns(store: Store, specs: readonly RunSpec[]): Promise<string[]> {
  const member = await store.join("test");
  for (const spec of specs) {
    const claim = await claimed(member, runId(spec));
    const [end] = await perform([claim], [spec]);
    await claim.finish(summaryOf(end));
  }
  await member.leave();
  return specs.map(runId);
}

export function summaryOf(end: RunEnd): RunSummary {
  if (end.kind !== "made") throw new Error(`the run was not made: ${end.kind}`);
  return runSummary(decodeRecord(end.stored.record, "record.json"));
}
