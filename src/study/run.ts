/** One run: train, sweep the noise at test, analyse the network. */
import type { AnalysisFindings, Subject } from "../analysis/contract.ts";
import { type Examination, evaluating, examinationBatches } from "../analysis/evaluate.ts";
import { type SweepRow, sweeping, sweepRow } from "../analysis/intensity-sweep.ts";
import type { Choice } from "../cell/cell.ts";
import { CapabilityError, FormatError, InternalError, InterruptedError, NoisyRnnError } from "../core/errors.ts";
import type { KernelOptions } from "../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../network/contract.ts";
import { type Passes, settled } from "../network/lockstep.ts";
import { createNetwork } from "../network/network.ts";
import type { Task } from "../task/contract.ts";
import type { Checkpoint, History } from "../train/checkpoint.ts";
import type { TrainOptions } from "../train/options.ts";
import { type TrainHooks, type TrainOutcome, training } from "../train/train.ts";
import { type AnalysisHooks, type AnalysisSubject, analysedWherePossible, analysisPasses } from "./findings.ts";
import type { EvaluationSpec, RunSpec } from "./spec.ts";
import type { TaskLoader } from "./tasks.ts";

/** A specification's task and network, ready to run. */
export interface RunParts {
  readonly task: Task;
  readonly network: Network;
  readonly kernel: NetworkKernel;
}

export interface RunResult {
  readonly outcome: TrainOutcome;
  /** The trained weights: those of the best validation where the options ask for them, else the last. */
  readonly weights: Weights;
  readonly history: History;
  /** Empty unless training reached its end. */
  readonly sweep: readonly SweepRow[];
  /** Likewise. */
  readonly findings: readonly AnalysisFindings[];
  /** Where an interrupted run goes on. */
  readonly checkpoint: Checkpoint;
}

/** A member of a stack, or why there can be none. */
export type PreparedRun =
  | { readonly kind: "ready"; readonly parts: RunParts }
  | { readonly kind: "impossible"; readonly error: unknown };

/**
 * The parts of runs that make one stack: the task, which they share, their networks, and a kernel for all of them.
 *
 * @param specs alike, as `stacks` groups them; at least one
 * @param kernelOptions change no number
 * @returns one per specification: a network that cannot be made does not concern the others
 * @throws FormatError when the task's data are damaged
 * @throws CapabilityError when data or back end are missing here, or files are not those of the specification
 */
export async function stackParts(
  specs: readonly RunSpec[],
  loadTask: TaskLoader,
  kernelOptions: KernelOptions = {},
): Promise<readonly PreparedRun[]> {
  const [first] = specs;
  const task = await loadedTask(first.task, loadTask);
  const networks = specs.map(({ network }): { readonly network: Network } | { readonly error: unknown } => {
    try {
      return { network: createNetwork(network) };
    } catch (error) {
      return { error };
    }
  });
  const made = networks.find((one) => "network" in one);
  const kernel = await made?.network.kernel({ ...first.engine, ...kernelOptions });
  return networks.map((one) =>
    "network" in one && kernel !== undefined
      ? { kind: "ready", parts: { task, network: one.network, kernel } }
      : { kind: "impossible", error: "error" in one ? one.error : undefined },
  );
}

/** The task was made once already, when the specification was: what fails now, but damaged data, is this machine's lack. */
async function loadedTask({ name, options, files }: RunSpec["task"], loadTask: TaskLoader): Promise<Task> {
  const hasOwnFiles = Object.keys(files).length > 0;
  const loaded = await loadTask(name, options).catch((error: unknown) => {
    if (!(error instanceof NoisyRnnError) || (error instanceof FormatError && !hasOwnFiles)) throw error;
    throw error instanceof InternalError ? error : new CapabilityError(error);
  });
  for (const [path, digest] of Object.entries(files)) {
    if (loaded.files[path] === digest) continue;
    throw new CapabilityError({
      place: `task.files.${path}`,
      rule: `the file must be the one with SHA-256 ${digest}, got ${loaded.files[path] ?? "none"}`,
      remedy: "put the old file back, or start a new run with the new one",
    });
  }
  return loaded.task;
}

