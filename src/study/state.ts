/** How far a study is: what a list of runs, summaries and claims comes to. */
import type { RunSummary } from "./outcome.ts";
import type { Software } from "./record.ts";

/** Runs that failed for the same cause. */
export interface FailureCause {
  readonly cause: string;
  readonly count: number;
  /** Titles of the first few, in the order of the plan. */
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

/**
 * @param ids of all runs, in the order of the plan
 * @param software as summaries name it
 */
export function studyState(
  ids: readonly string[],
  summaries: ReadonlyMap<string, RunSummary>,
  claims: readonly RunClaim[],
  software: string,
): StudyState {
  const failures = new Map<string, { count: number; examples: string[] }>();
  let complete = 0;
  let failed = 0;
  let outdated = 0;
  for (const id of ids) {
    const summary = summaries.get(id);
    if (summary === undefined) continue;
    complete++;
    if (summary.software !== software) outdated++;
    if (summary.cause === null) continue;
    failed++;
    const known = failures.get(summary.cause) ?? { count: 0, examples: [] };
    failures.set(summary.cause, known);
    known.count++;
    if (known.examples.length < examplesShown) known.examples.push(summary.title);
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
