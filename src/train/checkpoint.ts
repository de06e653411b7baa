/** Where a run stands, as plain data: arrays by name, and JSON. Bytes are the caller's business. */
import { SpecError, type SpecIssue } from "../core/errors.ts";
import type { RealArray } from "../engine/contract.ts";
import type { NetworkSpec, Weights } from "../network/contract.ts";
import type { OptimiserState } from "./contract.ts";
import type { TrainOptions } from "./options.ts";

/** One row of the training history: the batch of one update, before the update. */
export interface TrainingRow {
  /** Updates made before. */
  readonly update: number;
  /** Loss of the batch, without penalties. */
  readonly loss: number;
  /** Squared rate, mean over trials, units and the steps that the loss or the activity penalty needs. */
  readonly activity: number;
  /** Euclidean norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export interface ValidationRow {
  /** Updates made before. */
  readonly update: number;
  readonly loss: number;
  /** NaN for value targets. */
  readonly accuracy: number;
}

export interface History {
  readonly training: readonly TrainingRow[];
  readonly validation: readonly ValidationRow[];
}

/** Weights of the smallest validation loss so far. */
export interface Best {
  readonly update: number;
  readonly loss: number;
  readonly weights: Weights;
}

/** Everything that changes while a network is trained. Random numbers need nothing but the update's index. */
export interface TrainState {
  /** Updates made. */
  readonly update: number;
  readonly weights: Weights;
  readonly optimiser: OptimiserState;
  readonly best: Best | undefined;
  readonly stopping: {
    /** Validation loss that the next one must beat; undefined before the first. */
    readonly reference: number | undefined;
    /** Validations in a row that did not. */
    readonly stale: number;
    readonly bestUpdate: number;
  };
  readonly history: History;
  /** Gradient norms of the last updates, oldest first, at most `normsKept`. */
  readonly gradientNorms: readonly number[];
}

/** What a run is a pure function of; a checkpoint continues only the run that made it. */
export interface RunIdentity {
  readonly seed: number;
  readonly options: TrainOptions;
  readonly network: NetworkSpec;
  readonly task: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly precision: "float32" | "float64";
  readonly backend: string;
  /** Instruction set of the back end. */
  readonly variant: string;
}

export interface Checkpoint {
  readonly arrays: Readonly<Record<string, RealArray>>;
  /** JSON: plain objects, finite numbers, text. */
  readonly meta: CheckpointMeta;
}

interface CheckpointMeta {
  readonly version: 1;
  readonly run: RunIdentity;
  readonly update: number;
  readonly optimiserCount: number;
  readonly best: { readonly update: number; readonly loss: number } | null;
  readonly stopping: { readonly reference: number | null; readonly stale: number; readonly bestUpdate: number };
}

/** @returns a checkpoint that shares the state's arrays, which are never written to */
export function toCheckpoint(state: TrainState, run: RunIdentity): Checkpoint {
  const arrays: Record<string, RealArray> = { ...prefixed("weights", state.weights) };
  for (const [slot, slotArrays] of Object.entries(state.optimiser.slots)) {
    Object.assign(arrays, prefixed(`optimiser/${slot}`, slotArrays));
  }
  if (state.best !== undefined) Object.assign(arrays, prefixed("best", state.best.weights));
  Object.assign(arrays, prefixed("history/training", columns(state.history.training, trainingColumns)));
  Object.assign(arrays, prefixed("history/validation", columns(state.history.validation, validationColumns)));
  arrays.gradientNorms = Float64Array.from(state.gradientNorms);
  const { reference, stale, bestUpdate } = state.stopping;
  return {
    arrays,
    meta: {
      version: 1,
      run,
      update: state.update,
      optimiserCount: state.optimiser.count,
      best: state.best === undefined ? null : { update: state.best.update, loss: state.best.loss },
      stopping: { reference: reference ?? null, stale, bestUpdate },
    },
  };
}

/**
 * The state of a checkpoint.
 *
 * @param run the run that is to continue
 * @throws SpecError with one issue per part in which the checkpoint is of another run
 */
export function fromCheckpoint({ arrays, meta }: Checkpoint, run: RunIdentity): TrainState {
  const issues: SpecIssue[] = [];
  for (const part of ["seed", "options", "network", "task", "precision", "backend", "variant"] as const) {
    compare(part, meta.run[part], run[part], issues);
  }
  if (issues.length > 0) throw new SpecError("checkpoint", issues);
  const slots: Record<string, Weights> = {};
  for (const name of Object.keys(arrays)) {
    const [kind, slot] = name.split("/");
    if (kind === "optimiser") slots[slot] ??= unprefixed(`optimiser/${slot}`, arrays);
  }
  return {
    update: meta.update,
    weights: unprefixed("weights", arrays),
    optimiser: { count: meta.optimiserCount, slots },
    best: meta.best === null ? undefined : { ...meta.best, weights: unprefixed("best", arrays) },
    stopping: { ...meta.stopping, reference: meta.stopping.reference ?? undefined },
    history: {
      training: rows(unprefixed("history/training", arrays), trainingColumns),
      validation: rows(unprefixed("history/validation", arrays), validationColumns),
    },
    gradientNorms: [...arrays.gradientNorms],
  };
}

const trainingColumns = ["update", "loss", "activity", "gradientNorm", "learningRate"] as const;
const validationColumns = ["update", "loss", "accuracy"] as const;

function prefixed(prefix: string, arrays: Weights): Weights {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${prefix}/${name}`, array]));
}

function unprefixed(prefix: string, arrays: Weights): Weights {
  const start = `${prefix}/`;
  const mine = Object.entries(arrays).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(mine.map(([name, array]) => [name.slice(start.length), array]));
}

/** Histories are stored as float64 columns: JSON has no NaN. */
function columns<Name extends string>(
  table: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): Record<Name, Float64Array> {
  const result = {} as Record<Name, Float64Array>;
  for (const name of names) result[name] = Float64Array.from(table, (row) => row[name]);
  return result;
}

function rows<Name extends string>(table: Weights, names: readonly Name[]): Record<Name, number>[] {
  return Array.from(
    { length: table[names[0]].length },
    (_, i) => Object.fromEntries(names.map((name) => [name, table[name][i]])) as Record<Name, number>,
  );
}

/** Compares as JSON, whatever the order of keys, and names the deepest parts that differ. */
function compare(path: string, stored: unknown, wanted: unknown, issues: SpecIssue[]): void {
  if (isObject(stored) && isObject(wanted)) {
    for (const key of new Set([...Object.keys(stored), ...Object.keys(wanted)])) {
      compare(`${path}.${key}`, stored[key], wanted[key], issues);
    }
    return;
  }
  const [before, now] = [JSON.stringify(stored), JSON.stringify(wanted)];
  if (before === now) return;
  issues.push({
    path,
    rule: `the checkpoint was made with ${before}, got ${now}`,
    remedy:
      path === "variant"
        ? "continue on a processor that has it (NOISY_RNN_ISA chooses among those it has), or start anew without it"
        : "continue with what the checkpoint was made with, or start anew without it",
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