/** What surrounds a run; nothing here changes a number. */
export interface RunSurroundings {
  readonly resume?: Checkpoint;
  readonly hooks?: TrainHooks;
  /** Of all analyses of the network together; when asked to stop, the run is interrupted where its training ended. */
  readonly analysisHooks?: AnalysisHooks;
}

/**
 * Trains, sweeps and analyses: a pure function of the specification. Interrupted and resumed or not, alone or beside others, the
 * bits are the same.
 *
 * @returns a run that diverges or is interrupted has no sweep and no findings; its outcome says so
 */
export function* performing(
  spec: RunSpec,
  { task, network, kernel }: RunParts,
  { analysisHooks, ...surroundings }: RunSurroundings = {},
): Passes<RunResult> {
  const { outcome, weights, best, history, checkpoint } = yield* training({
    network,
    kernel,
    task,
    options: spec.training,
    seed: spec.seed,
    ...surroundings,
  });
  const trained = best?.weights ?? weights;
  const isTrained = outcome.kind === "completed" || outcome.kind === "stopped-early";
  const { evaluation, training: options, seed } = spec;
  const sweep =
    isTrained && evaluation !== null
      ? yield* networkSweeping({ task, network, weights: trained, seed, ...lossOf(options) }, evaluation)
      : [];
  const ended = { outcome, weights: trained, history, sweep, findings: [], checkpoint };
  if (!isTrained || evaluation?.analyses === undefined) return ended;
  const subject = { task, network, weights: trained, seed, training: options, ...lossOf(options) };
  const call = { requests: evaluation.analyses, subject, engine: spec.engine, threads: kernel.threads };
  try {
    return { ...ended, findings: yield* settled(networkAnalyses(call, analysisHooks)) };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    return { ...ended, outcome: { kind: "interrupted", update: outcome.update }, sweep: [] };
  }
}

interface AnalysesCall {
  readonly requests: readonly Choice[];
  readonly subject: Omit<AnalysisSubject, "kernel">;
  readonly engine: RunSpec["engine"];
  readonly threads: number;
}

/**
 * Puts all questions to a network, on a kernel of its own: that of a stack has the noise of another network.
 *
 * @returns one entry per request, in their order; of a question that cannot be put to this network, why
 * @throws InterruptedError when it was asked to stop
 */
async function networkAnalyses(
  { requests, subject, engine, threads }: AnalysesCall,
  { onProgress, ...hooks }: AnalysisHooks = {},
): Promise<AnalysisFindings[]> {
  const kernel = await subject.network.kernel({ ...engine, threads });
  const weights = requests.map(analysisPasses);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const found: AnalysisFindings[] = [];
  let done = 0;
  try {
    for (const [index, request] of requests.entries()) {
      const report = (share: number, what: string): void =>
        onProgress?.((done + share * weights[index]) / total, `${request.name}: ${what}`);
      found.push(await analysedWherePossible(request, { ...subject, kernel }, { ...hooks, onProgress: report }));
      done += weights[index];
    }
  } finally {
    kernel.close();
  }
  return found;
}

/** The loss that a network was trained with, as examinations take it. */
export function lossOf({ loss }: Pick<TrainOptions, "loss">): { readonly loss?: string } {
  return loss === "task" ? {} : { loss };
}

/** A trained network over the intensities of an evaluation, ascending; one row at zero when it has no noise. */
export function* networkSweeping(
  subject: Omit<Subject, "kernel"> & Pick<Examination, "task" | "loss" | "split">,
  { site, intensities, trials, repeats }: EvaluationSpec,
): Passes<SweepRow[]> {
  const call = { ...subject, trials, repeats };
  if (site !== null) return yield* sweeping({ ...call, site, intensities });
  const batches = examinationBatches(call, subject.seed);
  return [sweepRow(subject.seed, 0, yield* evaluating(call, batches, "zero"))];
}
