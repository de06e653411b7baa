/**
 * Performs runs on worker threads, alike ones beside each other: each is taken just before it begins, so that any number
 * of processes can share the work.
 *
 * No number depends on workers, stacks or on who takes what.
 */
import type { KernelOptions } from "../../engine/contract.ts";
import type { RunSummary } from "../../study/outcome.ts";
import type { RunRecord, Software } from "../../study/record.ts";
import type { RunSpec } from "../../study/spec.ts";
import { runWeight, stacks } from "../../study/stacks.ts";
import type { RunEvent } from "./executors/contract.ts";
import { type JobOutcome, runJobs } from "./pool.ts";
import type { StoredRun } from "./run-folder.ts";
import type { RunPlace } from "./run-home.ts";
import type { RunReport, RunsJob } from "./run-worker.ts";

/** What comes of taking a run. */
export type Taking =
  | { readonly kind: "taken"; readonly taken: TakenRun }
  /** It is complete: somebody else made it. */
  | { readonly kind: "complete" }
  | { readonly kind: "busy"; readonly owner: string };

/** A run that is this process's own until it is finished or given back. */
export interface TakenRun {
  readonly place: RunPlace;
  /** After the worker made it complete. */
  finish(stored: StoredRun): Promise<RunSummary>;
  /**
   * It could not be made.
   *
   * @param errorName class of the error; undefined when the worker died
   * @returns its summary, where that is a result
   * @throws where it is none, and the work has to stop
   */
  fail(reason: string, errorName: string | undefined): Promise<RunSummary>;
  /** Gives it back; its checkpoint stays. */
  release(): Promise<void>;
}

export interface RunsCall {
  readonly specs: readonly RunSpec[];
  /** Indices into `specs` of what is to be made. */
  readonly open: readonly number[];
  /** >= 1. */
  readonly workers: number;
  /** Most runs of a stack. */
  most?(spec: RunSpec): number;
  /** How each worker's kernels run. */
  readonly kernelOptions: KernelOptions;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  /** Folder of the user's own files; default the current one. */
  readonly base?: string;
  readonly signal: AbortSignal;
  /** Whether to wait for runs that others have, and to take them over when those die. */
  readonly wait: boolean;
  /** Module of the worker threads; default: the one that makes runs. */
  readonly entry?: URL;
  /** Milliseconds between two looks at runs that others have, the first time; twice as long every time, up to 16 times. */
  readonly lookEvery?: number;
  take(run: number): Promise<Taking>;
  onRun(run: number, event: RunEvent): void;
  /** For people. */
  say(text: string): void;
}

export interface RunsEnd {
  /** Runs that others have and that were not waited for, or that were not begun when the signal came. */
  readonly left: readonly number[];
}

const runWorker = new URL("./run-worker.js", import.meta.url);
const usualPause = 1000;
const mostPauses = 16;

/** A stack at work, with what its runs are called here. */
interface Stack extends RunsJob {
  readonly indices: readonly number[];
}

/**
 * @returns when every open run is complete, or is left because of the signal or for others
 * @throws the fault of the machine that stopped it; what was begun is given back with its checkpoints
 */
