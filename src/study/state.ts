/** How far a study is: what a list of runs, summaries and claims comes to. */
import type { RunSummary } from "./outcome.ts";
import type { Software } from "./record.ts";
import type { AxisValue } from "./study.ts";

/** Runs that failed for the same cause. */
export interface FailureCause {
  readonly cause: string;
  readonly count: number;
  /** The first few, in the order of the plan, by what tells them from other runs of the study. */
  readonly examples: readonly string[];
}

/** Somebody at work on runs of the study. */
export interface Worker {
  readonly host: string;
  readonly pid: number;
  readonly label: string;
  readonly runs: number;
}

export interface StudyState {
  readonly runs: number;
  readonly complete: number;
  /** Complete, trained and judged. */
  readonly succeeded: number;
  /** Complete with a failure as their result. */
  readonly failed: number;
  readonly failures: readonly FailureCause[];
  /** Complete, made by other software than this. */
  readonly outdated: number;
  readonly underWay: number;
  readonly workers: readonly Worker[];
  /** Begun by a process that is dead: taken over by whoever comes next. */
  readonly abandoned: number;
  /** Neither complete nor under way. */
  readonly open: number;
  /** Open ones that somebody began, who stopped or died: they go on from their last checkpoints. */
  readonly begun: number;
}

/** A run that is being made, or was when its process died. */
export interface RunClaim {
  readonly id: string;
  readonly executor: { readonly host: string; readonly pid: number; readonly label: string };
  readonly isAlive: boolean;
}

const examplesShown = 3;

/** What a summary says of the software, for runs of the given one. */
export function softwareText({ fingerprint, variant }: Pick<Software, "fingerprint" | "variant">): string {
  return `${fingerprint} ${variant}`;
}

/** What tells a run from others of its study, the values of its axes and its seed: "site inside, rate 0.01, seed 1". */
export function runLabel(condition: Readonly<Record<string, AxisValue>>, seed: number): string {
  const values = Object.entries(condition).filter(([, value]) => value !== null);
  return [...values.map(([name, value]) => `${name} ${value}`), `seed ${seed}`].join(", ");
}

/** What is known of the runs of a study. */
interface StudyFacts {
  /** Of all runs, in the order of the plan. */
  readonly ids: readonly string[];
  readonly summaries: ReadonlyMap<string, RunSummary>;
  readonly claims: readonly RunClaim[];
  /** Ids of runs that were begun; complete ones and those of other studies may be among them. */
  readonly begun: ReadonlySet<string>;
  /** As summaries name it. */
  readonly software: string;
  /** @param run index into `ids` */
  labelOf(run: number): string;
}

export function studyState({ ids, summaries, claims, begun, software, labelOf }: StudyFacts): StudyState {
  const failures = new Map<string, { count: number; examples: string[] }>();
  let complete = 0;
  let failed = 0;
  let outdated = 0;
  let everBegun = 0;
  for (const [run, id] of ids.entries()) {
    const summary = summaries.get(id);
    if (summary === undefined) {
      if (begun.has(id)) everBegun++;
      continue;
    }
    complete++;
    if (summary.software !== software) outdated++;
    if (summary.cause === null) continue;
    failed++;
    const known = failures.get(summary.cause) ?? { count: 0, examples: [] };
    failures.set(summary.cause, known);
    known.count++;
    if (known.examples.length < examplesShown) known.examples.push(labelOf(run));
  }
  const { workers, underWay, abandoned } = claimed(ids, summaries, claims);
  return {
    runs: ids.length,
    complete,
    succeeded: complete - failed,
    failed,
    failures: [...failures]
      .map(([cause, { count, examples }]) => ({ cause, count, examples }))
      .sort((a, b) => b.count - a.count || (a.cause < b.cause ? -1 : 1)),
    outdated,
    underWay,
    workers,
    abandoned,
    open: ids.length - complete - underWay,
    begun: Math.max(0, everBegun - underWay),
  };
}

function claimed(
  ids: readonly string[],
  summaries: ReadonlyMap<string, RunSummary>,
  claims: readonly RunClaim[],
): Pick<StudyState, "workers" | "underWay" | "abandoned"> {
  const wanted = claims.length === 0 ? new Set<string>() : new Set(ids);
  const own = claims.filter(({ id }) => wanted.has(id) && !summaries.has(id));
  const workers = new Map<string, Worker>();
  for (const { executor, isAlive } of own) {
    if (!isAlive) continue;
    const { host, pid, label } = executor;
    const key = `${host} ${pid}`;
    workers.set(key, { host, pid, label, runs: (workers.get(key)?.runs ?? 0) + 1 });
  }
  const underWay = own.filter(({ isAlive }) => isAlive).length;
  return { workers: [...workers.values()], underWay, abandoned: own.length - underWay };
}
