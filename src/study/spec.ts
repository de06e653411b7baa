/** What a run is a pure function of, and what it is called. */
import type { Choice } from "../cell/cell.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import { sha256 } from "../core/sha256.ts";
import type { Precision } from "../engine/contract.ts";
import { encodeUtf8 } from "../io/text.ts";
import type { NetworkSpec } from "../network/contract.ts";
import type { TrainOptions } from "../train/options.ts";

/** Changes when the same specification would give other numbers or other files. */
export const runFormat = 3;

/** The sweep of a trained network over noise intensities on test trials. */
export interface EvaluationSpec {
  /** The noise source that is varied; null: the network has none, and is judged once. */
  readonly site: string | null;
  /** Absolute intensities, ascending; [0] when there is no source. */
  readonly intensities: readonly number[];
  /** Trials 0..trials-1 of the test split. */
  readonly trials: number;
  /** Noise draws per trial, >= 1. */
  readonly repeats: number;
  /** Questions put to the network after the sweep, with all their options, each once; absent for none. */
  readonly analyses?: readonly Choice[];
}

/** Complete: every default is spelled out. */
export interface RunSpec {
  readonly format: typeof runFormat;
  readonly task: {
    readonly name: string;
    readonly options: Readonly<Record<string, unknown>>;
    /** SHA-256 of the user's own files that the task reads, by path. */
    readonly files: Readonly<Record<string, string>>;
  };
  readonly network: NetworkSpec;
  readonly training: TrainOptions;
  /** null: the network is trained and not judged. */
  readonly evaluation: EvaluationSpec | null;
  readonly engine: { readonly backend: string; readonly precision: Precision };
  /** Integer in 0..2^53-1: initial weights, trials and noise follow from it. */
  readonly seed: number;
}

/**
 * Identity of a run, 64 hexadecimal digits: SHA-256 of the canonical JSON of format, seed and the digest of each part,
 * which is the SHA-256 of its canonical JSON.
 *
 * Cost: about 10 microseconds; the digest of a part is made once for each object, so runs should share their parts.
 */
export function runId(spec: RunSpec): string {
  return digest({ ...conditionParts(spec), seed: spec.seed });
}

/** Identity of what runs have in common that differ in seed only; as `runId`, without the seed. */
export function conditionId(spec: RunSpec): string {
  return digest(conditionParts(spec));
}

function conditionParts({ format, task, network, training, evaluation, engine }: RunSpec): Record<string, unknown> {
  return {
    format,
    task: partDigest(task),
    network: partDigest(network),
    training: partDigest(training),
    evaluation: evaluation && partDigest(evaluation),
    engine: partDigest(engine),
  };
}

/** Parts are frozen data: an object stands for the same content for as long as it lives. */
const partDigests = new WeakMap<object, string>();

function partDigest(part: object): string {
  let known = partDigests.get(part);
  if (known === undefined) {
    known = sha256(encodeUtf8(partText(part)));
    partDigests.set(part, known);
  }
  return known;
}

/** Canonical JSON of a part; members that it shares with other parts are written once. */
function partText(part: object): string {
  const members = Object.entries(part).filter(([, member]) => member !== undefined);
  const texts = members.map(([key, member]) => [JSON.stringify(key), memberText(member)] as const);
  return `{${texts
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join(":"))
    .join(",")}}`;
}

const memberTexts = new WeakMap<object, string>();

function memberText(member: unknown): string {
  if (typeof member !== "object" || member === null || Array.isArray(member)) return canonicalJson(member);
  let known = memberTexts.get(member);
  if (known === undefined) {
    known = canonicalJson(member);
    memberTexts.set(member, known);
  }
  return known;
}

function digest(value: unknown): string {
  return sha256(encodeUtf8(canonicalJson(value)));
}

/** What a run is, in a line for people: "function-approximation, ctrnn, inside 0.5, seed 3". */
export function runTitle({ task, network, seed }: RunSpec): string {
  const noise = network.noise.map(({ site, intensity }) => `${site} ${intensity}`).join(" + ");
  return [task.name, network.cell, noise || "no noise", `seed ${seed}`].join(", ");
}

/** Name of a run's folder: words for people, and enough of the identity to tell all runs apart. */
export function runFolderName(spec: RunSpec): string {
  const words = runTitle(spec)
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-");
  return `${words}-${runId(spec).slice(0, 12)}`;
}