export async function performRuns(call: RunsCall): Promise<RunsEnd> {
  const { specs, signal, software, machine, kernelOptions, base = process.cwd() } = call;
  const held = new Map<number, TakenRun>();
  const triedAlone = new Set<number>();
  const busy = new Map<number, string>();
  const ended = new Set<number>();
  /** Runs that were said to be elsewhere. */
  const known = new Set<number>();
  const pending: Promise<void>[] = [];
  let queue = longestFirst(specs, call.open, call);
  let atWork = 0;
  let pause = call.lookEvery ?? usualPause;
  const longestPause = mostPauses * pause;
  let said = "";
  let hasLooked = false;
  const wake = waiting(signal);

  const end = (run: number, event: RunEvent): void => {
    ended.add(run);
    held.delete(run);
    call.onRun(run, event);
  };

  /** Takes what can be had of a stack; what others have is looked at again later. */
  const takenOf = async (runs: readonly number[]): Promise<number[]> => {
    const mine: number[] = [];
    for (const run of runs) {
      if (signal.aborted) break;
      if (!held.has(run)) {
        const taking = await call.take(run);
        if (taking.kind === "busy") {
          if (!known.has(run)) call.onRun(run, { kind: "elsewhere" });
          known.add(run);
          busy.set(run, taking.owner);
          continue;
        }
        if (taking.kind === "complete") {
          end(run, { kind: "made-elsewhere" });
          continue;
        }
        known.delete(run);
        held.set(run, taking.taken);
      }
      mine.push(run);
    }
    return mine;
  };

  const lookAgain = (): void => {
    queue = longestFirst(specs, [...busy.keys()], call);
    busy.clear();
  };

  const next = async (): Promise<Stack | undefined> => {
    for (;;) {
      if (signal.aborted) return undefined;
      const stack = queue.shift();
      if (stack !== undefined) {
        const mine = await takenOf(stack);
        if (mine.length === 0 || signal.aborted) continue;
        atWork++;
        pause = call.lookEvery ?? usualPause;
        const runs = mine.map((run) => ({ spec: specs[run], place: (held.get(run) as TakenRun).place }));
        return { indices: mine, runs, software, machine, kernelOptions, base };
      }
      if (atWork === 0 && busy.size === 0) return undefined;
      if (atWork === 0 && !call.wait) {
        if (hasLooked) return undefined;
        hasLooked = true;
        lookAgain();
        continue;
      }
      if (busy.size > 0 && call.wait) {
        if (atWork === 0) {
          const text = waitingText(busy);
          if (text !== said) call.say(text);
          said = text;
        }
        await wake.within(pause);
        pause = Math.min(longestPause, 2 * pause);
        lookAgain();
      } else await wake.within(undefined);
    }
  };

  const made = async (run: number, summary: Promise<RunSummary>): Promise<void> => {
    end(run, { kind: "made", summary: await summary });
  };
  const failed = async (run: number, reason: string, errorName?: string): Promise<void> =>
    made(run, (held.get(run) as TakenRun).fail(reason, errorName));
  /** Work that is waited for when the stack of its run ends. */
  const later = (work: Promise<void>): void => {
    pending.push(work);
    work.catch(() => undefined);
  };

  const onProgress = ({ indices }: Stack, report: RunReport): void => {
    const run = indices[report.run];
    switch (report.kind) {
      case "progress":
        call.onRun(run, { kind: "progress", share: report.share });
        return;
      case "ended":
        later(made(run, (held.get(run) as TakenRun).finish(report.stored)));
        return;
      case "failed":
        later(failed(run, report.reason, report.errorName));
        return;
      case "taken":
        // Somebody took this process for dead; taking it again tells whether the run is complete by now.
        held.delete(run);
        busy.set(run, "somebody else");
        return;
      case "cancelled":
        return;
      default:
        report satisfies never;
    }
  };

  const onEnd = async ({ indices }: Stack, outcome: JobOutcome<void>): Promise<void> => {
    await Promise.all(pending.splice(0));
    const open = indices.filter((run) => held.has(run));
    if (outcome.kind === "failed") for (const run of open) await failed(run, outcome.reason, outcome.errorName);
    if (outcome.kind === "crashed") {
      // Which of them did it is not known: each is tried once more, alone.
      for (const run of open) {
        if (triedAlone.has(run)) await failed(run, outcome.reason);
        else queue.unshift([run]);
        triedAlone.add(run);
      }
    }
    atWork--;
    wake.now();
  };

  try {
    await runJobs<Stack, void, RunReport>({
      entry: call.entry ?? runWorker,
      workers: Math.min(call.workers, Math.max(1, queue.length)),
      signal,
      next,
      onProgress,
      onEnd,
    });
  } finally {
    wake.end();
    await Promise.allSettled(pending);
    await Promise.allSettled([...held.values()].map((taken) => taken.release()));
  }
  return { left: call.open.filter((run) => !ended.has(run)) };
}

/** Stacks in the order of their work: no worker is left with a long one when the others have nothing to do. */
function longestFirst(specs: readonly RunSpec[], runs: readonly number[], { workers, most }: RunsCall): number[][] {
  const groups = stacks(
    runs.map((run) => specs[run]),
    workers,
    most,
  ).map((stack) => stack.map((place) => runs[place]));
  const weights = new Map(groups.map((group) => [group, group.reduce((sum, run) => sum + runWeight(specs[run]), 0)]));
  return groups.sort((a, b) => (weights.get(b) as number) - (weights.get(a) as number) || a[0] - b[0]);
}

function waitingText(busy: ReadonlyMap<number, string>): string {
  const owners = [...new Set(busy.values())].sort();
  const named = owners.slice(0, 3).join(", ") + (owners.length > 3 ? ` and ${owners.length - 3} more` : "");
  return `Waiting for ${busy.size === 1 ? "a run that is" : `${busy.size} runs that are`} being made by ${named}.`;
}

interface Waiting {
  /** Waits until `now`, an abort, or so many milliseconds. */
  within(milliseconds: number | undefined): Promise<void>;
  now(): void;
  end(): void;
}

function waiting(signal: AbortSignal): Waiting {
  let resolve: () => void = () => undefined;
  const now = (): void => resolve();
  signal.addEventListener("abort", now);
  return {
    within: (milliseconds) => {
      if (signal.aborted) return Promise.resolve();
      return new Promise<void>((done) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
        resolve = () => {
          clearTimeout(timer);
          done();
        };
      });
    },
    now,
    end: () => signal.removeEventListener("abort", now),
  };
}
