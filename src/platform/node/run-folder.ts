/** Runs in folders of their own: started, resumed, or found finished. */
import { join } from "node:path";
import { FormatError, type NoisyRnnError, ParameterError, ShapeError, SpecError } from "../../core/errors.ts";
import type { KernelOptions } from "../../engine/contract.ts";
import { decodeParquet, encodeParquet } from "../../io/parquet.ts";
import { lockstep, type Passes, settled } from "../../network/lockstep.ts";
import { type AnalysisHooks, encodeFindings, findingNumbers } from "../../study/findings.ts";
import { metricsOf, metricsTable, type RunMetrics } from "../../study/metrics.ts";
import type { RunOutcome } from "../../study/outcome.ts";
import {
  decodeRecord,
  encodeRecord,
  type RunRecord,
  runFiles,
  type Software,
  sameSoftware,
} from "../../study/record.ts";
import { type PreparedRun, performing, type RunParts, type RunResult, stackParts } from "../../study/run.ts";
import { type RunSpec, runFormat, runId, runTitle } from "../../study/spec.ts";
import { shareBeforeAnalyses } from "../../study/stacks.ts";
import type { TaskLoader } from "../../study/tasks.ts";
import { encodeNetwork } from "../../study/weights-file.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import type { TrainHooks } from "../../train/train.ts";
import { fileIfAny } from "./files.ts";
import { encodeSpec, type RunHome, type RunPlace, runHome } from "./run-home.ts";
import { fileDigest } from "./store/reading.ts";

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
  const decoded = decodeRecord(record, join(folder, runFiles.record));
  const [expected, found] = [decoded.files[runFiles.metrics], fileDigest(metrics)];
  if (found !== expected) {
    const rule = `must have the SHA-256 ${expected}, found ${found}`;
    throw new FormatError({ file, offset: -1, rule, remedy: "delete the run's folder; the run is then made again" });
  }
  return { record: decoded, ...metricsOf(await decodeParquet(metrics, file), seed, file) };
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
    const findings = await fileIfAny(join(folder, runFiles.findings));
    const wanted = known.files[runFiles.findings];
    if (wanted !== undefined && (findings === undefined || fileDigest(findings) !== wanted)) return undefined;
    return { record, metrics };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

export interface PlacedRun {
  readonly spec: RunSpec;
  readonly place: RunPlace;
}

export interface RunProgress {
  /** Of all the work of the run, 0..1. */
  readonly share: number;
  /** Updates made. */
  readonly update: number;
}

export interface FolderRunsCall {
  /** Alike, as `stacks` groups them; at least one. */
  readonly runs: readonly PlacedRun[];
  readonly loadTask: TaskLoader;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  readonly kernelOptions: KernelOptions;
  isCancelled(): boolean;
  /** @param run index into `runs` */
  onProgress?(run: number, progress: RunProgress): void;
}

/** What becomes of a run. */
export type RunEnd =
  | { readonly kind: "made"; readonly stored: StoredRun }
  /** Its checkpoint is in its place. */
  | { readonly kind: "cancelled" }
  /** It is complete in the store, or belongs to another process by now. */
  | { readonly kind: "taken" };

/**
 * Performs runs beside each other, each in its place, from its last checkpoint if there is one.
 *
 * Killed at any moment, they lose the work since the last checkpoints; the bits of the results do not change.
 *
 * In a store a run whose data are damaged, or whose specification turns out to be impossible, is made all the same: with
 * the outcome "failed" and the reason. In a plain folder it is an error.
 *
 * @returns when all have begun, one promise per run, settled when it has ended and its files are written
 * @throws CapabilityError, SpecError, FormatError when they cannot begin
 */
export async function runInFolders(call: FolderRunsCall): Promise<readonly Promise<RunEnd>[]> {
  const { runs, loadTask, kernelOptions, software } = call;
  const homes = runs.map(({ place }) => runHome(place, software));
  let prepared: readonly PreparedRun[];
  try {
    prepared = await stackParts(
      runs.map(({ spec }) => spec),
      loadTask,
      kernelOptions,
    );
  } catch (error) {
    if (!isRunFault(error) || !homes.every(({ keepsFailures }) => keepsFailures)) throw error;
    prepared = runs.map(() => ({ kind: "impossible", error }));
  }
  const ready = prepared.flatMap((one, run) => (one.kind === "ready" ? [{ run, parts: one.parts }] : []));
  const ends = prepared.map((one, run): Promise<RunEnd> | undefined =>
    one.kind === "impossible" ? fail(call, run, homes[run], one.error) : undefined,
  );
  if (ready.length > 0) {
    const clock = sharedClock(ready.length);
    const { kernel } = ready[0].parts;
    const members = lockstep(
      kernel,
      ready.map(({ run, parts }) => inPlace(call, run, homes[run], parts, clock)),
    );
    for (const [index, { run }] of ready.entries()) ends[run] = members[index];
    void Promise.allSettled(members).then(() => kernel.close());
  }
  return ends as Promise<RunEnd>[];
}

/** Updates between two looks at the clock. */
const checkpointEvery = 50;
/** Least milliseconds between two checkpoints; writing them takes at most a fiftieth of the time. */
const checkpointPause = 2000;
const checkpointShare = 50;

