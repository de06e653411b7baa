/** Runs in folders of their own: started, resumed, or found finished. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../core/errors.ts";
import type { KernelOptions } from "../../engine/contract.ts";
import { decodeParquet, encodeParquet } from "../../io/parquet.ts";
import { lockstep, type Passes, settled } from "../../network/lockstep.ts";
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
import { performing, type RunParts, stackParts } from "../../study/run.ts";
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

export interface FolderRun {
  readonly spec: RunSpec;
  readonly folder: string;
}

export interface FolderRunsCall {
  /** Alike, as `stacks` groups them; at least one. */
  readonly runs: readonly FolderRun[];
  readonly loadTask: TaskLoader;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  readonly kernelOptions: KernelOptions;
  isCancelled(): boolean;
  /** @param run index into `runs` */
  onProgress?(run: number, progress: TrainProgress): void;
}

/**
 * Performs runs beside each other, each in its folder, from its last checkpoint if there is one.
 *
 * Killed at any moment, they lose the work since the last checkpoints; the bits of the results do not change.
 *
 * @returns when all have begun, one promise per run, settled when it has ended and its files are written: undefined when
 *   it was cancelled; the checkpoint is then in the folder
 * @throws CapabilityError, SpecError, FormatError when they cannot begin
 */
export async function runInFolders(call: FolderRunsCall): Promise<readonly Promise<StoredRun | undefined>[]> {
  const { runs, loadTask, kernelOptions } = call;
  const parts = await stackParts(
    runs.map(({ spec }) => spec),
    loadTask,
    kernelOptions,
  );
  const clock = sharedClock(runs.length);
  const { kernel } = parts[0];
  const ends = lockstep(
    kernel,
    runs.map((_, run) => inFolder(call, run, parts[run], clock)),
  );
  void Promise.allSettled(ends).then(() => kernel.close());
  return ends;
}

/** Updates between two looks at the clock. */
const checkpointEvery = 50;
/** Least milliseconds between two checkpoints; writing them takes at most a fiftieth of the time. */
const checkpointPause = 2000;
const checkpointShare = 50;

function* inFolder(
  { runs, software, machine, isCancelled, onProgress }: FolderRunsCall,
  run: number,
  parts: RunParts,
  clock: SharedClock,
): Passes<StoredRun | undefined> {
  const { spec, folder } = runs[run];
  const checkpointFile = join(folder, runFiles.checkpoint);
  const known = yield* settled(begunRun(spec, folder, software));

  let nextWrite = performance.now() + checkpointPause;
  const keep = (checkpoint: Checkpoint): Promise<void> =>
    writeFileAtomic(checkpointFile, encodeCheckpoint(checkpoint, software.fingerprint));
  const keepInTime = async (checkpoint: Checkpoint, begun: number): Promise<void> => {
    await keep(checkpoint);
    const ended = performance.now();
    nextWrite = ended + Math.max(checkpointPause, checkpointShare * (ended - begun));
  };
  const result = yield* performing(spec, parts, {
    ...(known && { resume: known }),
    hooks: {
      shouldStop: isCancelled,
      now: () => performance.now(),
      ...(onProgress && { onProgress: (progress) => onProgress(run, progress) }),
      checkpointEvery,
      // No promise, and so no turn of the event loop, while there is nothing to write.
      onCheckpoint: (checkpoint) => {
        const now = performance.now();
        return now < nextWrite ? undefined : keepInTime(checkpoint, now);
      },
    },
  });
  const seconds = clock.leave();
  if (result.outcome.kind === "interrupted") {
    yield* settled(keep(result.checkpoint));
    return undefined;
  }

  const { network, kernel } = parts;
  const metrics = encodeParquet(metricsTable(result), { run: runId(spec), title: runTitle(spec) });
  const record = encodeRecord({
    format: runFormat,
    id: runId(spec),
    title: runTitle(spec),
    outcome: result.outcome,
    software,
    machine,
    threads: kernel.threads,
    finishedAt: new Date().toISOString(),
    resumedFrom: known?.meta.update ?? null,
    seconds,
    parameterCount: network.parameterCount,
    references: network.references,
  });
  const stored = { record: new TextEncoder().encode(record), metrics };
  yield* settled(writeRun(folder, stored, encodeNetwork(spec, network, result.weights)));
  return stored;
}

/** Makes the folder that of a run under way. @returns the checkpoint to go on from, if there is one */
async function begunRun(spec: RunSpec, folder: string, software: Software): Promise<Checkpoint | undefined> {
  await removeAbandonedFiles(folder);
  await rm(join(folder, runFiles.record), { force: true });
  await writeFileAtomic(join(folder, runFiles.spec), `${JSON.stringify(spec, null, 2)}\n`);
  return knownCheckpoint(join(folder, runFiles.checkpoint), software);
}

/** The record comes last: with it the run is complete. */
async function writeRun(folder: string, { record, metrics }: StoredRun, weights: Uint8Array): Promise<void> {
  await writeFileAtomic(join(folder, runFiles.weights), weights);
  await writeFileAtomic(join(folder, runFiles.metrics), metrics);
  await writeFileAtomic(join(folder, runFiles.record), record);
  await rm(join(folder, runFiles.checkpoint), { force: true });
}

interface SharedClock {
  /** Ends the work of one run. @returns seconds of work that fell to it */
  leave(): number;
}

/** Shares the time from now on evenly among the runs at work. */
function sharedClock(runs: number): SharedClock {
  let atWork = runs;
  let share = 0;
  let last = performance.now();
  return {
    leave: () => {
      const now = performance.now();
      share += (now - last) / 1000 / atWork;
      last = now;
      atWork--;
      return share;
    },
  };
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
