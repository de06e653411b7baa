/** The script of a job array. */
import { arrayText, type JobArray } from "./arrays.ts";

export interface ScriptCall {
  /** Unique among all submissions: by it the jobs are found again. */
  readonly jobName: string;
  readonly array: JobArray;
  /** Number of all chunks of the study. */
  readonly chunks: number;
  /** Folder of the logs; absolute. */
  readonly logs: string;
  readonly partition: string | undefined;
  /** Seconds that a task may take. */
  readonly seconds: number;
  /** MiB of a task. */
  readonly memory: number;
  /** Processor cores of a task. */
  readonly cores: number;
  /** Lines of shell that come before the work. */
  readonly before: readonly string[];
  /** Command line that makes a chunk; the parameters are words of the shell. */
  work(chunk: string, label: string): string;
}

/** Longest time before its limit at which a task is told to keep what it has, in seconds; a quarter of short limits. */
const warning = 120;

/** Name of a task's log, as Slurm fills it in. */
const logPattern = "%A_%a.log";

export function logFile(logs: string, job: string, index: number): string {
  return `${logs}/${job}_${index}.log`;
}

/**
 * A task tells its process of the signals that end it, and waits for it, so that what was begun is kept. Warned of its
 * time limit it puts itself into the queue again and goes on from there.
 */
export function script(call: ScriptCall): string {
  const { array, chunks, logs, partition, seconds, memory, cores } = call;
  const options = [
    `--job-name=${call.jobName}`,
    `--array=${arrayText(array)}`,
    `--output="${escaped(logs)}/${logPattern}"`,
    "--open-mode=append",
    "--nodes=1",
    "--ntasks=1",
    `--cpus-per-task=${cores}`,
    `--mem=${memory}M`,
    `--time=${timeText(seconds)}`,
    `--signal=B:USR1@${Math.min(warning, Math.floor(seconds / 4))}`,
    "--requeue",
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ];
  const number = array.offset === 0 ? "SLURM_ARRAY_TASK_ID" : `${array.offset} + SLURM_ARRAY_TASK_ID`;
  return `#!/bin/bash
${options.map((option) => `#SBATCH ${option}`).join("\n")}

chunk=$((${number}))
task="\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
echo "$(date '+%F %T') task $task, chunk $chunk/${chunks}, on $(hostname), restart \${SLURM_RESTART_COUNT:-0}"
${call.before.map((line) => `${line}\n`).join("")}
warned=no
trap 'warned=yes; kill -USR1 "$work" 2>/dev/null' USR1
trap 'kill -TERM "$work" 2>/dev/null' TERM INT
${call.work(`"$chunk/${chunks}"`, '"slurm $task"')} &
work=$!
# A signal ends "wait", not the work.
wait "$work"
code=$?
while kill -0 "$work" 2>/dev/null; do
  wait "$work"
  code=$?
done
echo "$(date '+%F %T') task $task ended with exit code $code"
if [ "$warned" = yes ] && [ "$code" -gt 128 ]; then
  echo "the time limit is near: task $task goes back into the queue"
  scontrol requeue "$task"
fi
exit "$code"
`;
}

/** Slurm reads % as the beginning of a name of its own, and words between quotes as a shell does. */
function escaped(folder: string): string {
  return folder.replace(/["\\]/g, "\\$&").replaceAll("%", "%%");
}

/** Seconds as "d-hh:mm:ss". */
export function timeText(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return `${Math.floor(seconds / 86_400)}-${two((seconds % 86_400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
}
