/** Options of the slurm executor, read and checked. */
import { ParameterError } from "../../../../core/errors.ts";
import type { ExecutorOption } from "../contract.ts";
import { commandOption } from "../work-command.ts";

export interface SlurmOptions {
  readonly partition?: string;
  /** Seconds. */
  readonly time?: number;
  /** MiB. */
  readonly memory?: number;
  readonly limit?: number;
  readonly chunkSize?: number;
  readonly sbatch?: readonly string[];
  readonly before?: readonly string[];
  readonly command?: string;
}

export const slurmOptions: readonly ExecutorOption[] = [
  { flags: "--partition <name>", help: "partition of the cluster; default: the cluster's" },
  { flags: "--time <limit>", help: "time limit of a task, as 30 (minutes), 2:00:00 or 1-12:00:00", read: readTime },
  { flags: "--memory <size>", help: "memory of a task, as 800M or 4G; default: estimated", read: readMemory },
  { flags: "--limit <tasks>", help: "most tasks at the same time", read: wholeNumber("--limit") },
  { flags: "--chunk-size <runs>", help: "runs of a task; default: estimated", read: wholeNumber("--chunk-size") },
  {
    flags: "--sbatch <option>",
    help: "an option for sbatch, as --sbatch=--account=x; may be repeated",
    read: (text, before) => [...list(before), sbatchOption(text)],
  },
  {
    flags: "--before <line>",
    help: "a line of shell that comes before the work, as 'module load node'; may be repeated",
    read: (text, before) => [...list(before), text],
  },
  commandOption,
];

function list(before: unknown): readonly string[] {
  return Array.isArray(before) ? before : [];
}

/** Minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds. */
function readTime(text: string): number {
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (match !== null) {
    const [days, a, b, c] = match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
    const [hours, minutes, seconds] =
      days !== undefined || c !== undefined ? [a ?? 0, b ?? 0, c ?? 0] : [0, a ?? 0, b ?? 0];
    const total = (days ?? 0) * 86_400 + hours * 3600 + minutes * 60 + seconds;
    if (total >= 60) return total;
  }
  throw wrong("--time", "a time of a minute at least", text, "for example --time 2:00:00");
}

const units: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 ** 2 };

function readMemory(text: string): number {
  const match = /^(\d+)([MGT])$/i.exec(text);
  const size = match === null ? 0 : Number(match[1]) * units[match[2].toUpperCase()];
  if (size > 0) return size;
  throw wrong("--memory", "a whole number of M, G or T", text, "for example --memory 2G");
}

function wholeNumber(place: string): (text: string) => number {
  return (text) => {
    if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
    throw wrong(place, "a whole number >= 1", text, `for example ${place} 20`);
  };
}

/** What the executor says itself: by it jobs and logs are found again. */
const taken = /^(?:--(?:array|error|job-name|open-mode|output|parsable|wrap)(?==|$)|-[aeJo])/;

function sbatchOption(text: string): string {
  if (!text.startsWith("-")) throw wrong("--sbatch", "an option of sbatch", text, "for example --sbatch=--account=x");
  const [name] = taken.exec(text) ?? [];
  if (name === undefined) return text;
  throw new ParameterError({
    place: "--sbatch",
    rule: `must leave ${name} to noisy-rnn, which finds jobs and logs by it, got "${text}"`,
    remedy: "leave it out",
  });
}

function wrong(place: string, rule: string, got: string, remedy: string): ParameterError {
  return new ParameterError({ place, rule: `must be ${rule}, got "${got}"`, remedy });
}
