/** Which process it is, so that another one can tell whether it still runs. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf } from "../files.ts";

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Changes with every start of the system; null where the system does not tell. */
  readonly bootId: string | null;
  /** Numbers of processes have a meaning in it only; null where there is no such thing. */
  readonly pidNamespace: string | null;
  /** When the process began, in ticks since the start of the system: pids are used again; null where it is not told. */
  readonly startTicks: number | null;
}

export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    pid: process.pid,
    bootId: contentIfAny("/proc/sys/kernel/random/boot_id"),
    pidNamespace: pidNamespace(),
    startTicks: processState(process.pid)?.startTicks ?? null,
  };
}

/**
 * Whether a process runs, as the system tells it.
 *
 * @returns "unknown" when it belongs to another machine, start of the system or container: only its heartbeat tells then,
 *   as it does where the system cannot tell a process from a later one of the same number ("perhaps")
 */
export function lookUp(other: ProcessIdentity, own: ProcessIdentity): "alive" | "dead" | "perhaps" | "unknown" {
  const isHere = other.host === own.host && other.bootId === own.bootId && other.pidNamespace === own.pidNamespace;
  if (!isHere) return "unknown";
  if (own.startTicks === null) return isThere(other.pid) ? "perhaps" : "dead";
  const state = processState(other.pid);
  return state !== undefined && !state.isZombie && state.startTicks === other.startTicks ? "alive" : "dead";
}

/** @returns undefined when there is no such process, or the system does not tell */
function processState(pid: number): { readonly startTicks: number; readonly isZombie: boolean } | undefined {
  const text = contentIfAny(`/proc/${pid}/stat`);
  if (text === null) return undefined;
  // "pid (name) state ppid ...": the name may hold anything, parentheses too. Source: proc(5), fields 3 and 22.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { startTicks: Number(fields[19]), isZombie: fields[0] === "Z" || fields[0] === "X" };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

function pidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

function contentIfAny(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