function* inPlace(
  call: FolderRunsCall,
  run: number,
  home: RunHome,
  parts: RunParts,
  clock: SharedClock,
): Passes<RunEnd> {
  const { spec } = call.runs[run];
  yield* settled(home.begin(spec));
  const known = yield* settled(home.checkpoint());
  let result: RunResult;
  try {
    result = yield* performing(spec, parts, {
      ...(known && { resume: known }),
      hooks: trainHooks(call, run, home),
      analysisHooks: analysisHooks(call, run),
    });
  } catch (error) {
    clock.leave();
    return yield* settled(fail(call, run, home, error));
  }
  const seconds = clock.leave();
  if (result.outcome.kind === "interrupted") {
    yield* settled(home.keep(result.checkpoint));
    return { kind: "cancelled" };
  }
  const { network, kernel } = parts;
  const stored = yield* settled(
    publish(
      { ...call, ...call.runs[run] },
      {
        outcome: result.outcome,
        threads: kernel.threads,
        resumedFrom: known?.meta.update ?? null,
        seconds,
        parameterCount: network.parameterCount,
        references: network.references,
        metrics: { ...result, findings: findingNumbers(result.findings) },
        ...(spec.evaluation?.analyses !== undefined && { findings: encodeFindings(runId(spec), result.findings) }),
        weights: encodeNetwork(spec, network, result.weights),
      },
    ),
  );
  return endOf(stored);
}

function analysisHooks({ runs, isCancelled, onProgress }: FolderRunsCall, run: number): AnalysisHooks {
  const { spec } = runs[run];
  const before = shareBeforeAnalyses(spec);
  const { updates } = spec.training;
  return {
    shouldStop: isCancelled,
    onProgress: (share) => onProgress?.(run, { share: before + (1 - before) * share, update: updates }),
  };
}

function trainHooks({ runs, isCancelled, onProgress }: FolderRunsCall, run: number, home: RunHome): TrainHooks {
  const before = shareBeforeAnalyses(runs[run].spec);
  let nextWrite = performance.now() + checkpointPause;
  const keepInTime = async (checkpoint: Checkpoint, begun: number): Promise<void> => {
    await home.keep(checkpoint);
    const ended = performance.now();
    nextWrite = ended + Math.max(checkpointPause, checkpointShare * (ended - begun));
  };
  return {
    shouldStop: isCancelled,
    now: () => performance.now(),
    onProgress: ({ update, updates }) => onProgress?.(run, { share: (before * update) / updates, update }),
    checkpointEvery,
    // No promise, and so no turn of the event loop, while there is nothing to write.
    onCheckpoint: (checkpoint) => {
      const now = performance.now();
      return now < nextWrite ? undefined : keepInTime(checkpoint, now);
    },
  };
}

/** Errors that the specification or the data of a run cause, on every machine alike. */
function isRunFault(error: unknown): error is NoisyRnnError {
  return [FormatError, SpecError, ParameterError, ShapeError].some((Kind) => error instanceof Kind);
}

/** @throws the error, unless it is a result where the run is made */
async function fail(call: FolderRunsCall, run: number, home: RunHome, error: unknown): Promise<RunEnd> {
  if (!home.keepsFailures || !isRunFault(error)) throw error;
  return endOf(await publishFailed({ ...call, ...call.runs[run] }, { cause: error.name, reason: error.message }));
}

function endOf(stored: StoredRun | undefined): RunEnd {
  return stored === undefined ? { kind: "taken" } : { kind: "made", stored };
}

/** A run and what its record says of who made it. */
export interface MadeBy extends PlacedRun {
  readonly software: Software;
  readonly machine: RunRecord["machine"];
}

/**
 * Makes a failure the result of a run.
 *
 * @returns undefined when the run belongs to another process by now, or is complete
 */
export async function publishFailed(
  run: MadeBy,
  { cause, reason }: { readonly cause: string; readonly reason: string },
): Promise<StoredRun | undefined> {
  return publish(run, {
    outcome: { kind: "failed", cause, reason },
    threads: 1,
    resumedFrom: null,
    seconds: 0,
    parameterCount: 0,
    references: [],
    metrics: { history: { training: [], validation: [] }, sweep: [] },
  });
}

/** What comes of a run. */
interface Made extends Pick<RunRecord, "threads" | "resumedFrom" | "seconds" | "parameterCount" | "references"> {
  readonly outcome: RunOutcome;
  readonly metrics: RunMetrics;
  /** Of a safetensors file; a run that failed has none. */
  readonly weights?: Uint8Array;
  /** Of findings.json; absent where the run asks for no analyses. */
  readonly findings?: Uint8Array;
}

/** @returns undefined when the run belongs to another process by now, or is complete */
async function publish(
  { spec, place, software, machine }: MadeBy,
  { outcome, metrics: measured, weights, findings, ...facts }: Made,
): Promise<StoredRun | undefined> {
  const id = runId(spec);
  const metrics = encodeParquet(metricsTable(measured), { run: id, title: runTitle(spec) });
  const files = {
    [runFiles.spec]: encodeSpec(spec),
    ...(weights && { [runFiles.weights]: weights }),
    [runFiles.metrics]: metrics,
    ...(findings && { [runFiles.findings]: findings }),
  };
  const text = encodeRecord({
    format: runFormat,
    id,
    title: runTitle(spec),
    outcome,
    software,
    machine,
    finishedAt: new Date().toISOString(),
    ...facts,
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, fileDigest(bytes)])),
  });
  const record = new TextEncoder().encode(text);
  const published = await runHome(place, software).publish({ ...files, [runFiles.record]: record });
  return published === "taken" ? undefined : { record, metrics };
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
