/** What an executor is: somebody who sees to it that the open runs of a study are made. */
import type { RunSummary } from "../../../study/outcome.ts";
import type { Software } from "../../../study/record.ts";
import type { StudyPlan } from "../../../study/study.ts";
import type { TaskLoader } from "../../../study/tasks.ts";
import type { Store } from "../store/contract.ts";

/** What becomes of a run that is to be made. */
export type RunEvent =
  /** Share of its updates that are made, 0..1. */
  | { readonly kind: "progress"; readonly share: number }
  /** Somebody else has it. */
  | { readonly kind: "elsewhere" }
  /** It is complete, and was made here. */
  | { readonly kind: "made"; readonly summary: RunSummary }
  /** It is complete, and somebody else made it meanwhile. */
  | { readonly kind: "made-elsewhere" };

export interface ExecutorCall {
  readonly plan: StudyPlan;
  readonly store: Store;
  /** Folder in the store with the resolved study, from which other processes make the same plan. */
  readonly studyFolder: string;
  /** Indices into `plan.runs` of what is to be made, in order. */
  readonly open: readonly number[];
  /** What makes the runs, for their records. */
  readonly software: Software;
  /** Folder of the user's own files that tasks read. */
  readonly base: string;
  /** Has loaded every task of the plan. */
  readonly loadTask: TaskLoader;
  readonly common: CommonOptions;
  /** Options of the executor as its `options` define them, by name in camelCase. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Print what would be done, and do nothing. */
  readonly isDryRun: boolean;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
  /** @param run index into `plan.runs` */
  onRun(run: number, event: RunEvent): void;
  /** For people. */
  say(text: string): void;
}

/** Options that every executor takes: those of the process that performs runs in the end. */
export interface CommonOptions {
  /** Runs, or stacks of them, at the same time; undefined: one per core. */
  readonly workers: number | undefined;
  /** Threads that share the trials of a pass, in each worker. */
  readonly threads: number;
  /** Whether to wait for runs that others have. */
  readonly wait: boolean;
  /** Complete runs of these kinds are made again: the old ones go to the quarantine when their turn comes. */
  readonly retry: readonly RetryKind[];
}

/** Which complete runs may be made again: those that failed, those that other software made. */
export const retryKinds = ["failed", "outdated"] as const;
export type RetryKind = (typeof retryKinds)[number];

export type ExecutorEnd =
  /**
   * Everything that was open is complete, but for `left`: runs that others are making, which were not waited for.
   * `failed` counts those among the runs made here.
   */
  | { readonly kind: "done"; readonly failed: number; readonly left: number }
  /** Others will do it: jobs were handed over. */
  | { readonly kind: "submitted"; readonly jobs: readonly string[] }
  /** What would make them was asked for in words; nothing was begun. */
  | { readonly kind: "printed"; readonly lines: readonly string[] }
  /** Interrupted; what was begun can be resumed. */
  | { readonly kind: "interrupted"; readonly complete: number };

/** An option of one executor on the command line. */
export interface ExecutorOption {
  /** "--partition <name>"; a flag without a value is true when given. */
  readonly flags: string;
  readonly help: string;
  /** From the text of the command line and what a repeated option had before; default: the text as it is. @throws ParameterError for a wrong value */
  read?(text: string, before: unknown): unknown;
}

/** The jobs of a study that an executor handed over. */
export interface JobsCall {
  readonly store: Store;
  readonly studyFolder: string;
  /** Ids of the study's runs, in the order of the plan. */
  readonly ids: readonly string[];
  readonly complete: ReadonlySet<string>;
}

export interface Executor {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly options: readonly ExecutorOption[];
  /** @throws the fault of the machine that stopped it; what is complete stays */
  execute(call: ExecutorCall): Promise<ExecutorEnd>;
  /** Lines about its jobs for `study status`; none when it has none. Costs less than a second. */
  status?(call: JobsCall): Promise<readonly string[]>;
  /** Ends its jobs. @returns one line about each */
  cancel?(call: JobsCall): Promise<readonly string[]>;
}
