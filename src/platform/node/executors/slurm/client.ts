/** The programs of Slurm. */
import { execFile } from "node:child_process";
import { CapabilityError, ParameterError } from "../../../../core/errors.ts";
import { codeOf } from "../../files.ts";
import {
  type JobTask,
  maxArraySizeOf,
  sacctFormat,
  sacctTasks,
  squeueFormat,
  squeueTasks,
  submittedJob,
} from "./answers.ts";

export interface Slurm {
  /** Indices of an array lie below it. @throws CapabilityError without Slurm */
  maxArraySize(): Promise<number>;
  /** @returns the job's number. @throws ParameterError with what sbatch said when it refused */
  submit(parameters: readonly string[]): Promise<string>;
  /** Tasks of jobs of these names that Slurm still knows; it forgets ended ones after minutes. */
  tasks(names: readonly string[]): Promise<JobTask[]>;
  /**
   * Tasks that ended, from the accounting.
   *
   * @param since ISO 8601; earlier jobs are not looked for
   * @returns undefined where the cluster keeps no accounting
   */
  endedTasks(names: readonly string[], since: string): Promise<JobTask[] | undefined>;
  cancel(jobs: readonly string[]): Promise<void>;
}

export const slurm: Slurm = {
  maxArraySize: async () => {
    const size = maxArraySizeOf(await answer("scontrol", ["show", "config"]));
    return size ?? usualMaxArraySize;
  },
  submit: async (parameters) => {
    const { code, stdout, stderr } = await called("sbatch", ["--parsable", ...parameters]);
    const job = code === 0 ? submittedJob(stdout) : undefined;
    if (job !== undefined) return job;
    const said = `${stderr}\n${stdout}`.trim().replaceAll("\n", " / ");
    throw new ParameterError({
      place: "sbatch",
      rule: `must take the job array, ended with code ${code} and said: ${said || "nothing"}`,
      remedy: "change the options that it names; --dry-run shows the script",
    });
  },
  tasks: async (names) =>
    squeueTasks(
      await answer("squeue", [
        "--noheader",
        "--array",
        "--states=all",
        `--name=${names.join(",")}`,
        `--format=${squeueFormat}`,
      ]),
    ),
  endedTasks: async (names, since) => {
    const { code, stdout } = await called("sacct", [
      "--noheader",
      "--allocations",
      "--parsable2",
      `--starttime=${localTime(since)}`,
      `--name=${names.join(",")}`,
      `--format=${sacctFormat}`,
    ]);
    return code === 0 ? sacctTasks(stdout) : undefined;
  },
  cancel: async (jobs) => {
    await answer("scancel", jobs);
  },
};

/** Slurm's default, where its configuration does not say. */
export const usualMaxArraySize = 1001;

interface Answer {
  /** Exit code; -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest that a program may take, in ms: a busy controller answers late. */
const patience = 120_000;
/** Bytes of an answer: 10^6 tasks at 100 bytes. */
const longestAnswer = 2 ** 27;

function called(program: string, parameters: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    execFile(program, [...parameters], { timeout: patience, maxBuffer: longestAnswer }, (error, stdout, stderr) => {
      if (codeOf(error) === "ENOENT") reject(missing(program));
      else resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}

async function answer(program: string, parameters: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await called(program, parameters);
  if (code === 0) return stdout;
  throw new CapabilityError({
    place: program,
    rule: `must answer, ended with code ${code} and said: ${stderr.trim().replaceAll("\n", " / ") || "nothing"}`,
    remedy: "the controller of the cluster may be down: try again later",
  });
}

function missing(program: string): CapabilityError {
  return new CapabilityError({
    place: program,
    rule: "must be on the PATH, is not",
    remedy: "run this where jobs of the cluster are submitted, or use another executor",
  });
}

/** Slurm reads times as those of its machine's zone; a minute earlier, as clocks of a cluster differ. */
function localTime(since: string): string {
  const at = new Date(Date.parse(since) - 60_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
