/** Chunks of runs as job arrays of Slurm. */

import { CapabilityError } from "../../../core/errors.ts";
import { countText } from "../../../figure/wording.ts";
import { measuredCosts } from "../../../study/cost.ts";
import { stacks } from "../../../study/stacks.ts";
import type { Executor, ExecutorCall, ExecutorEnd, JobsCall } from "./contract.ts";
import { fittingMemory } from "./local.ts";
import { slurm as programs, usualMaxArraySize } from "./slurm/client.ts";
import { coveredBy, jobLines, jobsState } from "./slurm/jobs.ts";
import { type SlurmOptions, slurmOptions } from "./slurm/options.ts";
import { type Estimates, type Resources, taskResources } from "./slurm/resources.ts";
import { drafts, draftText, submit } from "./slurm/submit.ts";

export const slurm: Executor = {
  name: "slurm",
  summary:
    "hands chunks of runs to a Slurm cluster as job arrays, and ends; study status and study cancel know the jobs",
  options: slurmOptions,
  execute,
  status,
  cancel,
};

async function execute(call: ExecutorCall): Promise<ExecutorEnd> {
  const { plan, studyFolder, common, say, signal } = call;
  const options: SlurmOptions = call.options;
  const wanted = new Set(call.open);
  const indexOf = new Map(plan.runs.map(({ id }, run) => [id, run]));
  const ids = plan.runs.map(({ id }) => id);
  const state = await jobsState(programs, studyFolder, ids, (id) => !wanted.has(indexOf.get(id) ?? -1));
  const covered = coveredBy(state?.active ?? []);
  const open = call.open.filter((run) => !covered.has(run));
  const jobs = [...new Set(state?.active.flatMap(({ known }) => (known === undefined ? [] : [known.job])))].sort(
    (a, b) => Number(a) - Number(b),
  );
  if (open.length < call.open.length) {
    const under = call.open.length - open.length;
    say(
      `${countText([under], "run")} ${under === 1 ? "is" : "are"} with jobs that wait or run already: ${jobs.join(", ")}`,
    );
  }
  if (open.length === 0) return jobs.length === 0 ? { kind: "done", failed: 0, left: 0 } : { kind: "submitted", jobs };

  const resources = await wantedResources(call, options, open);
  const maxArraySize = await programs.maxArraySize().catch((error: unknown) => {
    if (!call.isDryRun) throw error;
    say(`${(error as Error).message}; taking MaxArraySize=${usualMaxArraySize}`);
    return usualMaxArraySize;
  });
  const all = drafts({ call: { plan, studyFolder, common }, options, open, resources, maxArraySize });
  if (call.isDryRun) return { kind: "printed", lines: all.map(draftText) };
  for (const draft of all) {
    if (signal.aborted) break;
    const job = await submit(programs, studyFolder, draft);
    jobs.push(job);
    const { indices } = draft.submission;
    say(`slurm job ${job}: ${countText([indices.length], "task")} of ${countText([resources.chunkSize], "run")}`);
  }
  return { kind: "submitted", jobs };
}

/** Milliseconds for the measurement of times. */
const measuring = 3000;

async function wantedResources(
  { plan, common, loadTask }: ExecutorCall,
  options: SlurmOptions,
  open: readonly number[],
): Promise<Resources> {
  const specs = plan.runs.map(({ spec }) => spec);
  const wanted = open.map((run) => specs[run]);
  const isTimeKnown = options.time !== undefined && options.chunkSize !== undefined;
  const costs = isTimeKnown
    ? undefined
    : await measuredCosts({
        stacks: stacks(wanted, common.workers ?? 1).map((stack) => stack.map((place) => wanted[place])),
        loadTask,
        kernelOptions: { threads: common.threads },
        budget: measuring,
        now: () => performance.now(),
      });
  const bytes = (await fittingMemory(wanted, common.workers ?? 1, loadTask, Number.POSITIVE_INFINITY)).plan.peak;
  const estimates: Estimates = { secondsOf: (spec) => costs?.secondsOf(spec) ?? 0, bytes };
  return taskResources(specs, open, options, common, estimates);
}

async function status({ studyFolder, ids, complete }: JobsCall): Promise<readonly string[]> {
  const isComplete = (id: string): boolean => complete.has(id);
  try {
    const state = await jobsState(programs, studyFolder, ids, isComplete);
    return state === undefined ? [] : await jobLines(state, studyFolder, ids, isComplete);
  } catch (error) {
    // The runs in the store are known all the same.
    if (error instanceof CapabilityError) return [`What became of the jobs is not known: ${error.message}`];
    throw error;
  }
}

async function cancel({ studyFolder, ids, complete }: JobsCall): Promise<readonly string[]> {
  const state = await jobsState(programs, studyFolder, ids, (id) => complete.has(id));
  const tasks = new Map<string, number>();
  for (const { known } of state?.active ?? []) {
    if (known !== undefined) tasks.set(known.job, (tasks.get(known.job) ?? 0) + 1);
  }
  if (tasks.size === 0) return [];
  await programs.cancel([...tasks.keys()]);
  return [...tasks].map(([job, count]) => `slurm job ${job}: ${countText([count], "task")} cancelled`);
}
