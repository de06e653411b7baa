/** A run in a folder of its own: started, resumed, or found finished. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../core/errors.ts";
import { decodeParquet, encodeParquet } from "../../io/parquet.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../study/checkpoint-file.ts";
import { metricsOf, metricsTable, type RunMetrics } from "../../study/metrics.ts";
import {
  decodeRecord,
  encodeRecord,
  type RunRecord,
  runFiles,
  type Software,
  sameSoftware,
} from "../../study/record.ts";
import { performRun, runParts } from "../../study/run.ts";
import { type RunSpec, runFormat, runId, runTitle } from "../../study/spec.ts";
import type { TaskLoader } from "../../study/tasks.ts";
import { encodeNetwork } from "../../study/weights-file.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import type { TrainProgress } from "../../train/train.ts";
import { codeOf, removeAbandonedFiles, writeFileAtomic } from "./files.ts";

/** What a finished run left, as it is stored. */
export interface StoredRun {
  readonly record: Uint8Array;
  readonly metrics: Uint8Array;
}

export interface FinishedRun extends RunMetrics {
  readonly record: RunRecord;
}

/** @throws FormatError when a file is damaged */
export async function decodeRun({ record, metrics }: StoredRun, seed: number, folder: string): Promise<FinishedRun> {
  const file = join(folder, runFiles.metrics);
  return {
    record: decodeRecord(record, join(folder, runFiles.record)),
    ...metricsOf(await decodeParquet(metrics, file), seed, file),
  };
}

/**
 * The finished run in a folder.
 *
 * @returns undefined when it is not finished, damaged, or was made by other software, whose bits may differ
 */
export async function storedRun(folder: string, spec: RunSpec, software: Software): Promise<StoredRun | undefined> {
  const recordFile = join(folder, runFiles.record);
  const record = await fileIfAny(recordFile);
  if (record === undefined) return undefined;
  try {
    const known = decodeRecord(record, recordFile);
    if (known.id !== runId(spec) || !sameSoftware(known.software, software)) return undefined;
    const metrics = await fileIfAny(join(folder, runFiles.metrics));
    if (metrics === undefined) return undefined;
    await decodeRun({ record, metrics }, spec.seed, folder);
    return { record, metrics };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

export interface RunCall {
  readonly spec: RunSpec;
  readonly folder: string;
  readonly loadTask: TaskLoader;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  isCancelled(): boolean;
  onProgress?(progress: TrainProgress): void;
}

/** Updates between two looks at the clock. */
const checkpointEvery = 50;
/** Least milliseconds between two checkpoints; writing them takes at most a fiftieth of the time. */
const checkpointPause = 2000;
const checkpointShare = 50;

/**
 * Performs a run in its folder, from its last checkpoint if there is one. A run that is finished there is not made again.
 *
 * Killed at any moment, it loses the work since the last checkpoint; the bits of the result do not change.
 *
 * @returns undefined when it was cancelled; the checkpoint is then in the folder
 * @throws CapabilityError, SpecError, FormatError when it cannot begin
 */
export async function runInFolder(call: RunCall): Promise<StoredRun | undefined> {
  const { spec, folder, software, loadTask } = call;
  const finished = await storedRun(folder, spec, software);
  if (finished !== undefined) return finished;

  const parts = await runParts(spec, loadTask);
  const checkpointFile = join(folder, runFiles.checkpoint);
  await removeAbandonedFiles(folder);
  await rm(join(folder, runFiles.record), { force: true });
  await writeFileAtomic(join(folder, runFiles.spec), `${JSON.stringify(spec, null, 2)}\n`);
  const known = await knownCheckpoint(checkpointFile, software);

  const startedAt = performance.now();
  let nextWrite = startedAt + checkpointPause;
  const keep = async (checkpoint: Checkpoint): Promise<void> => {
    await writeFileAtomic(checkpointFile, encodeCheckpoint(checkpoint, software.fingerprint));
  };
  const result = await performRun(spec, parts, {
    ...(known && { resume: known }),
    hooks: {
      shouldStop: () => call.isCancelled(),
      now: () => performance.now(),
      ...(call.onProgress && { onProgress: call.onProgress }),
      checkpointEvery,
      onCheckpoint: async (checkpoint) => {
        const begun = performance.now();
        if (begun < nextWrite) return;
        await keep(checkpoint);
        const ended = performance.now();
        nextWrite = ended + Math.max(checkpointPause, checkpointShare * (ended - begun));
      },
    },
  });
  if (result.outcome.kind === "interrupted") {
    await keep(result.checkpoint);
    return undefined;
  }

  const metrics = encodeParquet(metricsTable(result), { run: runId(spec), title: runTitle(spec) });
  const record = encodeRecord({
    format: runFormat,
    id: runId(spec),
    title: runTitle(spec),
    outcome: result.outcome,
    software,
    machine: call.machine,
    finishedAt: new Date().toISOString(),
    resumedFrom: known?.meta.update ?? null,
    seconds: (performance.now() - startedAt) / 1000,
    parameterCount: parts.network.parameterCount,
    references: parts.network.references,
  });
  await writeFileAtomic(join(folder, runFiles.weights), encodeNetwork(spec, parts.network, result.weights));
  await writeFileAtomic(join(folder, runFiles.metrics), metrics);
  await writeFileAtomic(join(folder, runFiles.record), record);
  await rm(checkpointFile, { force: true });
  return { record: new TextEncoder().encode(record), metrics };
}

/** A checkpoint that cannot be used costs time only: the run starts anew and ends with the same bits. */
async function knownCheckpoint(file: string, software: Software): Promise<Checkpoint | undefined> {
  const bytes = await fileIfAny(file);
  if (bytes === undefined) return undefined;
  try {
    return decodeCheckpoint(bytes, file, software.fingerprint);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

async function fileIfAny(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
