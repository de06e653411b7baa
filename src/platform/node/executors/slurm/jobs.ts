/** Tasks of a study that were handed to Slurm, with what became of them. */
import { open } from "node:fs/promises";
import { type JobTask, phaseOf } from "./answers.ts";
import type { Slurm } from "./client.ts";
import { logFile } from "./script.ts";
import { logFolder, type SubmittedTask, submissionsOf, submittedTasks } from "./submissions.ts";

export interface JobsState {
  /** Queued and running tasks. */
  readonly active: readonly SubmittedTask[];
  /** Tasks that are over without their runs being complete, and that no active task makes up for. */
  readonly unfinished: readonly SubmittedTask[];
}

/**
 * @param ids of all runs of the study
 * @returns undefined when nothing was ever submitted: Slurm is not asked then
 * @throws CapabilityError when Slurm does not answer
 */
export async function jobsState(
  slurm: Slurm,
  studyFolder: string,
  ids: readonly string[],
  isComplete: (id: string) => boolean,
): Promise<JobsState | undefined> {
  const submissions = await submissionsOf(studyFolder);
  if (submissions.length === 0) return undefined;
  const names = submissions.map(({ jobName }) => jobName);
  const tasks = submittedTasks(submissions, await slurm.tasks(names), ids.length);
  const active = tasks.filter(isActive);
  const covered = coveredBy(active);
  // The last task that was to make a run answers for it.
  const answering = new Set<SubmittedTask>();
  const last = lastTasks(tasks, ids.length);
  for (const [run, id] of ids.entries()) {
    const task = last[run];
    if (task !== undefined && !covered.has(run) && !isComplete(id)) answering.add(task);
  }
  if (answering.size === 0) return { active, unfinished: [] };
  const forgotten = [...answering].some(({ known }) => known === undefined);
  const accounted = forgotten ? await slurm.endedTasks(names, submissions[0].submittedAt) : undefined;
  const byKey = new Map(accounted?.map((task): [string, JobTask] => [`${task.name}_${task.index}`, task]));
  const unfinished = [...answering].map((task) => ({
    ...task,
    known: task.known ?? byKey.get(`${task.submission.jobName}_${task.index}`),
  }));
  return { active, unfinished };
}

function isActive({ known }: SubmittedTask): boolean {
  return known !== undefined && phaseOf(known) !== "ended";
}

/** Indices of the runs that tasks make. */
export function coveredBy(tasks: readonly SubmittedTask[]): Set<number> {
  const covered = new Set<number>();
  for (const { from, to } of tasks) for (let run = from; run < to; run++) covered.add(run);
  return covered;
}

function lastTasks(tasks: readonly SubmittedTask[], count: number): (SubmittedTask | undefined)[] {
  const last = new Array<SubmittedTask | undefined>(count);
  for (const task of tasks) last.fill(task, task.from, task.to);
  return last;
}

/** Tasks that are described one by one; the others are counted. */
const described = 10;

/** Lines for people. */
export async function jobLines(
  { active, unfinished }: JobsState,
  studyFolder: string,
  ids: readonly string[],
  isComplete: (id: string) => boolean,
): Promise<string[]> {
  const lines: string[] = [];
  const byJob = [...grouped(active, ({ known }) => known?.job ?? "")].sort(([a], [b]) => Number(a) - Number(b));
  for (const [job, tasks] of byJob) {
    const running = tasks.filter(({ known }) => known !== undefined && phaseOf(known) === "running").length;
    const waiting = tasks.flatMap(({ known }) => (known !== undefined && phaseOf(known) === "queued" ? [known] : []));
    const reasons = [...new Set(waiting.map(({ reason }) => reason).filter((reason) => reason !== ""))].join(", ");
    const queued = `${waiting.length} queued${reasons === "" ? "" : ` (${reasons})`}`;
    lines.push(`slurm job ${job}: ${running} ${running === 1 ? "task" : "tasks"} running, ${queued}`);
  }
  for (const task of unfinished.slice(0, described)) {
    const { submission, index, chunk, known, from, to } = task;
    const missing = ids.slice(from, to).filter((id) => !isComplete(id)).length;
    const job = submission.job ?? known?.job;
    const name = job === undefined ? `job ${submission.jobName}, task ${index}` : `task ${job}_${index}`;
    const state = known === undefined ? stateOf(submission.job) : stateText(known);
    lines.push(`slurm ${name} (chunk ${chunk}/${submission.chunks}): ${state}; ${missing} of ${to - from} runs open`);
    if (job !== undefined) lines.push(...(await logLines(logFile(logFolder(studyFolder), job, index))));
  }
  if (unfinished.length > described) lines.push(`and ${unfinished.length - described} more tasks that ended so`);
  return lines;
}

/** Of a cancelled task Slurm keeps the reason why it waited, which explains nothing any more. */
function stateText({ state, reason }: JobTask): string {
  return reason === "" || state === "CANCELLED" ? state : `${state}, ${reason}`;
}

function stateOf(job: string | null): string {
  return job === null ? "not known to Slurm: it was never submitted, or ended long ago" : "ended, Slurm knows no more";
}

/** Bytes of a log that are read: its end says why. */
const logEnd = 4096;

async function logLines(file: string): Promise<string[]> {
  const handle = await open(file, "r").catch(() => undefined);
  // It never began.
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - logEnd);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(logEnd), 0, logEnd, from);
    const text = buffer.toString("utf8", 0, bytesRead).trimEnd();
    const last = text.slice(text.lastIndexOf("\n") + 1);
    return [`  log: ${file}`, ...(last === "" ? [] : [`  its last line: ${last}`])];
  } finally {
    await handle.close();
  }
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
