/** One run: train, then sweep the noise at test. */
import { type Examination, evaluating, examinationBatches, type Subject } from "../analysis/evaluate.ts";
import { type SweepRow, sweeping, sweepRow } from "../analysis/intensity-sweep.ts";
import { CapabilityError, FormatError, InternalError, NoisyRnnError } from "../core/errors.ts";
import type { KernelOptions } from "../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../network/contract.ts";
import type { Passes } from "../network/lockstep.ts";
import { createNetwork } from "../network/network.ts";
import type { Task } from "../task/contract.ts";
import type { Checkpoint, History } from "../train/checkpoint.ts";
import type { TrainOptions } from "../train/options.ts";
import { type TrainHooks, type TrainOutcome, training } from "../train/train.ts";
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

/**
 * Trains and sweeps: a pure function of the specification. Interrupted and resumed or not, alone or beside others, the
 * bits are the same.
 *
 * @returns a run that diverges or is interrupted has no sweep; its outcome says so
 */
export function* performing(
  spec: RunSpec,
  { task, network, kernel }: RunParts,
  surroundings: { readonly resume?: Checkpoint; readonly hooks?: TrainHooks } = {},
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
  return { outcome, weights: trained, history, sweep, checkpoint };
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
